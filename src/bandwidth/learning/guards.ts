/** Whether there is anything to learn, and whether the learned bandwidth is a minimum. */
import { extentsOf } from "../../data/extents.ts";
import { centred, type Matrix } from "../../data/matrix.ts";
import { columnOf, deviation } from "../rules.ts";
import type { LooPredictions } from "./leave-one-out.ts";

/** A gradient of this share of the loss costs a percent of it or two. */
const STEEP = 0.15;
/** Losses that differ by no more than this share are the same. */
const FLAT = 1e-4;

/** Why no bandwidth is better than another, if so. */
export function hopelessness(
  count: number,
  areValuesConstant: boolean,
  varies: readonly boolean[],
): string | undefined {
  if (count === 1) return "one key cannot be predicted by others";
  if (areValuesConstant) return "the values are all the same, so every bandwidth is as good";
  return varies.includes(true) ? undefined : "the keys are all the same, so every bandwidth is as good";
}

/** Why bandwidths are no minimum: others have less error, or as much, or a gradient remains. */
export async function faultOf(
  map: Float64Array,
  usualMap: Float64Array,
  predict: (map: Float64Array) => Promise<LooPredictions>,
  isFree: readonly boolean[],
): Promise<string | undefined> {
  const { loss, gradient } = await predict(map);
  const lossAt = async (factor: number) => (await predict(map.map((x) => x / factor))).loss;
  const isLess = (other: number) => other < loss * (1 - FLAT);
  const [narrower, wider] = [await lossAt(0.5), await lossAt(2)];
  if (isLess(narrower))
    return "half the bandwidth has less error, as it has where rows coincide or each key predicts itself";
  if (isLess(wider)) return "twice the bandwidth has less error; begin nearer, or take more steps";
  if (!(Math.max(narrower, wider) > loss * (1 + FLAT)))
    return "half and twice the bandwidth have the same error; begin nearer to the distances between keys";
  for (const share of [1, 4, 16, 64])
    if (isLess((await predict(usualMap.map((x) => x * share))).loss))
      return `a rule of thumb${share > 1 ? `, divided by ${share},` : ""} has less error; begin there`;
  const steepest = Math.max(...gradient.map((g, p) => (isFree[p] ? Math.abs(g) : 0)));
  return steepest > STEEP * loss ? "the error still falls; take more steps, or a larger batch" : undefined;
}

/** The width of Scott's rule for one coordinate. */
export function usualWidth(keys: Matrix, j: number): number {
  const { least, most } = extentsOf(keys)[j];
  const spread = deviation(columnOf(keys, j)) || most - least;
  return spread * keys.count ** (-1 / (keys.dims + 4));
}

/**
 * Columns around 0. The error of each is a share of its variance, so that units do not matter: if there is one, `unit` takes it back.
 * Columns whose variance is rounding stay out.
 */
export function inUnitsOfSpread(given: Matrix): { values: Matrix; unit: number; areConstant: boolean } {
  const { values } = centred(given);
  const { dims, count } = values;
  const spreads = new Float64Array(dims);
  for (let c = 0; c < dims; c++) {
    let [largest, magnitude, squares] = [0, 0, 0];
    for (let i = c; i < values.data.length; i += dims) {
      largest = Math.max(largest, Math.abs(values.data[i]));
      magnitude = Math.max(magnitude, Math.abs(given.data[i]));
    }
    if (!(largest > 1e-15 * magnitude)) continue;
    for (let i = c; i < values.data.length; i += dims) squares += (values.data[i] / largest) ** 2;
    spreads[c] = largest * Math.sqrt(squares / count);
  }
  return {
    values: {
      ...values,
      data: values.data.map((v, i) => (spreads[i % dims] > 0 ? v / spreads[i % dims] : 0)),
    },
    unit: dims === 1 ? spreads[0] : 1,
    areConstant: spreads.every((spread) => spread === 0),
  };
}
