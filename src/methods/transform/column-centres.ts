import type { Matrix } from "../../data/matrix.ts";

/** The centre of every column's range: values are summed as differences from it, none of which exceeds half the range. */
export function columnCentres({ data, dims }: Matrix): Float64Array {
  const least = new Float64Array(dims).fill(Infinity);
  const largest = new Float64Array(dims).fill(-Infinity);
  for (let i = 0; i < data.length; i += dims) {
    for (let c = 0; c < dims; c++) {
      if (data[i + c] < least[c]) least[c] = data[i + c];
      if (data[i + c] > largest[c]) largest[c] = data[i + c];
    }
  }
  return least.map((low, c) => low + (largest[c] - low) / 2);
}
