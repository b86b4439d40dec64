/**
 * The fast Gauss transform as one would write it in plain JavaScript: float64, one thread, one value column, d = 1, 2, 3.
 * Cells of one bandwidth keep p = 8 moments an axis (Greengard and Strain 1991), which become polynomials of degree
 * P − 1 = 7 in the queries' cells, axis by axis, from the cells up to R = 6 away. No bound, no sparse cells.
 */
import type { Workload } from "../workload.ts";

const TERMS = 8;
const REACH = 6;

/** For each offset, TERMS × TERMS: coefficients of the query's polynomial from the key cell's moments. */
const transforms = Array.from({ length: 2 * REACH + 1 }, (_, i) => transformOf(i - REACH));

function transformOf(offset: number): Float64Array {
  const nodes = Array.from({ length: TERMS }, (_, i) => Math.cos((Math.PI * (i + 0.5)) / TERMS) / 2);
  const matrix = new Float64Array(TERMS * TERMS);
  for (let j = 0; j < TERMS; j++) {
    // The moment j seen from a query t from the key cell's middle: e^(−t²/2) tʲ.
    const seen = nodes.map((x) => Math.exp(-((offset + x) ** 2) / 2) * (offset + x) ** j);
    const coefficients = interpolate(nodes, seen);
    for (let i = 0; i < TERMS; i++) matrix[i * TERMS + j] = coefficients[i];
  }
  return matrix;
}

/** The polynomial through the points, by Newton's divided differences. */
function interpolate(nodes: readonly number[], values: readonly number[]): Float64Array {
  const differences = [...values];
  for (let k = 1; k < nodes.length; k++)
    for (let i = nodes.length - 1; i >= k; i--)
      differences[i] = (differences[i] - differences[i - 1]) / (nodes[i] - nodes[i - k]);
  const result = new Float64Array(nodes.length);
  for (let k = nodes.length - 1; k >= 0; k--) {
    for (let i = nodes.length - 1; i > 0; i--) result[i] = result[i - 1] - nodes[k] * result[i];
    result[0] = differences[k] - nodes[k] * result[0];
  }
  return result;
}

export async function fastGaussTransform(work: Workload): Promise<Float64Array> {
  const { keys, values, queries, dims, bandwidth } = work;
  const n = values.length;
  const m = queries.length / dims;
  const low = new Float64Array(dims).fill(Infinity);
  const high = new Float64Array(dims).fill(-Infinity);
  for (const points of [keys, queries]) {
    for (let _i = 0, at = 0; at < points.length; _i++) {
      for (let j = 0; j < dims; j++, at++) {
        if (points[at] < low[j]) low[j] = points[at];
        if (points[at] > high[j]) high[j] = points[at];
      }
    }
  }
  const per = 1 / bandwidth;
  const lengths = Array.from(low, (l, j) => Math.floor((high[j] - l) * per) + 1);
  const cells = lengths.reduce((a, b) => a * b, 1);
  const block = TERMS ** dims;
  let counts = new Float64Array(cells * block);
  let sums = new Float64Array(cells * block);

  const scale = new Float64Array(TERMS);
  for (let j = 0, f = 1; j < TERMS; f *= ++j) scale[j] = 1 / f;
  const powers = Array.from({ length: dims }, () => new Float64Array(TERMS));
  for (let i = 0; i < n; i++) {
    let cell = 0;
    for (let a = 0; a < dims; a++) {
      const x = (keys[i * dims + a] - low[a]) * per;
      const c = Math.floor(x);
      const s = x - c - 0.5;
      cell = cell * lengths[a] + c;
      const p = powers[a];
      let power = Math.exp((-s * s) / 2);
      for (let j = 0; j < TERMS; j++) {
        p[j] = power * scale[j];
        power *= s;
      }
    }
    const v = values[i];
    let at = cell * block;
    const x = powers[0];
    if (dims === 1) {
      for (let j = 0; j < TERMS; j++, at++) {
        counts[at] += x[j];
        sums[at] += v * x[j];
      }
    } else if (dims === 2) {
      const y = powers[1];
      for (let j = 0; j < TERMS; j++) {
        for (let k = 0; k < TERMS; k++, at++) {
          const w = x[j] * y[k];
          counts[at] += w;
          sums[at] += v * w;
        }
      }
    } else {
      const y = powers[1];
      const z = powers[2];
      for (let j = 0; j < TERMS; j++) {
        for (let k = 0; k < TERMS; k++) {
          const w = x[j] * y[k];
          for (let l = 0; l < TERMS; l++, at++) {
            counts[at] += w * z[l];
            sums[at] += v * w * z[l];
          }
        }
      }
    }
  }

  for (let a = 0; a < dims; a++) {
    counts = transformAxis(counts, lengths, a, dims);
    sums = transformAxis(sums, lengths, a, dims);
  }

  const means = new Float64Array(m);
  const offsets = new Float64Array(dims);
  for (let q = 0; q < m; q++) {
    let cell = 0;
    for (let a = 0; a < dims; a++) {
      const x = (queries[q * dims + a] - low[a]) * per;
      const c = Math.floor(x);
      offsets[a] = x - c - 0.5;
      cell = cell * lengths[a] + c;
    }
    const at = cell * block;
    means[q] = horner(sums, at, offsets, dims) / horner(counts, at, offsets, dims);
  }
  return means;
}

function transformAxis(
  cells: Float64Array<ArrayBuffer>,
  lengths: readonly number[],
  axis: number,
  dims: number,
): Float64Array<ArrayBuffer> {
  const block = TERMS ** dims;
  const stride = TERMS ** (dims - 1 - axis);
  const cellStride = lengths.slice(axis + 1).reduce((a, b) => a * b, 1);
  const length = lengths[axis];
  const result = new Float64Array(cells.length);
  const total = cells.length / block;
  for (let to = 0; to < total; to++) {
    const at = Math.floor(to / cellStride) % length;
    for (let from = Math.max(0, at - REACH); from <= Math.min(length - 1, at + REACH); from++) {
      const matrix = transforms[at - from + REACH];
      const source = (to + (from - at) * cellStride) * block;
      const target = to * block;
      for (let outer = 0; outer < block; outer += stride * TERMS) {
        for (let inner = 0; inner < stride; inner++) {
          const base = outer + inner;
          for (let i = 0; i < TERMS; i++) {
            let sum = 0;
            for (let j = 0; j < TERMS; j++) sum += matrix[i * TERMS + j] * cells[source + base + j * stride];
            result[target + base + i * stride] += sum;
          }
        }
      }
    }
  }
  return result;
}

function horner(cells: Float64Array, at: number, s: Float64Array, dims: number): number {
  let sum = 0;
  if (dims === 1) {
    for (let j = TERMS - 1; j >= 0; j--) sum = sum * s[0] + cells[at + j];
    return sum;
  }
  for (let j = TERMS - 1; j >= 0; j--) {
    let inner = 0;
    for (let k = TERMS - 1; k >= 0; k--) {
      if (dims === 2) inner = inner * s[1] + cells[at + j * TERMS + k];
      else {
        let last = 0;
        for (let l = TERMS - 1; l >= 0; l--) last = last * s[2] + cells[at + (j * TERMS + k) * TERMS + l];
        inner = inner * s[1] + last;
      }
    }
    sum = sum * s[0] + inner;
  }
  return sum;
}
