// The public types of nadaraya/plot, written by `npm run api`.

type Channel<Row, Value> = string | ((row: Row, index: number) => Value | null | undefined) | Iterable<Value | null | undefined>;

interface SmoothOptions<Row> extends Pick<KernelInput, "kernel" | "bandwidth" | "adaptive" | "neighbours">, Pick<RegressionInput, "degree">, FitOptions {
  readonly x: Channel<Row, number | Date>;
  readonly y: Channel<Row, number>;
  readonly z?: Channel<Row, string | number>;
  readonly points?: number;
  readonly confidence?: number | null;
  readonly stroke?: string;
  readonly strokeWidth?: number;
  readonly fill?: string;
  readonly fillOpacity?: number;
}

interface SmoothRow {
  readonly x: number | Date;
  readonly y: number;
  readonly lower?: number;
  readonly upper?: number;
  readonly z?: string | number;
}

function band(rows: readonly SmoothRow[], { stroke, fill, fillOpacity }?: Style): Plot.Markish;

function curve(rows: readonly SmoothRow[], { stroke, strokeWidth }?: Style): Plot.Markish;

function smooth<Row>(data: Iterable<Row>, options: SmoothOptions<Row>): Promise<Plot.Markish>;

function smoothRows<Row>(data: Iterable<Row>, options: SmoothOptions<Row>): Promise<SmoothRow[]>;

// Types that these use, which are neither exported here nor in another report.

type Style = Pick<SmoothOptions<unknown>, "stroke" | "strokeWidth" | "fill" | "fillOpacity">;

