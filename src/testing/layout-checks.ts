/**
 * Tests of every layout on one engine by every method against the reference, by the bounds that docs/accuracy.md derives:
 *
 * - A mean, as a share of the values' range: 1e-8 for every pair in float64 ("dense" on the CPU) and 1e-5 in single precision, at worst, from what
 *   `exp2` and its argument may be off by. "cull" and "expand" leave out no more than the tolerance that is asked for: 1e-6 on the CPU, and
 *   1e-5 on a GPU, from which on they run there. "auto" is one of these.
 * - A log density, absolutely: the same, as the same inequality bounds it to first order.
 * - A local line: the same, as a share of the values' range or of the line's own value if that is larger, as lines extrapolate.
 * - A probability: the same, as it is a mean of zeros and ones.
 *
 * Rounding of float64 is added: 4 ε of the number itself, which is all that is left where the range is 0 or a log density is −1e12.
 */
import { expect, test } from "vitest";
import type { EngineProblem } from "../engine/engine-problem.ts";
import { type Engine, KernelClassifier, KernelDensity, KernelRegression, NadarayaError } from "../index.ts";
import { logIntegral, mean, nadarayaWatson } from "../reference/index.ts";
import { type Layout, layouts } from "./layouts.ts";
import { type Issue, openFault } from "./open-faults.ts";
import { rangeOf } from "./random.ts";

type MethodName = "dense" | "cull" | "expand" | "auto";
const methodNames: readonly MethodName[] = ["dense", "cull", "expand", "auto"];

const isOnGpu = (engine: Engine) => engine.info.backend === "webgpu";

function boundOf(engine: Engine, method: MethodName): number {
  if (isOnGpu(engine)) return 1e-5;
  return method === "dense" ? 1e-8 : 1e-6;
}

const rounding = (x: number) => (Number.isFinite(x) ? 4 * Number.EPSILON * Math.abs(x) : 0);

/** Whether "expand" has a transform for the layout: smooth kernels in up to three coordinates, polynomials in one. */
const hasTransform = ({ kernel, bandwidth }: Layout) =>
  kernel === "gaussian" ? bandwidth.length <= 3 : bandwidth.length === 1;

/** Makes a model take the GPU's form of a method, however small the call. */
function preferGpu(model: object): void {
  const { problems } = (model as { current: { problems: readonly EngineProblem[] } }).current;
  for (const { methods } of problems)
    for (const method of methods.all) {
      if (method.device !== "gpu" || method.name === "dense") continue;
      const cost = method.cost.bind(method);
      method.cost = async (...input) => {
        const own = await cost(...input);
        return typeof own === "string" ? own : { once: 0, call: 0 };
      };
    }
}

const inputOf = ({ keys, kernel, shape, bandwidth, sampleWeights }: Layout) => ({
  keys: { data: keys, dims: bandwidth.length },
  ...{ kernel, shape, bandwidth, sampleWeights },
});

const valuesOf = ({ values }: Layout) => ({ data: values, dims: 1 });

/** Runs a call on a model by a method, and disposes of the model. */
async function answerOf<M extends { dispose(): void }, T>(
  engine: Engine,
  layout: Layout,
  method: MethodName,
  fitting: Promise<M>,
  call: (
    model: M,
    queries: { data: Float64Array; dims: number },
    options: { method: MethodName; tolerance: number },
  ) => Promise<T>,
): Promise<T> {
  const model = await fitting;
  if (isOnGpu(engine) && method !== "auto") preferGpu(model);
  const queries = { data: layout.queries, dims: layout.bandwidth.length };
  try {
    return await call(model, queries, { method, tolerance: boundOf(engine, method) });
  } finally {
    model.dispose();
  }
}

/** The largest |found − expected| over its bound; Infinity if only one of the two is a number. */
function worstOf(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  boundAt: (expected: number) => number,
): number {
  let worst = found.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < found.length; i++) {
    if (found[i] === expected[i] || (Number.isNaN(found[i]) && Number.isNaN(expected[i]))) continue;
    const share = Math.abs(found[i] - expected[i]) / boundAt(expected[i]);
    worst = Math.max(worst, Number.isNaN(share) ? Infinity : share);
  }
  return worst;
}

function sumsOf(layout: Layout, values: Float64Array) {
  const { kernel, shape, bandwidth, keys, sampleWeights: keyWeights, queries } = layout;
  const dims = bandwidth.length;
  return nadarayaWatson({ kernel, shape, bandwidth, keys, values, queries, keyWeights, dims, columns: 1 });
}

type Check = (engine: Engine, layout: Layout, method: MethodName) => Promise<number>;

