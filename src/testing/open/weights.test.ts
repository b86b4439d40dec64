/** Faults of key weights that are known and not mended yet: neighbours, frequencies, categories, equivalent kernels. */
import { describe, expect } from "vitest";
import {
  type CoordinateKind,
  Engine,
  KernelDensity,
  KernelRegression,
  mergePartials,
  NadarayaError,
} from "../../index.ts";
import { openFault } from "../open-faults.ts";
import { draw } from "../random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

/** Runs the checks unless the combination of features is refused, which is right as well. */
async function unlessRefused(checks: () => Promise<void>): Promise<void> {
  try {
    await checks();
  } catch (error) {
    if (!(error instanceof NadarayaError && error.code === "unsupported")) throw error;
  }
}

describe("partials of shards that lack some categories", () => {
  const first = {
    keys: [
      [0, 1],
      [1, 3],
      [2, 1],
      [3, 3],
    ],
    values: [1, 5, 2, 9],
  };
  const second = {
    keys: [
      [0.5, 1],
      [1.5, 2],
      [2.5, 3],
    ],
    values: [4, 0, 7],
  };
  for (const kind of ["aitchison-aitken", "wang-van-ryzin"] as const)
    openFault("N", "statistics F6", `${kind}: merge to the fit of all rows, or are refused`, () =>
      unlessRefused(async () => {
        const fit = (rows: typeof first) =>
          KernelRegression.fit({ ...rows, coordinates: ["continuous", kind], bandwidth: [1, 0.4] }, quiet);
        const queries = [[1.2, 1]];
        const partials = [
          await (await fit(first)).partial(queries),
          await (await fit(second)).partial(queries),
        ];
        // By the table of three categories, 1 − λ and λ/2, or ½ (1 − λ) λ^distance.
        const factor = (distance: number) => {
          if (distance === 0) return 1 - 0.4;
          return kind === "aitchison-aitken" ? 0.4 / 2 : 0.5 * (1 - 0.4) * 0.4 ** distance;
        };
        let [sum, all] = [0, 0];
        for (const { keys, values } of [first, second])
          for (const [i, [x, category]] of keys.entries()) {
            const weight = Math.exp(-((1.2 - x) ** 2) / 2) * factor(Math.abs(category - 1));
            sum += weight * values[i];
            all += weight;
          }
        expect(mergePartials(partials).mean[0]).toBeCloseTo(sum / all, 6);
      }),
    );
});

describe("neighbours beside categories", () => {
  const places = Array.from({ length: 40 }, (_, i) => i / 40);
  const keys = places.flatMap((x) => [
    [x, 0],
    [x, 1],
  ]);

  for (const neighbours of [20, 80])
    openFault("N", "statistics F7", `${neighbours} neighbours: λ stays the weight of another category`, () =>
      unlessRefused(async () => {
        const model = await KernelRegression.fit(
          {
            ...{ keys, values: keys.map(([, category]) => category), neighbours },
            ...{ coordinates: ["continuous", "li-racine"], bandwidth: [1, 0.5] },
          },
          quiet,
        );
        const { keys: heaviest, weights } = await model.topWeights([[0.5, 0]], keys.length);
        const weightOf = (key: number) => weights[heaviest.indexOf(key)] ?? 0;
        expect(weightOf(41) / weightOf(40)).toBeCloseTo(0.5, 6); // the same place, and the other category
      }),
    );

  for (const kind of ["li-racine", "wang-van-ryzin", "aitchison-aitken"] satisfies CoordinateKind[])
    openFault("N", "statistics F7", `${kind}: densities have the mass that a fixed bandwidth has`, () =>
      unlessRefused(async () => {
        const random = draw(9);
        const input = {
          keys: Array.from({ length: 60 }, (_, i) => [random.normal(), i % 3]),
          coordinates: ["continuous", kind] satisfies CoordinateKind[],
        };
        const step = 0.1;
        const queries = [0, 1, 2].flatMap((category) =>
          Array.from({ length: 400 }, (_, i) => [(i - 200) * step, category]),
        );
        const massOf = async (more: { bandwidth: number[]; neighbours?: number }) => {
          const model = await KernelDensity.fit({ ...input, ...more }, quiet);
          const { density } = await model.evaluate(queries);
          return step * density.reduce((sum, each) => sum + each, 0);
        };
        const fixed = await massOf({ bandwidth: [0.5, 0.3] });
        expect(await massOf({ bandwidth: [1, 0.3], neighbours: 20 })).toBeCloseTo(fixed, 1);
      }),
    );
});

