/** Faults of fitted models and their calls that are known and not mended yet. */
import { describe, expect } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { openFault } from "../open-faults.ts";
import { draw } from "../random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

const random = draw(8);
const keys = Array.from({ length: 60 }, () => random.uniform(0, 4));
const values = keys.map((x) => Math.sin(x) + 0.1 * random.normal());
const model = KernelRegression.fit({ keys, values, bandwidth: 0.5 }, quiet);

openFault("N", "attention K16", "a saved model with one flipped bit is refused", async () => {
  const bytes = (await model).save();
  let accepted = 0;
  for (let i = 0; i < 60; i++) {
    const damaged = bytes.slice();
    damaged[bytes.length - 1 - 16 * i] ^= 1 << (i % 8);
    await KernelRegression.load(damaged, quiet).then(
      () => accepted++,
      () => {},
    );
  }
  expect(accepted).toBe(0);
});

describe("queries that are overwritten once a call has returned its promise", () => {
  const calls: Record<string, (own: KernelRegression, queries: Float64Array) => Promise<Float64Array>> = {
    bootstrap: async (own, queries) => (await own.bootstrap(queries, { replicates: 20 })).lower,
    conditionalDensity: (own, queries) => own.conditionalDensity(queries, Float64Array.of(0.5, 0.5)),
  };
  for (const [name, call] of Object.entries(calls))
    openFault("N", "attention K12", `${name} answers for the queries that it was given`, async () => {
      const own = await model;
      const expected = await call(own, Float64Array.of(1, 2));
      const queries = Float64Array.of(1, 2);
      const answer = call(own, queries);
      queries.fill(0);
      expect([...(await answer)]).toEqual([...expected]);
    });
});

for (const seed of [Number.NaN, Infinity, 1.5, 2 ** 32, -1])
  openFault("N", "attention K11", `a bootstrap's seed of ${seed} is refused`, async () => {
    await expect((await model).bootstrap([2.5], { seed, replicates: 20 })).rejects.toThrow(/seed/);
  });

describe("progress", () => {
  /** The shares that a call reports. */
  async function sharesOf(
    call: (onProgress: (progress: { done: number; total: number }) => void) => unknown,
  ) {
    const shares: number[] = [];
    await call(({ done, total }) => shares.push(done / total));
    return shares;
  }
  openFault("N", "attention K13", "a bootstrap reports it", async () => {
    const own = await model;
    const shares = await sharesOf((onProgress) => own.bootstrap([1, 2], { replicates: 20, onProgress }));
    expect(shares.at(-1)).toBe(1);
  });

  openFault("N", "attention K13", "diagnostics report it", async () => {
    const own = await model;
    const shares = await sharesOf((onProgress) => own.diagnostics({ onProgress }));
    expect(shares.at(-1)).toBe(1);
  });
});

openFault("N", "attention K17", "quantiles of 0 and 1 are the extremes in reach", async () => {
  const input = { keys: [1, 2, 9], values: [4, 3, 1], kernel: "boxcar", bandwidth: 2 } as const;
  const own = await KernelRegression.fit(input, quiet);
  const quantiles = own.quantiles([1.5], [0, 1]);
  await expect(quantiles).resolves.toBeDefined();
  expect([...(await quantiles)]).toEqual([3, 4]);
});

openFault(
  "N",
  "attention K17",
  "no values that a call refuses are expected to be 1 to 1 columns",
  async () => {
    const message = await (await model).conditionalDensity([1], [[1, 2]]).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).not.toMatch(/1 to 1/);
  },
);

openFault("N", "attention K17", "distribution answers for every value column, as quantiles do", async () => {
  const own = await KernelRegression.fit(
    {
      keys: [1, 2],
      values: [
        [1, 4],
        [3, 2],
      ],
      bandwidth: 1,
    },
    quiet,
  );
  expect(await own.distribution([1.5], [2])).toHaveLength(2);
});
