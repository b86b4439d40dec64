/**
 * Local polynomials of small nasty designs against the reference: lattices, ties, constant coordinates, lines, outliers, clusters, windows of one key,
 * keys that alone decide a direction.
 */
import { describe, expect, test } from "vitest";
import { Engine, KernelRegression, type RegressionInput } from "../../index.ts";
import * as reference from "../../reference/index.ts";
import { type Design, designOf } from "../../testing/designs.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { rangeOf } from "../../testing/random.ts";
import { isWideRing } from "../../testing/ring.ts";

const engines = { cpu: await Engine.create({ backend: "cpu", workers: 0 }), gpu: await gpuEngine() };
/** Errors as shares of the values' range; of gradients by a coordinate of the size of the keys' spacing. */
const BOUNDS = { cpu: 1e-6, gpu: 1e-4 };
const COUNT = isWideRing ? 300 : 12;
/** After the first, those that broke something: keys on a line at 1e12 spreads, a fit through all values, and light keys that "cull" leaves out. */
const SEEDS = [...Array.from({ length: COUNT }, (_, i) => i + 1), 1077, 1160, 1178, 1372];
/** Few kernels, whose shaders compile in seconds. */
const isOnGpu = ({ input }: Design) => input.kernel === "gaussian" || input.kernel === "epanechnikov";

type Compared = readonly [found: ArrayLike<number>, expected: readonly number[], unit: number];

async function compared(
  design: Design,
  where: "cpu" | "gpu",
  method: "dense" | "cull",
): Promise<Record<string, Compared>> {
  const { input, queries } = design;
  const problem = { ...input, values: input.values.map((v) => [v]) };
  const range = rangeOf(input.values);
  const model = await KernelRegression.fit(input as RegressionInput, {
    engine: engines[where],
    onWarning: () => {},
  });
  const found = await model.predict(queries, {
    ...{ gradient: true, standardError: true, confidence: 0.9 },
    method,
  });
  const ofKeys = await model.diagnostics();
  model.dispose();
  const expected = reference.diagnostics(problem);
  const band = reference.band(problem, queries, 0.9);
  return {
    mean: [found.mean, reference.mean(problem, queries).flat(), range],
    gradient: [
      found.gradient!,
      reference.gradient(problem, queries).flat(2),
      range / Math.min(1, ...input.bandwidth),
    ],
    standardError: [found.standardError!, reference.standardError(problem, queries).flat(), range],
    lower: [found.lower!, band.lower.flat(), 3 * range],
    upper: [found.upper!, band.upper.flat(), 3 * range],
    leverages: [ofKeys.leverages, expected.leverages, 1],
    effectiveParameters: [[ofKeys.effectiveParameters], [expected.effectiveParameters], input.keys.length],
    leaveOneOut: [ofKeys.leaveOneOutResiduals, expected.leaveOneOutResiduals.flat(), range],
    residualStandardError: [ofKeys.residualStandardError, expected.residualStandardError, range],
  };
}

describe.each(["cpu", "gpu"] as const)("on the %s", (where) => {
  test("means, gradients, errors, bands, leverages and residuals are the reference's", async () => {
    const faults: string[] = [];
    for (const seed of SEEDS) {
      const design = designOf(seed);
      if (where === "gpu" && !isOnGpu(design)) continue;
      for (const [name, [found, expected, unit]] of Object.entries(
        await compared(design, where, seed % 3 === 0 || where === "gpu" ? "dense" : "cull"),
      ))
        for (const [i, each] of expected.entries()) {
          const bound = BOUNDS[where] * Math.max(unit, Math.abs(each));
          if (Object.is(found[i], each) || Math.abs(found[i] - each) <= bound) continue;
          faults.push(`${name}[${i}] is ${found[i]}, expected ${each}, of design ${seed}: ${design.words}`);
        }
    }
    expect(faults).toEqual([]);
  });
});
