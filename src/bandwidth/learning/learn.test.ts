/** Learning: the gradient against finite differences of the error written out, and where it leads. */
import { describe, expect, test } from "vitest";
import { Engine, KernelRegression, type LearnInput, type LearningStep, learnBandwidth } from "../../index.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { draw } from "../../testing/random.ts";
import { isWideRing } from "../../testing/ring.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

/** The weighted mean squared error of predicting each key, for t = A (k − q), as the formula stands. */
function loss(
  keys: number[][],
  values: number[][],
  A: number[][],
  leaveOneOut: boolean,
  weights?: number[],
): number {
  const mapped = keys.map((k) => A.map((row) => row.reduce((sum, a, j) => sum + a * k[j], 0)));
  let [sum, all] = [0, 0];
  for (const [i, own] of mapped.entries()) {
    const alpha = mapped.map((k, j) =>
      leaveOneOut && i === j
        ? 0
        : (weights?.[j] ?? 1) * Math.exp(-k.reduce((s, x, d) => s + (x - own[d]) ** 2, 0) / 2),
    );
    const total = alpha.reduce((a, b) => a + b);
    all += weights?.[i] ?? 1;
    for (const [c, v] of values[i].entries()) {
      const f = alpha.reduce((s, a, j) => s + a * values[j][c], 0) / total;
      sum += (weights?.[i] ?? 1) * (v - f) ** 2;
    }
  }
  return sum / all;
}

