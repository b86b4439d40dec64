import type { Matrix } from "../../data/matrix.ts";

/** The centre of every column's range: values are summed as differences from it, none of which exceeds half the range. */
export function columnCentres({ data, dims }: Matrix): Float64Array {
  const least = new Float64Array(dims).fill(Infinity);
  const largest = new Float64Array(dims).fill(-Infinity);
  for (let c = 0; c < dims; c++) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = c; i < data.length; i += dims) {
      if (data[i] < low) low = data[i];
      if (data[i] > high) high = data[i];
    }
    [least[c], largest[c]] = [low, high];
  }
  return least.map((low, c) => low + (largest[c] - low) / 2);
}
