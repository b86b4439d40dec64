import { expect, test } from "vitest";
import { randomFrom } from "../common/random.ts";
import { Engine, KernelDensity, KernelRegression } from "../index.ts";
import { type ShardInput, sumsOfShard } from "./compute.ts";
import { decodePartial, encodePartial } from "./file.ts";
import { densitiesOfSums, meansOfSums } from "./finish.ts";
import { mergePartialSums, type PartialSums } from "./partial-sums.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });

/** Rows around a sine, and places that are in part far from all of them. */
function example(seed: number, { offset = 0, dims = 1, n = 400 } = {}) {
  const random = randomFrom(seed);
  const keys = Float64Array.from({ length: n * dims }, () => 10 * random());
  const values = Float64Array.from(
    { length: 2 * n },
    (_, i) => offset + Math.sin(keys[Math.floor(i / 2) * dims]) + 0.3 * (random() - 0.5),
  );
  const weights = Float64Array.from({ length: n }, () => 0.5 + random());
  const queries = Float64Array.from({ length: 60 * dims }, () => 14 * random() - 2);
  return { keys, values, weights, queries, dims, n };
}

test("queries are copied before the call waits", async () => {
  const queries = Float64Array.of(1, 2);
  const of = (places: Float64Array) =>
    sumsOfShard({ keys: [0, 1, 2], values: [5, 6, 9], bandwidth: 1 }, places, { engine });
  const expected = await of(queries.slice());
  const pending = of(queries);
  queries.fill(0);
  expect(encodePartial(await pending)).toEqual(encodePartial(expected));
});

type Example = ReturnType<typeof example>;

/** The rows of a part. */
function rowsFrom({ keys, values, weights, dims }: Example, from: number, to: number) {
  return {
    keys: { data: keys.subarray(from * dims, to * dims), dims },
    values: { data: values.subarray(2 * from, 2 * to), dims: 2 },
    sampleWeights: weights.subarray(from, to),
  };
}

const settings = { bandwidth: 0.4 } as const;

function shardsOf(data: Example, parts: number, options = {}, more: Partial<ShardInput> = settings) {
  const size = Math.ceil(data.n / parts);
  const queries = { data: data.queries, dims: data.dims };
  return Promise.all(
    Array.from({ length: parts }, (_, i) => {
      const rows = rowsFrom(data, i * size, Math.min((i + 1) * size, data.n));
      return sumsOfShard({ ...rows, ...more }, queries, { engine, ...options });
    }),
  );
}

const digits = ({ sums, shards }: PartialSums) => JSON.stringify([[...sums.tops], [...sums.bins], shards]);

test("merged means are those of all rows at once", async () => {
  for (const dims of [1, 2])
    for (const kernel of ["gaussian", "epanechnikov", "laplace"] as const) {
      const data = example(dims, { dims });
      const more = { bandwidth: 0.6, kernel } as const;
      const merged = meansOfSums(mergePartialSums(await shardsOf(data, 7, {}, more)));
      const input = { ...rowsFrom(data, 0, data.n), ...more };
      const whole = await KernelRegression.fit(input, { engine });
      const { mean, report } = await whole.predict({ data: data.queries, dims });
      expect(merged.emptyQueries).toBe(report.emptyQueries);
      for (const [i, expected] of mean.entries()) {
        if (Number.isNaN(expected)) expect(merged.mean[i]).toBeNaN();
        else expect(Math.abs(merged.mean[i] - expected)).toBeLessThan(3e-6);
      }
    }
});

test("merging is associative and commutative, to the last digit", async () => {
  const parts = await shardsOf(example(3), 9, { errors: true });
  const whole = digits(mergePartialSums(parts));
  expect(digits(mergePartialSums([...parts].reverse()))).toBe(whole);
  const left = parts.slice(1).reduce((sum, each) => mergePartialSums([sum, each]), parts[0]);
  expect(digits(left)).toBe(whole);
  const tree = mergePartialSums([
    mergePartialSums(parts.slice(5)),
    mergePartialSums([parts[3], parts[0]]),
    parts[4],
    mergePartialSums([parts[2], parts[1]]),
  ]);
  expect(digits(tree)).toBe(whole);
});