const random = draw(51);
const n = 150;
const keys = Array.from({ length: n }, () => [random.uniform(0, 3), random.uniform(0, 300), random.normal()]);
keys[0] = [9, 300, 0]; // nearly alone
const values = keys.map(([x, y]) => [Math.sin(2 * x) + random.normal() / 5, y / 100 + random.normal() / 3]);
const weights = keys.map(() => random.uniform(0.3, 3));
const spreads = [0, 1].map((c) => {
  const mean = values.reduce((sum, row) => sum + row[c], 0) / n;
  return Math.sqrt(values.reduce((sum, row) => sum + (row[c] - mean) ** 2, 0) / n);
});
/** Each column in units of its standard deviation, in which several columns are learned. */
const inSpreads = values.map((row) => row.map((v, c) => v / spreads[c]));
const start = [0.4, 40, 0.8];

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];

  test.each([
    ["diagonal", true, false],
    ["diagonal", false, true],
    ["diagonal", true, true],
    ["full", true, false],
    ["full", false, true],
  ] as const)("the gradient is finite differences': %s, leaveOneOut %s, weighted %s", async (metric, leaveOneOut, weighted) => {
    const sampleWeights = weighted ? weights : undefined;
    const input = { keys, values, bandwidth: start, sampleWeights };
    const { steps } = await learnBandwidth(input, { engine, metric, leaveOneOut, steps: 1 });
    const at = (generator: number[][]) => {
      // (1 + G) A for a small G.
      const A = generator.map((row, i) => row.map((g, j) => ((i === j ? 1 : 0) + g) / start[j]));
      return loss(keys, inSpreads, A, leaveOneOut, sampleWeights);
    };
    const zero = () => start.map(() => start.map(() => 0));
    expect(steps[0].loss / at(zero())).toBeCloseTo(1, 4);
    const pairs = [0, 1, 2].flatMap((a) =>
      metric === "full" ? [0, 1, 2].slice(a).map((b) => [a, b]) : [[a, a]],
    );
    const largest = Math.max(...steps[0].gradient.map(Math.abs));
    for (const [p, [a, b]] of pairs.entries()) {
      const e = 1e-5;
      const moved = (by: number) => {
        const generator = zero();
        generator[a][b] += by / (a === b ? 1 : 2);
        if (a !== b) generator[b][a] += by / 2;
        return at(generator);
      };
      const slope = (moved(e) - moved(-e)) / (2 * e);
      expect(Math.abs(steps[0].gradient[p] + slope)).toBeLessThan(1e-3 * largest);
    }
  });

  test.runIf(isWideRing)("four learned bandwidths end where cross-validation finds its optimum", async () => {
    const random = draw(52);
    const many = Array.from({ length: 400 }, () => [0, 1, 2, 3].map(() => random.uniform(0, 2)));
    const target = many.map(([a, b, c, d]) => Math.sin(3 * a) + b * b + c / 2 + d / 3 + random.normal() / 4);
    const model = await KernelRegression.fit({ keys: many, values: target, bandwidth: "loo" }, { engine });
    const learned = await learnBandwidth({ keys: many, values: target }, { engine, steps: 150 });
    const A = (h: readonly number[]) => h.map((_, i) => h.map((w, j) => (i === j ? 1 / w : 0)));
    const rows = target.map((v) => [v]);
    const [ours, theirs] = [learned.bandwidth, model.bandwidth].map((h) => loss(many, rows, A(h), true));
    expect(ours).toBeLessThanOrEqual(theirs * 1.0005);
    learned.bandwidth.forEach((h, j) => {
      expect(Math.abs(h / model.bandwidth[j] - 1)).toBeLessThan(0.02);
    });
  });

  test("a full metric finds the direction that matters", async () => {
    const points = Array.from({ length: 300 }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
    const target = points.map(([x, y]) => Math.sin(4 * (x + y)) + random.normal() / 10);
    const options = { engine, steps: 80 };
    const diagonal = await learnBandwidth({ keys: points, values: target }, options);
    const full = await learnBandwidth({ keys: points, values: target }, { ...options, metric: "full" });
    const last = (steps: readonly LearningStep[]) => steps[steps.length - 1];
    expect(last(full.steps).loss).toBeLessThan(0.7 * last(diagonal.steps).loss);
    const [narrow, wide] = last(full.steps).bandwidth;
    expect(wide / narrow).toBeGreaterThan(3);
    const model = await KernelRegression.fit(
      { keys: full.transform(points), values: target, bandwidth: full.bandwidth },
      { engine },
    );
    // Along x − y little changes, along x + y much.
    const { mean } = await model.predict(
      full.transform([
        [0, 0],
        [0.2, -0.2],
        [0.2, 0.2],
      ]),
    );
    expect(Math.abs(mean[1] - mean[0])).toBeLessThan(0.2);
    expect(Math.abs(mean[2] - mean[0])).toBeGreaterThan(0.6);
  });

  test.skipIf(where === "gpu" && !isWideRing)(
    "minibatches end near the full-batch optimum, the seed decides, and training error collapses the bandwidths",
    async () => {
      const x = Float64Array.from({ length: 600 }, () => random.uniform(0, 5));
      const v = x.map((k) => Math.sin(2 * k) + random.normal() / 2);
      const best = await KernelRegression.fit({ keys: x, values: v, bandwidth: "loo" }, { engine });
      const options = { engine, batch: 150, steps: 150 };
      const seen: number[] = [];
      const a = await learnBandwidth(
        { keys: x, values: v, bandwidth: 2 },
        { ...options, onStep: ({ step }) => void seen.push(step) },
      );
      expect(seen).toEqual(Array.from({ length: 150 }, (_, i) => i));
      expect(Math.abs(Math.log(a.bandwidth[0] / best.bandwidth[0]))).toBeLessThan(0.25);
      const b = await learnBandwidth({ keys: x, values: v, bandwidth: 2 }, options);
      expect(b.bandwidth[0] / a.bandwidth[0]).toBeCloseTo(1, 6); // an engine may change its tiling, and so its rounding
      const c = await learnBandwidth({ keys: x, values: v, bandwidth: 2 }, { ...options, seed: 2 });
      expect(Math.abs(c.bandwidth[0] / a.bandwidth[0] - 1)).toBeGreaterThan(1e-4);
      const sgd = await learnBandwidth(
        { keys: x, values: v, bandwidth: 0.6 },
        { engine, optimizer: "sgd", learningRate: 3, steps: 60 },
      );
      expect(Math.abs(Math.log(sgd.bandwidth[0] / best.bandwidth[0]))).toBeLessThan(0.1);
      const collapsed = await learnBandwidth(
        { keys: x, values: v },
        { engine, leaveOneOut: false, steps: 250 },
      );
      expect(collapsed.bandwidth[0]).toBeLessThan(best.bandwidth[0] / 4);
      expect(collapsed.steps[249].loss).toBeLessThan(collapsed.steps[0].loss / 5);
    },
  );

  test("can be aborted, and says what is wrong", async () => {
    const stop = new AbortController();
    const run = learnBandwidth(
      { keys, values },
      {
        engine,
        signal: stop.signal,
        onStep: ({ step }) => {
          if (step === 2) stop.abort(new Error("enough"));
        },
      },
    );
    await expect(run).rejects.toThrow("enough");
    const failing = (options: object, message: string) =>
      expect(learnBandwidth({ keys, values }, { engine, ...options } as never)).rejects.toThrow(message);
    await failing({ optimizer: "newton" }, 'optimizer is "newton", expected "sgd" or "adam"');
    await failing(
      { batch: 1000 },
      "batch is 1000, expected a whole number from 1 to the number of keys, 150",
    );
    await failing({ metric: "round" }, 'metric is "round"');
    await failing({ steps: 0 }, "steps is 0");
    await failing({ learningRate: -1 }, "learningRate is -1");
    const loo = learnBandwidth({ keys, values, bandwidth: "loo" as never }, { engine });
    await expect(loo).rejects.toThrow('bandwidth is "loo"');
  });
});

