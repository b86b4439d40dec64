/** k-fold cross-validation: the folds, and the error of predicting each from the others. */
import { randomFrom } from "../common/random.ts";
import { columnMeans, type Matrix, rowsOf, total } from "../data/matrix.ts";
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

/**
 * Ten folds at random, the same every time: of each ten rows in a row one is in each fold, in an order drawn for these ten, so that neither sorted rows nor
 * rows with a period make folds unlike each other. If a key stands for several rows, some of them are held out, and the others stay.
 */
export function foldsOf({ keys, copies, sampling }: Given, values: Matrix): Fold[] {
  const count = Math.min(FOLDS, copies ? total(copies) : keys.count);
  const heldOf = Array.from({ length: count }, () => new Float64Array(keys.count));
  const placeIn = placesOf(count);
  for (let i = 0, first = 0; i < keys.count; i++) {
    const after = first + (copies ? copies[i] : 1);
    for (let fold = 0; fold < count; fold++) {
      // The rows of the fold below a number of rows.
      const below = (rows: number) => {
        const block = Math.floor(rows / count);
        return block + (placeIn(block, fold) < rows % count ? 1 : 0);
      };
      heldOf[fold][i] = below(after) - below(first);
    }
    first = after;
  }
  return heldOf.map((held) => {
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

/** For a block of `count` rows the place of each fold's row in it: a permutation (Fisher and Yates) for each block. */
function placesOf(count: number): (block: number, fold: number) => number {
  const known = [-1, -1];
  const orders = known.map(() => new Uint8Array(count));
  return (block, fold) => {
    const order = orders[block % 2];
    if (known[block % 2] !== block) {
      known[block % 2] = block;
      const random = randomFrom(block);
      for (let i = 0; i < count; i++) {
        const other = Math.floor(random() * (i + 1));
        order[i] = order[other];
        order[other] = i;
      }
    }
    return order[fold];
  };
}

/** The mean squared error of predicting each fold by the others; rows that none of these reaches by the others' mean. */
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
    const fallback = columnMeans(rest.values, rest.keyWeights);
    sum += looError(held.values, mean, held.keyWeights, () => fallback) * mass;
    all += mass;
  }
  return sum / all;
}
