/** Attention against softmax written out; and conditional densities, which are two sums as well. */
import { describe, expect, test } from "vitest";
import { attention, Engine, KernelRegression } from "../../index.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { draw, largestDifference } from "../../testing/random.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

const random = draw(71);
const matrix = (rows: number, columns: number, scale = 1) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => scale * random.normal()));
const unit = (rows: number[][]) => rows.map((row) => row.map((x) => x / Math.hypot(...row)));

/** softmax(Q Kᵀ / τ) V as it stands. */
function softmax(
  queries: number[][],
  keys: number[][],
  values: number[][],
  temperature: number,
  sees: (q: number, k: number) => boolean = () => true,
): number[] {
  return queries.flatMap((q, i) => {
    const dots = keys.map((k, j) =>
      sees(i, j) ? k.reduce((s, x, d) => s + x * q[d], 0) / temperature : -Infinity,
    );
    const most = Math.max(...dots);
    const weights = dots.map((dot) => Math.exp(dot - most));
    const total = weights.reduce((a, b) => a + b);
    return values[0].map((_, c) => weights.reduce((s, w, j) => s + w * values[j][c], 0) / total);
  });
}

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];

  test.each([1, 4])("is softmax of scaled dot products, with %i heads", async (heads) => {
    const [queries, keys, values] = [matrix(30, 16), matrix(70, 16), matrix(70, 20)];
    const { output } = await attention({ queries, keys, values, heads }, { engine });
    const part = <T>(row: readonly T[], head: number) =>
      row.slice((head * row.length) / heads, ((head + 1) * row.length) / heads);
    const byHead = Array.from({ length: heads }, (_, head) => {
      const own = [queries, keys, values].map((rows) => rows.map((row) => part(row, head)));
      return softmax(own[0], own[1], own[2], Math.sqrt(16 / heads));
    });
    const width = 20 / heads;
    const expected = queries.flatMap((_, q) =>
      byHead.flatMap((mean) => mean.slice(q * width, (q + 1) * width)),
    );
    expect(largestDifference(output, expected)).toBeLessThan(1e-5);
  });

  test("on the unit sphere it is the Gaussian regression, and von Mises and Fisher's", async () => {
    const [queries, keys] = [unit(matrix(25, 3)), unit(matrix(60, 3))];
    const values = matrix(60, 2);
    const temperature = 0.1;
    const expected = softmax(queries, keys, values, temperature);
    const { output } = await attention({ queries, keys, values, temperature }, { engine });
    expect(largestDifference(output, expected)).toBeLessThan(1e-5);
    const sphere = { keys, values, kernel: "von-mises-fisher", bandwidth: temperature } as const;
    const fisher = await KernelRegression.fit(sphere, { engine });
    expect(largestDifference((await fisher.predict(queries)).mean, expected)).toBeLessThan(1e-5);
    const gaussian = await KernelRegression.fit(
      { keys, values, bandwidth: Math.sqrt(temperature) },
      { engine },
    );
    expect(largestDifference((await gaussian.predict(queries)).mean, expected)).toBeLessThan(1e-5);
    for (const q of queries.slice(0, 5))
      for (const k of keys.slice(0, 5)) {
        const squared = q.reduce((sum, x, j) => sum + (x - k[j]) ** 2, 0);
        expect(squared).toBeCloseTo(2 - 2 * q.reduce((sum, x, j) => sum + x * k[j], 0), 12);
      }
  });

  test("masks: causal over blocks, and any other", async () => {
    const n = 600;
    const [queries, keys, values] = [matrix(n, 4), matrix(n, 4), matrix(n, 3)];
    const { output } = await attention({ queries, keys, values, mask: "causal" }, { engine });
    const expected = softmax(queries, keys, values, 2, (q, k) => k <= q);
    expect(largestDifference(output, expected)).toBeLessThan(1e-5);
    const mask = Uint8Array.from({ length: 20 * n }, () => random.integer(0, 2));
    mask.fill(0, 0, n); // the first query sees nothing
    const few = queries.slice(0, 20);
    const masked = await attention({ queries: few, keys, values, mask }, { engine });
    const hidden = softmax(few, keys, values, 2, (q, k) => mask[q * n + k] !== 0);
    expect([...masked.output.subarray(0, 3)]).toEqual([NaN, NaN, NaN]);
    expect(largestDifference(masked.output.subarray(3), hidden.slice(3))).toBeLessThan(1e-5);
  });

  test("keys of very different lengths are weighed in float64", async () => {
    const [queries, keys, values] = [matrix(10, 3, 8), matrix(40, 3, 8), matrix(40, 1)];
    const { output } = await attention({ queries, keys, values, temperature: 0.5 }, { engine });
    expect(largestDifference(output, softmax(queries, keys, values, 0.5))).toBeLessThan(1e-5);
  });

  test.each([
    ["1e-7 and 1e7", 1e-7, 1e7, 0],
    ["1e6 and 1e-6", 1e6, 1e-6, 0],
    ["1e-150 and 1e150", 1e-150, 1e149, 0],
    ["1, far from 0", 1, 1, 1e7],
  ] as const)("only dot products matter: lengths of %s", async (_, queryLength, keyLength, offset) => {
    const n = 300;
    const [directions, values] = [matrix(n, 4, 1.5), matrix(n, 3)];
    const base = matrix(n, 4).map((row) => row.map((x) => Math.round(1e3 * x) / 1e3));
    const queries = directions.map((row) => row.map((x) => x * queryLength));
    const keys = base.map((row) => row.map((x) => x * keyLength + offset));
    const moved = keys.map((row) => row.map((x) => x - offset));
    for (const mask of [undefined, "causal"] as const) {
      const { output } = await attention({ queries, keys, values, mask, temperature: 1 }, { engine });
      const expected = softmax(queries, moved, values, 1, mask && ((q, k) => k <= q));
      expect(largestDifference(output, expected)).toBeLessThan(1e-5);
    }
  });

  test("what is wrong is said", async () => {
    const [queries, keys, values] = [matrix(3, 4), matrix(5, 4), matrix(5, 2)];
    const failing = (more: object, message: string) =>
      expect(attention({ queries, keys, values, ...more }, { engine })).rejects.toThrow(message);
    await failing(
      { heads: 4 },
      "heads is 4, expected a whole number that divides the 4 coordinates and the 2 columns",
    );
    await failing({ temperature: 0 }, "temperature is 0");
    await failing({ mask: "causal" }, "needs as many queries as keys, there are 3 and 5");
    await failing({ mask: [1, 0] }, "mask has 2 entries, expected 3 × 5");
    const ones = new Array(15).fill(1);
    for (const other of [-1e9, 0.5, -Infinity, NaN, null, "1", 2, undefined])
      await failing(
        { mask: ones.with(4, other) },
        `mask[4] is ${typeof other === "string" ? '"1"' : other}, expected true or 1 if the query sees the key`,
      );
    await failing({ mask: ones.fill(0).with(2, -1e9) }, "of an additive mask, give true for 0");
    for (const other of [null, "none", 1])
      await failing({ mask: other }, 'expected "causal" or an array of booleans');
    await failing({ values: matrix(4, 2) }, "values has 4 rows, expected 5");
  });

  test("conditional densities are a quotient of two", async () => {
    const keys = Float64Array.from({ length: 200 }, () => random.uniform(0, 3));
    const values = keys.map((x) => x * x + random.normal());
    const at = Float64Array.from({ length: 20 }, (_, i) => i / 7);
    const v = at.map((x) => x * x + random.normal());
    for (const kernel of ["gaussian", "epanechnikov"] as const) {
      const shape = "product";
      const model = await KernelRegression.fit({ keys, values, bandwidth: 0.4, kernel, shape }, { engine });
      const found = await model.conditionalDensity(at, v, { bandwidth: 1.5 });
      const alpha = (u: number) =>
        kernel === "gaussian"
          ? Math.exp((-u * u) / 2) / Math.sqrt(2 * Math.PI)
          : Math.max(0, 0.75 * (1 - u * u));
      for (const [q, x] of at.entries()) {
        let [joint, marginal] = [0, 0];
        for (const [i, k] of keys.entries()) {
          const own = alpha(Math.abs(x - k) / 0.4);
          marginal += own;
          joint += (own * alpha(Math.abs(v[q] - values[i]) / 1.5)) / 1.5;
        }
        if (joint === 0) expect(found[q]).toBe(-Infinity);
        else expect(found[q]).toBeCloseTo(Math.log(joint / marginal), 4);
      }
    }
    const radial = await KernelRegression.fit({ keys, values, bandwidth: 0.4, kernel: "cosine" }, { engine });
    await expect(radial.conditionalDensity(at, v)).rejects.toThrow('not for the kernel "cosine"');
    await expect(radial.conditionalDensity(at, [1])).rejects.toThrow(
      "values has 1 row, expected 20, one for each query",
    );
  });
});