describe("what cannot be learned is reported, alike on both backends", () => {
  const own = draw(2);
  const few = Array.from({ length: 120 }, () => own.uniform(0, 1));
  const wave = few.map((x) => Math.sin(8 * x) + 0.1 * own.normal());
  const rows = (list: readonly number[]) => list.map((x) => [x]);
  const errorAt = (h: number) => loss(rows(few), rows(wave), [[1 / h]], true);
  const least = Math.min(...Array.from({ length: 60 }, (_, i) => errorAt(0.004 * 1.1 ** i)));
  /** On both, to three digits. */
  const both = async (input: LearnInput) => {
    const [gpu, cpu] = [
      await learnBandwidth(input, { steps: 20, engine: engines.gpu }),
      await learnBandwidth(input, { steps: 20, engine: engines.cpu }),
    ];
    for (const [j, h] of cpu.bandwidth.entries())
      expect(Math.abs(gpu.bandwidth[j] / h - 1)).toBeLessThan(1e-3);
    expect(gpu.converged).toBe(cpu.converged);
    return cpu;
  };

  test.each([0.025, 0.1, 1, 1e3, 1e9, 1e-9, 1e-4])("from a start of %s", async (bandwidth) => {
    const {
      bandwidth: found,
      converged,
      warning,
    } = await learnBandwidth({ keys: few, values: wave, bandwidth }, { engine: engines.cpu });
    expect(converged).toBe(warning === undefined);
    if (converged) expect(errorAt(found[0])).toBeLessThan(1.05 * least);
    else expect(warning).toMatch(/^no minimum was found: /);
    if (bandwidth === 0.025 || bandwidth === 0.1) expect(converged).toBe(true);
    if (bandwidth >= 1e3 || bandwidth <= 1e-4) expect(converged).toBe(false);
  });

  test.each([1e-200, 1e-10, 1e100])("values times %s give the same bandwidth", async (unit) => {
    const options = { engine: engines.cpu, steps: 60 };
    const [same, other] = [1, unit].map((each) =>
      learnBandwidth({ keys: few, values: wave.map((v) => v * each), bandwidth: 0.1 }, options),
    );
    expect((await other).bandwidth[0]).toBeCloseTo((await same).bandwidth[0], 10);
    const ratio = (await other).steps[0].loss / ((await same).steps[0].loss * unit ** 2);
    if (unit ** 2 > 0) expect(ratio).toBeCloseTo(1, 9);
  });

  test.each([
    "diagonal",
    "full",
  ] as const)("coordinates in any units give the same bandwidths: %s", async (metric) => {
    const pairs = few.map((x, i) => [x, ((i * 37) % 120) / 120]);
    const learn = async (units: readonly number[]) => {
      const keys = pairs.map((row) => row.map((x, j) => x * units[j]));
      const bandwidth = units.map((unit) => 0.1 * unit);
      const options = { engine: engines.cpu, steps: 12, metric };
      const { steps, transform } = await learnBandwidth({ keys, values: wave, bandwidth }, options);
      return { steps, first: transform([units]).data };
    };
    const expected = await learn([1, 1]);
    for (const units of [
      [1e-140, 1e140],
      [1e140, 1e-120],
      [1e-100, 1e-100],
    ]) {
      const { steps, first } = await learn(units);
      expect(steps).toHaveLength(12);
      for (const [j, x] of first.entries()) expect(x / expected.first[j]).toBeCloseTo(1, 6);
      const widths = (at: typeof steps) => at[11].bandwidth.reduce((product, h) => product * h, 1);
      expect(widths(steps) / units[0] / units[1] / widths(expected.steps)).toBeCloseTo(1, 6);
    }
  });

  test("weights far apart leave numbers", async () => {
    for (const span of [3, 20, 149])
      for (const metric of ["diagonal", "full"] as const) {
        const sampleWeights = few.map(() => 10 ** own.uniform(-span, span));
        const input = { keys: few, values: wave, sampleWeights, bandwidth: [0.1] };
        const { bandwidth, steps } = await learnBandwidth(input, { engine: engines.cpu, steps: 5, metric });
        expect(steps).toHaveLength(5);
        for (const { loss, gradient, bandwidth: widths } of steps)
          for (const x of [loss, ...gradient, ...widths, ...bandwidth]) expect(Number.isFinite(x)).toBe(true);
      }
  });

  test("bandwidths from a typed array are copied at once", async () => {
    const bandwidth = Float64Array.of(0.1);
    const learning = learnBandwidth(
      { keys: few, values: wave, bandwidth },
      { engine: engines.cpu, steps: 1 },
    );
    bandwidth.fill(7);
    expect((await learning).steps[0].bandwidth).toEqual([0.1]);
  });

  test("columns count alike, whatever their units", async () => {
    const pairs = few.map((x, i) => [x, ((i * 37) % 120) / 120]);
    const learn = async (unit: number) =>
      (
        await learnBandwidth(
          { keys: pairs, values: wave.map((v, i) => [v, unit * Math.cos(3 * pairs[i][1])]) },
          { engine: engines.cpu, steps: 30 },
        )
      ).bandwidth;
    const expected = await learn(1);
    for (const unit of [1e-9, 1000])
      for (const [j, h] of (await learn(unit)).entries()) expect(h / expected[j]).toBeCloseTo(1, 6);
  });

  test("one key, equal keys and equal values return the start, with a warning", async () => {
    for (const input of [
      { keys: [1], values: [2], bandwidth: 0.7 },
      { keys: [3, 3, 3, 3], values: [1, 2, 3, 4], bandwidth: 0.7 },
      { keys: [1, 2, 3, 4], values: [5, 5, 5, 5], bandwidth: 0.7 },
      { keys: [1, 2, 3, 4], values: new Array(4).fill([0.1, 1e10]), bandwidth: 0.7 },
    ]) {
      const learned = await both(input);
      expect(learned.bandwidth).toEqual([1 / (1 / 0.7)]);
      expect(learned.converged).toBe(false);
      expect(learned.warning).toMatch(/^nothing was learned: /);
    }
  });

  test("a coordinate without differences keeps its bandwidth", async () => {
    const learned = await both({ keys: few.map((x) => [x, 7]), values: wave, bandwidth: [0.1, 0.1] });
    expect(learned.bandwidth[1]).toBeCloseTo(0.1, 12);
    expect(learned.bandwidth[0]).toBeLessThan(0.05);
  });

  test("rows that are there twice have no minimum", async () => {
    const twice = [...few, ...few];
    const { converged, warning } = await both({ keys: twice, values: [...wave, ...wave], bandwidth: 0.1 });
    expect(converged).toBe(false);
    expect(warning).toContain("half the bandwidth has less error");
  });

  test.each(["diagonal", "full"] as const)("an enormous learning rate leaves numbers: %s", async (metric) => {
    const input = { keys: few.map((x, i) => [x, wave[(i + 7) % 120]]), values: wave };
    for (const optimizer of ["adam", "sgd"] as const) {
      const {
        bandwidth,
        metric: map,
        steps,
      } = await learnBandwidth(input, {
        ...{ engine: engines.cpu, metric, optimizer, learningRate: 1e300 },
      });
      expect(
        [...bandwidth, ...map, ...steps.flatMap((each) => [each.loss, ...each.bandwidth])].every(
          Number.isFinite,
        ),
      ).toBe(true);
    }
  });
});
