/**
 * Many rows in cells of x: of each cell the number of rows, their mean x, and two values that have the rows' mean and variance. So every
 * sum of a smoother, also those of its errors, is that of the rows but for where in its cell a row lies (Fan and Marron 1994).
 */

/** The finest cells; others are made of them by two, four, eight … */
const FINEST = 2 ** 16;
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
  private readonly levels: Sums[];
  private readonly centre: number;
  private readonly least: number;
  readonly width: number;

  private constructor(finest: Sums, centre: number, least: number, width: number) {
    [this.levels, this.centre, this.least, this.width] = [[finest], centre, least, width];
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
    return new Cells(sums, centre, least, most - least);
  }

  /** Whether a bandwidth is wide enough for the finest cells. */
  serve(bandwidth: number): boolean {
    return (bandwidth / this.width) * FINEST >= PER_BANDWIDTH;
  }

  /** The rows in the coarsest cells that serve a bandwidth. */
  forBandwidth(bandwidth: number): CellRows {
    const needed = (PER_BANDWIDTH * this.width) / bandwidth;
    return this.inCells(Math.max(2 ** Math.ceil(Math.log2(needed)), 256));
  }

  /** @param count a power of two, up to 65,536 */
  inCells(count: number): CellRows {
    const { rows, x, y, squares } = this.level(Math.log2(FINEST / Math.min(count, FINEST)));
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

  /** Adds the rows between two places of x to the counts of equal parts between them. */
  countInto(counts: Float64Array, from: number, to: number): void {
    const { rows, x } = this.levels[0];
    const scale = counts.length / (to - from);
    for (let i = 0; i < rows.length; i++) {
      if (rows[i] === 0) continue;
      const part = Math.floor((this.least + x[i] / rows[i] - from) * scale);
      if (part >= 0 && part < counts.length) counts[part] += rows[i];
    }
  }

  /** Sums of cells that are 2^level of the finest wide. */
  private level(level: number): Sums {
    while (this.levels.length <= level) {
      const { rows, x, y, squares } = this.levels.at(-1)!;
      const halved = (list: Float64Array) =>
        Float64Array.from({ length: list.length / 2 }, (_, i) => list[2 * i] + list[2 * i + 1]);
      this.levels.push({
        ...{ rows: halved(rows), x: halved(x) },
        ...(y && { y: halved(y), squares: halved(squares!) }),
      });
    }
    return this.levels[level];
  }
}
