/**
 * How well "auto" chooses: a grid of problems, small ones included, each answered by every method in turn, again and again,
 * so that what disturbs the machine disturbs all alike. `npm run bench -- --grid`.
 */
import { type Engine, type KernelName, KernelRegression, NadarayaError } from "../src/index.ts";
import { median } from "./measure.ts";
import { normalWorkload } from "./methods.ts";

export const METHODS = ["auto", "dense", "cull", "expand"] as const;
type MethodName = (typeof METHODS)[number];

export interface GridRow {
  readonly kernel: KernelName;
  readonly n: number;
  readonly m: number;
  readonly dims: number;
  /** Of Scott's. */
  readonly factor: number;
  /** What "auto" took in its last run. */
  readonly took: string;
  /** Median milliseconds of fit and predict; of a method far behind, of its first runs only. */
  readonly milliseconds: Readonly<Partial<Record<MethodName, number>>>;
}

export interface Grid {
  readonly date: string;
  readonly where: string;
  readonly adapter: string;
  readonly grid: readonly GridRow[];
}

const SIZES = [
  [50, 40],
  [1000, 1000],
  [100_000, 100],
  [100, 100_000],
  [4000, 4000],
] as const;
/** Runs that warm up, and at least so many that count. */
const WARM_UPS = 2;
const ROUNDS = 5;
/** A small problem is repeated for so many milliseconds, up to so many times. */
const LONG = 600;
const MOST_ROUNDS = 1001;
/** A method this many times slower than the fastest is not repeated any more. */
const FAR_BEHIND = 4;

export async function* measureGrid(engine: Engine): AsyncGenerator<GridRow> {
  for (const kernel of ["gaussian", "epanechnikov", "laplace"] as const)
    for (const dims of [1, 3, 6])
      for (const [n, m] of SIZES)
        for (const factor of [0.2, 1, 5]) yield measureProblem(engine, { kernel, n, m, dims, factor });
}

type Problem = Pick<GridRow, "kernel" | "n" | "m" | "dims" | "factor">;

async function measureProblem(engine: Engine, problem: Problem): Promise<GridRow> {
  const { kernel, n, m, dims, factor } = problem;
  const bandwidth = factor * n ** (-1 / (dims + 4));
  const { keys, values, queries } = normalWorkload(n, m, dims, bandwidth);
  let took = "";
  const timeOf = async (method: MethodName) => {
    const start = performance.now();
    const model = await KernelRegression.fit(
      { keys: { data: keys, dims }, values, kernel, bandwidth },
      { engine },
    );
    const { report } = await model.predict({ data: queries, dims }, { method });
    model.dispose();
    if (method === "auto") took = report.method;
    return performance.now() - start;
  };
  const times = new Map<MethodName, number[]>();
  for (const method of METHODS) {
    try {
      for (let i = 0; i < WARM_UPS; i++) times.set(method, [await timeOf(method)]);
    } catch (error) {
      if (!(error instanceof NadarayaError && error.code === "unsupported")) throw error;
    }
  }
  const last = (method: MethodName) => times.get(method)?.[0] ?? Infinity;
  const fastest = Math.min(...METHODS.map(last));
  const running = [...times.keys()].filter(
    (method) => method === "auto" || last(method) < FAR_BEHIND * fastest,
  );
  for (const method of running) times.set(method, []);
  const rounds = Math.min(Math.max(ROUNDS, Math.ceil(LONG / fastest)), MOST_ROUNDS);
  for (let round = 0; round < rounds; round++)
    for (let i = 0; i < running.length; i++) {
      const method = running[(round + i) % running.length]; // each follows each: what one leaves behind disturbs all
      times.get(method)?.push(await timeOf(method));
    }
  const milliseconds = Object.fromEntries([...times].map(([method, list]) => [method, median(list)]));
  return { ...problem, took, milliseconds };
}

/** How many times slower "auto" was than the fastest of the methods. */
export function ratioOf({ milliseconds: { auto = Number.NaN, ...others } }: GridRow): number {
  return auto / Math.min(...Object.values(others));
}
