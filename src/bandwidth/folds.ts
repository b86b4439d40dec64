/** k-fold cross-validation: the folds, and the error of predicting each from the others. */
import { type Matrix, rowsOf, total } from "../data/matrix.ts";
import type { RunOptions } from "../problem/problem.ts";
import type { KernelSpec } from "../weighting/kernel-spec.ts";
import { looError } from "./criteria.ts";
import type { Given } from "./selection.ts";
import type { Smoother } from "./smoother.ts";

const FOLDS = 10;

/** What the sums may be off by; scores are compared, and differ by more. */
const TOLERANCE = 1e-6;

export const sumsOptions = ({ signal }: RunOptions) =>
  ({ method: "auto", tolerance: TOLERANCE, signal }) as const;

interface Part {
  readonly keys: Matrix;
  readonly values: Matrix;
  readonly keyWeights?: Float64Array;
}

/** One fold: what is held out, and the rest that predicts it. */
interface Fold {
  readonly held: Part;
  readonly rest: Part;
}

/** Every tenth row is in the same fold: if a key stands for several rows, some of them are held out, and the others stay. */
export function foldsOf({ keys, copies, sampling }: Given, values: Matrix): Fold[] {
  const count = Math.min(FOLDS, copies ? total(copies) : keys.count);
  return Array.from({ length: count }, (_, fold) => {
    const held = new Float64Array(keys.count);
    let first = 0;
    for (let i = 0; i < keys.count; i++) {
      const after = first + (copies ? copies[i] : 1);
      // The rows of the fold below a number of rows: those whose remainder is the fold.
      const below = (rows: number) => Math.ceil((rows - fold) / count);
      held[i] = below(after) - below(first);
      first = after;
    }
    const of = (rows: (i: number) => number): Part => {
      const indices = [...held.keys()].filter((i) => rows(i) > 0);
      const weightOf = copies ? rows : (i: number) => sampling!.weights[i];
      return {
        keys: rowsOf(keys, indices),
        values: rowsOf(values, indices),
        keyWeights: sampling && Float64Array.from(indices, weightOf),
      };
    };
    return { held: of((i) => held[i]), rest: of((i) => (copies ? copies[i] : 1) - held[i]) };
  });
}

/** The mean squared error of predicting each fold by the others. */
export async function foldsError(
  spec: KernelSpec,
  folds: readonly Fold[],
  smoother: Smoother,
  options: RunOptions,
): Promise<number> {
  let [sum, all] = [0, 0];
  for (const { held, rest } of folds) {
    const { keys, keyWeights } = rest;
    const restSpec = { ...spec, keys, keyWeights, copies: undefined, precisions: undefined };
    const mean = await smoother.at(restSpec, rest.values, held.keys, sumsOptions(options));
    const mass = held.keyWeights ? total(held.keyWeights) : held.values.count;
    sum += looError(held.values, mean, held.keyWeights) * mass;
    all += mass;
  }
  return sum / all;
}
