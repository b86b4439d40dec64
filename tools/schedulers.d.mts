export declare function withSystemFolders(env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export declare function findOrInstallSchedulers(say?: (line: string) => void): string | undefined;
