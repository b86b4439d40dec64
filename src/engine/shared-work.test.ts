/** Sums that real workers share, however small: the same as the calling thread's alone. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { kernels } from "../kernels/builtin.ts";
import { keyWeights, type Method, type Problem, type SumsOptions, type Totals } from "../problem/problem.ts";
import { always } from "../testing/property.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import { bundledWorker } from "../testing/workers.ts";
import { shareableArray } from "../workers/shareable.ts";
import type { TaskRunner } from "../workers/task.ts";
import { WorkerPool } from "../workers/worker-pool.ts";
import { CpuBackend } from "./cpu-backend.ts";
import { Workers } from "./shared-work.ts";

let workerPool: WorkerPool;
/** The names of the tasks that were shared. */
let shared: string[];

beforeAll(async () => {
  workerPool = new WorkerPool(3, await bundledWorker());
  expect(await workerPool.problem()).toBeUndefined();
});
afterAll(() => workerPool.dispose());

/** A backend whose workers are asked for everything. */
function sharing(): CpuBackend {
  shared = [];
  const share: TaskRunner = {
    size: 3,
    each(task, ...rest) {
      shared.push(task.name);
      return workerPool.each(task, ...rest);
    },
  };
  const workers = new Workers(3);
  vi.spyOn(workers, "share").mockResolvedValue(share);
  return new CpuBackend(workers);
}

const alone = () => new CpuBackend(new Workers(0));

interface Case {
  kernel: string;
  dims: number;
  columns: number;
  n: number;
  m: number;
  h: number;
  weighted?: boolean;
  clustered?: boolean;
  seed?: number;
}

function make({ kernel, dims, columns, n, m, h, weighted, clustered, seed = 1 }: Case) {
  const { normal, uniform, integer } = draw(seed);
  const points = (count: number) => {
    const data = new Float64Array(count * dims);
    for (let i = 0; i < count; i++) {
      const cluster = clustered ? 1000 * integer(0, 3) : 0;
      for (let j = 0; j < dims; j++) data[i * dims + j] = cluster + normal();
    }
    return { data, dims, count };
  };
  const keys = points(n);
  const values = {
    data: Float64Array.from({ length: n * columns }, () => 100 + normal()),
    dims: columns,
    count: n,
  };
  const problem: Problem = {
    ...{ keys, values, kernel: kernels.get(kernel)!, shape: "radial" },
    bandwidth: Array.from({ length: dims }, (_, j) => h * (1 + j / 4)),
    keyWeights: weighted ? keyWeights(Float64Array.from({ length: n }, () => uniform(0.5, 2))) : undefined,
  };
  return { problem, queries: points(m) };
}

async function sumsOf(
  backend: CpuBackend,
  { problem, queries }: ReturnType<typeof make>,
  method: Method,
  want: Totals,
  acceptedError?: number,
) {
  const loaded = await backend.load(problem);
  return loaded.sums(queries, { method, tolerance: 1e-6, acceptedError }, want);
}

/** The largest difference of two lists, relative to 1 or to the numbers. */
function difference(a: Float64Array, b: Float64Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce(
    (most, x, i) =>
      Object.is(x, b[i]) ? most : Math.max(most, Math.abs(x - b[i]) / Math.max(1, Math.abs(x))),
    0,
  );
}

/** To the last digit. */
async function expectTheSame(of: Case, method: Method, want: Totals, acceptedError?: number) {
  const made = make(of);
  const [expected, found] = [
    await sumsOf(alone(), made, method, want, acceptedError),
    await sumsOf(sharing(), made, method, want, acceptedError),
  ];
  expect(difference(expected.mean, found.mean)).toBe(0);
  if (want !== "none") expect(difference(expected.totals!, found.totals!)).toBe(0);
  expect([...found.empty].sort((a, b) => a - b)).toEqual([...expected.empty].sort((a, b) => a - b));
  expect(found.fallbackQueries).toBe(expected.fallbackQueries);
  expect(found.evaluatedPairs).toBe(expected.evaluatedPairs);
  return found;
}

const usual = { columns: 2, n: 3000, m: 2000, h: 0.3 };