test("a merge leaves what it merged as it was", async () => {
  const parts = await shardsOf(example(4), 3);
  const before = parts.map(digits);
  mergePartialSums(parts);
  expect(parts.map(digits)).toEqual(before);
});

test("far from all rows the nearest row's value is the limit, whichever shard has it", async () => {
  const near = await sumsOfShard({ keys: [0, 1], values: [5, 6], bandwidth: 0.01 }, [1000, -1000], {
    engine,
  });
  const nearer = await sumsOfShard({ keys: [2, 3], values: [7, 8], bandwidth: 0.01 }, [1000, -1000], {
    engine,
  });
  expect([...meansOfSums(mergePartialSums([near, nearer])).mean]).toEqual([8, 5]);
});

/** By the formula, in float64, for values near 0. */
function expectedErrors({ keys, values, weights, queries, n }: Example, h: number) {
  return Array.from({ length: queries.length * 2 }, (_, at) => {
    const [q, c] = [Math.floor(at / 2), at % 2];
    const alphas = Array.from(
      { length: n },
      (_, i) => weights[i] * Math.exp(-(((queries[q] - keys[i]) / h) ** 2) / 2),
    );
    const sum = (f: (i: number) => number) => alphas.reduce((total, a, i) => total + a * f(i), 0);
    const total = sum(() => 1);
    const mean = sum((i) => values[2 * i + c]) / total;
    const variance = sum((i) => (values[2 * i + c] - mean) ** 2) / total;
    const share = sum((i) => alphas[i]) / total ** 2;
    return Math.sqrt((variance / (1 - share)) * share);
  });
}

test("standard errors are those of the local variance, also where values are far from 0", async () => {
  for (const offset of [0, 1e9]) {
    const data = example(5, { offset });
    const near = { ...data, values: data.values.map((v) => v - offset) };
    const { standardError, mean, lower, upper } = meansOfSums(
      mergePartialSums(await shardsOf(data, 5, { errors: true })),
      {
        confidence: 0.95,
      },
    );
    const expected = expectedErrors(near, settings.bandwidth);
    for (const [i, error] of expected.entries()) {
      const isNear = Math.abs(data.queries[Math.floor(i / 2)] - 5) < 5;
      if (!isNear) continue; // where one row counts, both are rounding
      expect(Math.abs(standardError![i] - error)).toBeLessThan(1e-4 * error);
      expect(upper![i] - mean[i]).toBeGreaterThanOrEqual(1.95 * error);
      expect(mean[i] - lower![i]).toBeLessThan(3 * error);
    }
  }
});

test("one row in reach has no standard error", async () => {
  const partial = await sumsOfShard(
    { keys: [0, 9], values: [1, 2], bandwidth: 1, kernel: "boxcar" },
    [0, 20],
    {
      engine,
      errors: true,
    },
  );
  const { mean, standardError, emptyQueries } = meansOfSums(partial);
  expect(mean[0]).toBe(1);
  expect(mean[1]).toBeNaN();
  expect(standardError).toEqual(new Float64Array([Number.NaN, Number.NaN]));
  expect(emptyQueries).toBe(1);
});

test("merged densities are those of all rows at once", async () => {
  const data = example(6);
  const parts = await Promise.all(
    [0, 100, 250].map((from, i) => {
      const { keys, sampleWeights } = rowsFrom(data, from, [100, 250, 400][i]);
      return sumsOfShard({ keys, sampleWeights, ...settings }, data.queries, { engine });
    }),
  );
  const { logDensity } = densitiesOfSums(mergePartialSums(parts));
  const { keys, weights, queries } = data;
  const model = await KernelDensity.fit({ keys, sampleWeights: weights, ...settings }, { engine });
  for (const [i, log] of (await model.evaluate(queries)).logDensity.entries())
    expect(Math.abs(logDensity[i] - log)).toBeLessThan(1e-5);
  expect(() => meansOfSums(parts[0])).toThrow("these are the sums of a density");
});

