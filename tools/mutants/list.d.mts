export interface Mutant {
  readonly area: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly tests: readonly string[];
}
export const mutants: readonly Mutant[];
