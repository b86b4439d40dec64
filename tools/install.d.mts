type Say = (line: string) => void;

export function twice<T>(attempt: () => T, options?: { readonly say?: Say; readonly pause?: number }): T;
export function whileLocked<T extends { readonly stderr: string | null }>(
  attempt: () => T,
  options?: { readonly say?: Say; readonly seconds?: number; readonly pause?: number },
): T;
export function install(command: string, args: readonly string[], say?: Say): void;
export function aptInstall(...packages: readonly string[]): string[][];