describe("workers give the same numbers and recompute the same queries as one thread", () => {
  test.each([
    { kernel: "gaussian", dims: 1 },
    { kernel: "epanechnikov", dims: 2, weighted: true },
    { kernel: "cauchy", dims: 3, columns: 0 },
    { kernel: "gaussian", dims: 2, clustered: true, h: 0.01 },
  ])("dense: $kernel, $dims", async (of) => {
    await expectTheSame({ ...usual, n: 500, ...of }, "dense", "log");
    expect(shared).toContain("dense");
  });

  test.each([
    { kernel: "epanechnikov", dims: 1 },
    { kernel: "gaussian", dims: 2, weighted: true },
    { kernel: "matern32", dims: 3, columns: 0, m: 300 },
    { kernel: "boxcar", dims: 2, clustered: true, h: 0.02 },
  ])("cull: $kernel, $dims", async (of) => {
    await expectTheSame({ ...usual, ...of }, "cull", "log");
    expect(shared).toEqual(["cull"]);
  });

  const inGrids = ["spread", "convolve", "read"];
  test.each([
    { dims: 1, tasks: ["spread", "read"] },
    { dims: 1, weighted: true, h: 0.001, n: 100, m: 5000, tasks: ["spread", "convolve", "read"] },
    { dims: 2, n: 300_000, h: 1, tasks: ["spread", "read"] },
    { dims: 1, n: 300_000, h: 0.1, tasks: ["spread", "read"] },
    { dims: 2, weighted: true, tasks: ["spread", "convolve", "read"] },
    { dims: 2, clustered: true, h: 0.1, tasks: ["spread", "convolve", "read"] },
    { dims: 3, columns: 0, tasks: inGrids },
    ...(isWideRing ? [{ dims: 3, weighted: true, clustered: true, h: 0.5, tasks: inGrids }] : []),
  ])("expand: %j", async ({ tasks, ...of }) => {
    await expectTheSame({ ...usual, kernel: "gaussian", ...of }, "expand", "plain");
    expect(shared.slice(0, tasks.length)).toEqual(tasks);
  });

  test("expand, with an error that is accepted", async () => {
    const of = { ...usual, columns: 0, kernel: "gaussian", dims: 2 };
    const { fallbackQueries: usually } = await expectTheSame(of, "expand", "log");
    const { fallbackQueries } = await expectTheSame(of, "expand", "log", 0.1);
    expect(usually).toBeGreaterThan(0);
    expect(fallbackQueries).toBe(0);
  });

  test.each(["boxcar", "triweight"])("expand by moments: %s", async (kernel) => {
    await expectTheSame({ ...usual, kernel, dims: 1 }, "expand", "log");
    expect(shared[0]).toBe("read");
  });
});

test("whatever the sizes, a grid that workers make is the one that is made alone", async () => {
  const size = (most: number) => fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: most }));
  const cases = fc.record({
    ...{
      n: size(3000),
      m: size(500),
      dims: fc.integer({ min: 1, max: 3 }),
      columns: fc.integer({ min: 0, max: 2 }),
    },
    ...{ h: fc.double({ min: 0.2, max: 30, noNaN: true }), seed: fc.integer({ min: 1, max: 1e6 }) },
    ...{ weighted: fc.boolean(), clustered: fc.boolean() },
  });
  await always(cases, { runs: isWideRing ? 50 : 20 }, async ({ h, ...of }) => {
    // In three coordinates grids soon grow.
    await expectTheSame({ ...of, h: of.dims === 3 ? 5 * h : h, kernel: "gaussian" }, "expand", "log");
  });
});

test("each key is left out of its own sum", async () => {
  const options: SumsOptions = { method: "cull", tolerance: 1e-9 };
  // Far apart, so that all are recomputed.
  const { problem } = make({ kernel: "gaussian", dims: 2, columns: 1, n: 400, m: 1, h: 0.001 });
  const [expected, found] = await Promise.all(
    [alone(), sharing()].map(async (backend) => (await backend.load(problem)).leaveOneOut(options)),
  );
  expect(difference(expected.meanWithout, found.meanWithout)).toBe(0);
  expect(shared.filter((name) => name === "cull")).toHaveLength(2);
});

test("reports progress, and stops on abort", async () => {
  const { problem, queries } = make({ ...usual, kernel: "gaussian", dims: 2 });
  for (const method of ["dense", "cull", "expand"] as const) {
    const loaded = await sharing().load(problem);
    const told: number[] = [];
    await loaded.sums(
      queries,
      { method, tolerance: 1e-6, onProgress: ({ done, total }) => told.push(done / total) },
      "none",
    );
    expect(told.length, method).toBeGreaterThan(0);
    expect(told, method).toEqual([...told].sort((a, b) => a - b));
    expect(told[told.length - 1], method).toBe(1);
    const signal = AbortSignal.abort(new Error("enough"));
    const again = (await sharing().load(problem)).sums(queries, { method, tolerance: 1e-6, signal }, "none");
    await expect(again, method).rejects.toThrow("enough");
  }
});

test("kernels of one's own are not sent", async () => {
  const made = make({ ...usual, n: 300, kernel: "gaussian", dims: 1 });
  const kernel = { ...made.problem.kernel, alpha: (u: number) => Math.exp(-u * u) };
  const own = { ...made, problem: { ...made.problem, kernel } };
  for (const method of ["dense", "cull"] as const) {
    const found = await sumsOf(sharing(), own, method, "plain");
    expect(shared).toEqual([]);
    expect(difference((await sumsOf(alone(), own, method, "plain")).mean, found.mean)).toBe(0);
  }
});

describe("whether work is worth sharing", () => {
  test("short work is not, and neither is any with one worker or none", async () => {
    const workers = new Workers(4);
    expect(await workers.share(50)).toBeUndefined();
    for (const count of [0, 1]) {
      expect(await new Workers(count).share(1000)).toBeUndefined();
    }
  });

  test("nor is work for which much would have to be copied", async () => {
    const workers = new Workers(2);
    const started = vi
      .spyOn(workers as unknown as { startPool(): Promise<WorkerPool> }, "startPool")
      .mockResolvedValue(workerPool);
    expect(await workers.share(1000, { large: new Float64Array(2 ** 26) })).toBeUndefined();
    expect(started).not.toHaveBeenCalled();
    expect(await workers.share(1000, { small: new Float64Array(2 ** 16) })).toBe(workerPool);
    expect(await workers.share(1000, { shared: shareableArray(2 ** 26) })).toBe(workerPool);
  });

  test("where workers do not come up, the calling thread computes", async () => {
    // From source there is no worker.js.
    const workers = new Workers(2);
    expect(await workers.share(1000)).toBeUndefined();
  });
});