/** What is computed of a layout. Each check returns the largest error as a multiple of its bound. */
const checks = {
  async means(engine, layout, method) {
    const fitting = KernelRegression.fit({ ...inputOf(layout), values: valuesOf(layout) }, { engine });
    const { mean: found } = await answerOf(engine, layout, method, fitting, (model, queries, options) =>
      model.predict(queries, options),
    );
    const bound = boundOf(engine, method) * rangeOf(layout.values);
    return worstOf(found, sumsOf(layout, layout.values).mean, (value) => bound + rounding(value));
  },

  async "log densities"(engine, layout, method) {
    const fitting = KernelDensity.fit(inputOf(layout), { engine });
    const { logDensity } = await answerOf(engine, layout, method, fitting, (model, queries, options) =>
      model.evaluate(queries, options),
    );
    const { kernel, shape, bandwidth, sampleWeights, values } = layout;
    const mass = sampleWeights ? sampleWeights.reduce((sum, w) => sum + w, 0) : values.length;
    const logNorm = Math.log(mass) + logIntegral(kernel, shape, bandwidth);
    const expected = sumsOf(layout, values).logSum.map((log) => log - logNorm);
    return worstOf(logDensity, expected, (log) => boundOf(engine, method) + rounding(log));
  },

  async lines(engine, layout, method) {
    const fitting = KernelRegression.fit(
      { ...inputOf(layout), values: valuesOf(layout), degree: 1 },
      { engine },
    );
    const { mean: found } = await answerOf(engine, layout, method, fitting, (model, queries, options) =>
      model.predict(queries, options),
    );
    const { kernel, shape, bandwidth, sampleWeights: weights } = layout;
    const rows = (data: Float64Array, dims: number) =>
      Array.from({ length: data.length / dims }, (_, i) => [...data.subarray(i * dims, (i + 1) * dims)]);
    const dims = bandwidth.length;
    const expected = mean(
      {
        ...{ keys: rows(layout.keys, dims), values: rows(layout.values, 1), degree: 1 },
        ...{ kernel, shape, bandwidth, sampleWeights: weights && [...weights] },
      },
      rows(layout.queries, dims),
    );
    const range = rangeOf(layout.values);
    const bound = boundOf(engine, method);
    return worstOf(
      found,
      expected.map(([value]) => value),
      (value) => bound * Math.max(range, Math.abs(value)) + rounding(value),
    );
  },

  async probabilities(engine, layout, method) {
    const centre = layout.values.reduce((sum, v) => sum + v / layout.values.length, 0);
    const shares = layout.values.map((v) => (v > centre ? 1 : 0));
    const fitting = KernelClassifier.fit({ ...inputOf(layout), labels: shares }, { engine });
    const { probability } = await answerOf(engine, layout, method, fitting, (model, queries, options) =>
      model.predict(queries, options),
    );
    const ofOne = probability.filter((_, i) => i % 2 === 1);
    return worstOf(ofOne, sumsOf(layout, shares).mean, () => boundOf(engine, method));
  },
} satisfies Record<string, Check>;

/** Layouts of which local lines and probabilities are computed too. */
const FURTHER = [
  ...["a key 1e8 times as heavy", "groups 10 spreads apart", "groups 1e6 spreads apart", "near-duplicates"],
  ...["a lattice of 65", "a lattice of 1025", "a lattice of 257, epanechnikov", "a constant coordinate"],
  "one enormous score",
];

/**
 * Declares a test for each layout of some names, method and outcome.
 * @param open those that fail today, by their names, with the issue that mends them and the finding
 */
export function testLayouts(
  engine: Engine,
  names: readonly string[],
  open: Readonly<Record<string, readonly [Issue, string]>>,
): void {
  const unused = new Set(Object.keys(open));
  for (const name of names)
    for (const [outcome, check] of Object.entries(checks)) {
      const isFurther = outcome === "lines" || outcome === "probabilities";
      if (isFurther && !FURTHER.includes(name)) continue;
      for (const method of methodNames) {
        const title = `${name}: ${outcome} keep their bound by "${method}"`;
        const body = async () => {
          const layout = layouts[name]();
          if (method === "expand" && !hasTransform(layout)) {
            await expect(check(engine, layout, method)).rejects.toThrow(NadarayaError);
            return;
          }
          const worst = await check(engine, layout, method);
          expect(worst, "the largest error as a multiple of its bound").toBeLessThanOrEqual(1);
        };
        unused.delete(title);
        if (title in open) openFault(open[title][0], open[title][1], title, body);
        else test(title, body);
      }
    }
  if (unused.size > 0) throw new Error(`there are no tests named ${[...unused].join(", ")}`);
}
