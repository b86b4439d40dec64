export function findFirefox(): string | undefined;
export function findOrInstallFirefox(say?: (line: string) => void): string | undefined;
export function loaderFolder(
  environment?: Readonly<Record<string, string>>,
): Readonly<Record<string, string>>;
