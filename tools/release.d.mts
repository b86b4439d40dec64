export function sectionOf(changelog: string, version: string): string | undefined;
export function reasonsAgainst(given: {
  tag: string;
  packages: Record<string, string>;
  changelog: string;
}): string[];
