export const projectNames: readonly string[];
export function projectOf(path: string, text: string): string;
export function filesByProject(root: string): Record<string, string[]>;
