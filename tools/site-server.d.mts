import type { Plugin } from "vite";

export type DocsState = "building" | "built" | "failed";

export function docsAnswer(
  state: DocsState | "removed",
): { readonly status: number; readonly body: string } | undefined;
export function isOfDocs(url: string): boolean;
export function docsPlugin(stateOfDocs: () => DocsState): Plugin;
