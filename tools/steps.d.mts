export interface Step {
  readonly name: string;
  readonly wide?: boolean;
  readonly lane?: "cpu" | "gpu";
  readonly needs?: readonly string[];
}
export function selectSteps<S extends Step>(
  steps: readonly S[],
  words: readonly string[],
): { readonly chosen: readonly S[]; readonly unknown: readonly string[] };
export function runLanes<S extends Step, R extends object>(
  steps: readonly S[],
  run: (step: S) => Promise<R>,
): Promise<(R & { readonly name: string })[]>;
export type Outcome = "passed" | "failed" | "skipped";
export function outcomeOf(code: number | null, skip: number): Outcome;
export function failed(results: readonly { readonly name: string; readonly outcome: Outcome }[]): string[];
export function skipped(results: readonly { readonly name: string; readonly outcome: Outcome }[]): string[];