test("bytes come back as the same sums", async () => {
  const [partial] = await shardsOf(example(7), 2, {
    errors: true,
    x: ["time"],
    y: ["a", "b"],
    dates: ["time"],
    name: "rides.csv",
  });
  const again = await decodePartial(await encodePartial(partial));
  expect(again.settings).toEqual(partial.settings);
  expect(digits(again)).toBe(digits(partial));
  expect(again.shards[0].name).toBe("rides.csv");
  expect(again.queries).toEqual(partial.queries);
});

test("bytes that are cut short, changed or something else are refused", async () => {
  const bytes = await encodePartial((await shardsOf(example(8), 2))[0]);
  const refused = (given: Uint8Array) =>
    expect(decodePartial(given)).rejects.toThrow("expected partial sums");
  await refused(bytes.subarray(0, bytes.length - 20));
  await refused(bytes.map((byte, i) => (i === 400 ? byte ^ 255 : byte)));
  await refused(new TextEncoder().encode("x,y\n1,2\n"));
  await refused(new Uint8Array(0));
  const model = await KernelRegression.fit({ keys: [1], values: [1], bandwidth: 1 }, { engine });
  await refused(model.save());
});

test("what does not belong together is refused, with the difference", async () => {
  const rows = { keys: [1, 2], values: [3, 4], bandwidth: 1 };
  const others = { ...rows, keys: [1, 3] };
  const first = await sumsOfShard(rows, [1, 2], { engine });
  const refused = async (message: string, input: ShardInput, queries = [1, 2], options = {}) => {
    const other = await sumsOfShard(input, queries, { engine, ...options });
    expect(() => mergePartialSums([first, other], ["a.partial", "b.partial"])).toThrow(message);
  };
  await refused("b.partial has bandwidth [2], expected [1] as in a.partial", { ...others, bandwidth: 2 });
  await refused('b.partial has kernel "laplace", expected "gaussian" as in a.partial', {
    ...others,
    kernel: "laplace",
  });
  await refused('b.partial has y ["speed"], expected ["y1"] as in a.partial', others, [1, 2], {
    y: ["speed"],
  });
  await refused("b.partial has errors true, expected false", others, [1, 2], { errors: true });
  await refused("b.partial has other queries than a.partial: they differ in row 2", others, [1, 3]);
  await refused("b.partial has 1 queries, expected the 2 of a.partial", others, [1]);
  await refused("is both in a.partial and in b.partial: its rows would count twice", rows);
  await refused('shard "day 1" is both in a.partial', others, [1, 2], {
    id: first.shards[0].id,
    name: "day 1",
  });
  expect(() => mergePartialSums([])).toThrow("expected one or more PartialSums");
  await expect(sumsOfShard({ ...rows, bandwidth: "scott" }, [1], { engine })).rejects.toThrow(
    'bandwidth is "scott", expected numbers: all shards have to use the same',
  );
  await expect(sumsOfShard({ keys: [1] }, [1], { engine })).rejects.toThrow("expected numbers");
  expect(() => meansOfSums(first, { confidence: 0.9 })).toThrow("made without errors");
});

test("partial sums with one flipped bit anywhere are refused", async () => {
  const bytes = await encodePartial(
    await sumsOfShard({ keys: [1, 2], values: [3, 4], bandwidth: 1 }, [1], { engine }),
  );
  await expect(decodePartial(bytes)).resolves.toBeDefined();
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    await expect(decodePartial(damaged), `bit ${bit}`).rejects.toThrow("expected partial sums");
  }
});
