/**
 * Many rows in cells of x: of each cell the number of rows, their mean x, and two values that have the rows' mean and variance. So every
 * sum of a smoother, also those of its errors, is that of the rows but for where in its cell a row lies (Fan and Marron 1994).
 */

/** The finest cells; others are made of them by two, four, eight … */
const FINEST = 2 ** 16;
const COARSEST = 256;
/** Cells to a part whose rows are counted. */
const PER_PART = 16;
/** Rows between two looks at the clock. */
const BLOCK = 65_536;
/** Cells within one bandwidth: a row's weight is then that of its cell to about (1/8)²/24. */
const PER_BANDWIDTH = 8;

export interface CellRows {
  readonly keys: Float64Array;
  /** Absent where there was no y. */
  readonly values?: Float64Array;
  /** How many rows each stands for. */
  readonly sampleWeights: Float64Array;
  /** Cells of equal width over the range of x, also empty ones. */
  readonly count: number;
}

interface Sums {
  readonly rows: Float64Array;
  readonly x: Float64Array;
  /** Around the mean of all. */
  readonly y?: Float64Array;
  readonly squares?: Float64Array;
}

export class Cells {
  /** From the finest cells on, each twice as wide as the one before. */
  private readonly levels: readonly Sums[];
  private readonly centre: number;
  private readonly least: number;
  readonly width: number;

  private constructor(levels: readonly Sums[], centre: number, least: number, width: number) {
    [this.levels, this.centre, this.least, this.width] = [levels, centre, least, width];
  }

  static async of(x: Float64Array, y: Float64Array | undefined, pause: () => Promise<void>): Promise<Cells> {
    let [least, most, centre] = [Infinity, -Infinity, 0];
    for (let i = 0; i < x.length; i++) {
      if (x[i] < least) least = x[i];
      if (x[i] > most) most = x[i];
      if (y) centre += (y[i] - centre) / (i + 1);
      if (i % BLOCK === 0) await pause();
    }
    const sums = {
      ...{ rows: new Float64Array(FINEST), x: new Float64Array(FINEST) },
      ...(y && { y: new Float64Array(FINEST), squares: new Float64Array(FINEST) }),
    };
    const scale = FINEST / (most - least);
    for (let i = 0; i < x.length; i++) {
      const cell = Math.min(Math.floor((x[i] - least) * scale), FINEST - 1);
      sums.rows[cell]++;
      sums.x[cell] += x[i] - least;
      if (y) {
        const off = y[i] - centre;
        sums.y![cell] += off;
        sums.squares![cell] += off * off;
      }
      if (i % BLOCK === 0) await pause();
    }
    const levels: Sums[] = [sums];
    while (levels.at(-1)!.rows.length > COARSEST) {
      levels.push(halved(levels.at(-1)!));
      await pause();
    }
    return new Cells(levels, centre, least, most - least);
  }

  /** Whether a bandwidth is wide enough for the finest cells. */
  serve(bandwidth: number): boolean {
    return (bandwidth / this.width) * FINEST >= PER_BANDWIDTH;
  }

  /** The rows in the coarsest cells that serve a bandwidth. */
  forBandwidth(bandwidth: number): CellRows {
    const needed = (PER_BANDWIDTH * this.width) / bandwidth;
    return this.inCells(2 ** Math.ceil(Math.log2(needed)));
  }

  /** @param count a power of two; of those that there are, the nearest is taken */
  inCells(count: number): CellRows {
    const { rows, x, y, squares } = this.level(Math.log2(FINEST / count));
    const keys = new Float64Array(2 * rows.length);
    const values = new Float64Array(y ? keys.length : 0);
    const sampleWeights = new Float64Array(keys.length);
    let used = 0;
    const add = (key: number, value: number, weight: number) => {
      keys[used] = key;
      if (y) values[used] = value;
      sampleWeights[used++] = weight;
    };
    for (let i = 0; i < rows.length; i++) {
      const n = rows[i];
      if (n === 0) continue;
      const key = this.least + x[i] / n;
      const mean = y ? y[i] / n : 0;
      const deviation = y ? Math.sqrt(Math.max(squares![i] / n - mean * mean, 0)) : 0;
      const centre = this.centre + mean;
      if (n === 1 || deviation === 0) add(key, centre, n);
      else {
        const [low, high] = [Math.floor(n / 2), Math.ceil(n / 2)];
        add(key, centre - deviation * Math.sqrt(high / low), low);
        add(key, centre + deviation * Math.sqrt(low / high), high);
      }
    }
    return {
      keys: keys.slice(0, used),
      ...(y && { values: values.slice(0, used) }),
      sampleWeights: sampleWeights.slice(0, used),
      count: rows.length,
    };
  }

  /** Adds the rows between two places of x to the counts of equal parts between them, to a sixteenth of a part. */
  countInto(counts: Float64Array, from: number, to: number): void {
    const finest = ((to - from) / this.width) * FINEST;
    const { rows, x } = this.level(Math.floor(Math.log2(finest / counts.length / PER_PART)));
    const scale = counts.length / (to - from);
    for (let i = 0; i < rows.length; i++) {
      if (rows[i] === 0) continue;
      const part = Math.floor((this.least + x[i] / rows[i] - from) * scale);
      if (part >= 0 && part < counts.length) counts[part] += rows[i];
    }
  }

  /** Sums of cells that are 2^level of the finest wide, or as near as there are. */
  private level(level: number): Sums {
    return this.levels[Math.min(Math.max(level, 0), this.levels.length - 1)];
  }
}

/** Sums of cells that are twice as wide. */
function halved({ rows, x, y, squares }: Sums): Sums {
  const half = (list: Float64Array) => {
    const sums = new Float64Array(list.length / 2);
    for (let i = 0; i < sums.length; i++) sums[i] = list[2 * i] + list[2 * i + 1];
    return sums;
  };
  return { rows: half(rows), x: half(x), ...(y && { y: half(y), squares: half(squares!) }) };
}
