/** What to write to get the same fit: at the command line, in TypeScript, Python and R. */
import type { ExploreState } from "../state.ts";
import { command } from "./command.ts";
import type { Fitted } from "./fitted.ts";
import { python } from "./python.ts";
import { r } from "./r.ts";
import { typescript } from "./typescript.ts";

export const languages = ["command", "typescript", "python", "r"] as const;
export type Snippets = Readonly<Record<(typeof languages)[number], string>>;

export const snippetsFor = (state: ExploreState, fitted: Fitted): Snippets => ({
  command: command(state, fitted),
  typescript: typescript(state, fitted),
  python: python(state, fitted),
  r: r(state, fitted),
});