describe("frequencies", () => {
  const copies = [3, 1, 4, 1, 2, 2, 5, 1];
  const repeated = (numbers: readonly number[]) =>
    numbers.flatMap((x, i) => Array<number>(copies[i]).fill(x));
  const keys = [0, 1, 2, 3, 4, 5, 6, 7];
  const values = [0, 5, 1, 6, 2, 7, 3, 8];
  const weighted = { keys, values, sampleWeights: copies, weightType: "frequency" } as const;
  const rows = { keys: repeated(keys), values: repeated(values) };
  const queries = [2.2, 5.1];

  openFault("N", "statistics F8", "neighbours count copies as rows", () =>
    unlessRefused(async () => {
      const more = { kernel: "epanechnikov", neighbours: 4 } as const;
      const { mean } = await (await KernelRegression.fit({ ...weighted, ...more }, quiet)).predict(queries);
      const expected = await (await KernelRegression.fit({ ...rows, ...more }, quiet)).predict(queries);
      expect(expected.mean[0]).toBeCloseTo(1, 6); // four copies of the key at 2 are nearest
      for (const [q, each] of expected.mean.entries()) expect(mean[q]).toBeCloseTo(each, 6);
    }),
  );

  openFault("N", "statistics F8", "the effective sample size counts copies", async () => {
    const model = await KernelRegression.fit({ ...weighted, bandwidth: 2 }, quiet);
    const weights = rows.keys.map((x) => Math.exp(-(((2.2 - x) / 2) ** 2) / 2));
    const sum = weights.reduce((all, weight) => all + weight, 0);
    const squares = weights.reduce((all, weight) => all + weight ** 2, 0);
    const { effectiveSampleSize } = await model.weightStatistics([2.2]);
    expect(effectiveSampleSize[0]).toBeCloseTo(sum ** 2 / squares, 6);
  });
});

describe("degree 1", () => {
  const keys = Array.from({ length: 50 }, (_, i) => i / 10);
  const values = keys.map((x) => 10 * x);
  const model = KernelRegression.fit({ keys, values, degree: 1, bandwidth: 1 }, quiet);

  openFault("N", "statistics F10", "weights times values are the mean, or weights are refused", () =>
    unlessRefused(async () => {
      const { data } = await (await model).weights([7]);
      const sum = data.reduce((all, weight, i) => all + weight * values[i], 0);
      expect(sum).toBeCloseTo(70, 2); // the line's value
    }),
  );

  openFault("N", "statistics F10", "quantiles of a line without noise are the line, or are refused", () =>
    unlessRefused(async () => {
      const quantiles = await (await model).quantiles([7], [0.1, 0.5, 0.9]);
      for (const quantile of quantiles) expect(quantile).toBeCloseTo(70, 1);
    }),
  );
});

openFault(
  "N",
  "statistics S5",
  "conditional densities of values in two bands are as wide as the bands by default",
  async () => {
    const random = draw(6);
    const sample = () => {
      const keys = Array.from({ length: 200 }, () => random.uniform(0, 1));
      return { keys, values: keys.map((_, i) => (i % 2 ? 2 : -2) + 0.3 * random.normal()) };
    };
    const model = await KernelRegression.fit({ ...sample(), bandwidth: 0.2 }, quiet);
    const { keys, values } = sample();
    const mean = (all: Float64Array) => all.reduce((sum, x) => sum + x, 0) / all.length;
    const best = mean(await model.conditionalDensity(keys, values, { bandwidth: 0.2 }));
    expect(mean(await model.conditionalDensity(keys, values))).toBeGreaterThan(best - 0.1);
  },
);

openFault("S", "statistics S6", "a row of weight 0 is as good as none", async () => {
  const input = { keys: [1, 2, 3, 4], values: [1, 2, 9, 4], sampleWeights: [1, 1, 0, 1], bandwidth: 1 };
  const predicted = KernelRegression.fit(input, quiet).then((model) => model.predict([2.5]));
  await expect(predicted).resolves.toBeDefined();
  const weights = [1.5, 0.5, 1.5].map((u) => Math.exp((-u * u) / 2));
  const mean = (weights[0] + 2 * weights[1] + 4 * weights[2]) / (weights[0] + weights[1] + weights[2]);
  expect((await predicted).mean[0]).toBeCloseTo(mean, 6);
});