describe("dot products alone decide", () => {
  const { cpu: engine } = engines;
  const largestError = async (
    queries: number[][],
    keys: number[][],
    temperature: number,
    exact: (q: number, k: number) => number,
    mask?: "causal",
  ) => {
    const values = matrix(keys.length, 1);
    const { output } = await attention({ queries, keys, values, temperature, mask }, { engine });
    const sees = (q: number, k: number) => mask === undefined || k <= q;
    const identity = keys.map((_, k) => [k]);
    const expected = queries.flatMap((_, q) =>
      softmax(
        [[1]],
        identity.map(([k]) => [exact(q, k)]),
        values,
        1,
        (_, k) => sees(q, k),
      ),
    );
    return largestDifference(output, expected);
  };
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, j) => sum + x * b[j], 0);

  test.each([1e6, 1e7, 1e8, 1e12])("keys of length %s", async (length) => {
    const keys = unit(matrix(100, 4)).map((row) => row.map((x) => x * length));
    const queries = matrix(20, 4, 3 / length);
    expect(await largestError(queries, keys, 1, (q, k) => dot(queries[q], keys[k]))).toBeLessThan(1e-6);
  });

  test("keys of 1e7 and −1e7 in one coordinate", async () => {
    const keys = Array.from({ length: 50 }, (_, i) => [i % 2 ? 1e7 : -1e7]);
    const queries = matrix(20, 1, 1e-7);
    expect(await largestError(queries, keys, 1, (q, k) => dot(queries[q], keys[k]))).toBeLessThan(1e-6);
  });

  test("long queries and short keys under a causal mask", async () => {
    const [queries, keys] = [matrix(600, 4, 1e6), matrix(600, 4, 3e-6)];
    const exact = (q: number, k: number) => dot(queries[q], keys[k]);
    expect(await largestError(queries, keys, 1, exact, "causal")).toBeLessThan(1e-6);
  });

  test("keys among outliers", async () => {
    const near = Array.from({ length: 20 }, (_, i) => [i / 10, 1]);
    for (const far of [1e5, 1e20, 1e149]) {
      const keys = [...near, ...near.map(([x]) => [far * (1 + x), 1])];
      const queries = [
        [-1, 0],
        [-1, 2],
        [0, 1],
      ];
      expect(await largestError(queries, keys, 1, (q, k) => dot(queries[q], keys[k]))).toBeLessThan(1e-6);
    }
  });

  test("long queries that are almost orthogonal to long keys", async () => {
    // Whole numbers, whose dot products are exact as big integers.
    const integer = () => Math.round(random.uniform(-1e9, 1e9));
    const queries = Array.from({ length: 10 }, () => [integer(), integer()]);
    const keys = Array.from({ length: 40 }, (_, k) => {
      const [x, y] = queries[k % 10];
      return [y, -x + (k % 7) - 3];
    });
    const whole = (q: number, k: number) =>
      BigInt(queries[q][0]) * BigInt(keys[k][0]) + BigInt(queries[q][1]) * BigInt(keys[k][1]);
    const largest = queries.map((_, q) =>
      keys.reduce((most, _, k) => (whole(q, k) > most ? whole(q, k) : most), whole(q, 0)),
    );
    const exact = (q: number, k: number) => Number(whole(q, k) - largest[q]) / 1e9;
    expect(await largestError(queries, keys, 1e9, exact)).toBeLessThan(1e-9);
  });

  test.each([
    ["a temperature of 1e-310", 1, 1e-310],
    ["the least temperature", 1, 5e-324],
    ["keys of 1e150", 1e150, 1e-10],
  ])("%s takes the value of the largest dot product", async (_, length, temperature) => {
    const keys = [
      [length, 0],
      [0, length],
      [-length, length / 2],
    ];
    const values = [[1], [2], [3]];
    const queries = [
      [1, 0],
      [-1, 0],
      [1, 1],
    ];
    const { output } = await attention({ queries, keys, values, temperature }, { engine });
    expect([...output]).toEqual([1, 3, 1.5]);
    const causal = await attention({ queries, keys, values, temperature, mask: "causal" }, { engine });
    expect([...causal.output]).toEqual([1, 2, 1.5]);
  });

  test.each([
    ["four heads", 600, 4, undefined],
    ["a causal mask", 600, 2, "causal"],
    ["a mask", 20, 1, new Array(400).fill(true)],
  ] as const)("%s are reported as one whole", async (_, n, heads, mask) => {
    const input = { queries: matrix(n, 4), keys: matrix(n, 4), values: matrix(n, 4), heads, mask };
    const progress: { done: number; total: number }[] = [];
    await attention(input, { engine, onProgress: (each) => progress.push(each) });
    expect(progress.length).toBeGreaterThan(1);
    for (const [i, { done, total }] of progress.entries()) {
      expect(total).toBe(heads * n * n);
      expect(done).toBeGreaterThan(progress[i - 1]?.done ?? 0);
    }
    expect(progress.at(-1)?.done).toBe(heads * n * n);
  });

  test("queries or keys of length 0 weigh all keys alike, and no query is no row", async () => {
    const values = [[1], [2], [6]];
    const [zeros, some] = [
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      matrix(3, 2),
    ];
    for (const [queries, keys] of [
      [zeros, some],
      [some, zeros],
      [some, [some[0], some[0], some[0]]],
    ]) {
      const { output } = await attention({ queries, keys, values }, { engine });
      for (const mean of output) expect(mean).toBeCloseTo(3, 12);
    }
    for (const queries of [[], { data: new Float64Array(0), dims: 2 }])
      await expect(attention({ queries, keys: some, values }, { engine })).resolves.toEqual({
        output: new Float64Array(0),
      });
  });
});
