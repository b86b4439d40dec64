export function findChromium(): Promise<string | undefined>;
export function findOrInstallChromium(say?: (line: string) => void): Promise<string>;
export function adapterEnvironment(): Promise<Record<string, string>>;
export function findOrInstallAdapter(say?: (line: string) => void): Promise<Record<string, string>>;
