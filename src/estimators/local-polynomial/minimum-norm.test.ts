/** The least-squares fit of one query by its keys, where these nearly lie on top of each other. */
import { expect, test } from "vitest";
import type { Matrix } from "../../data/matrix.ts";
import { Engine, KernelRegression } from "../../index.ts";
import { mean } from "../../reference/index.ts";
import { draw } from "../../testing/random.ts";
import { minimumNormFit } from "./minimum-norm.ts";
import { monomials } from "./moments.ts";

const column = (data: Float64Array): Matrix => ({ data, dims: 1, count: data.length });

test.each([1, 2])("a fit far from the origin is the fit at the origin: degree %i", (degree) => {
  const random = draw(11);
  const count = 9;
  // Multiples of 2⁻³⁰, so that moving them by 2²⁰ is exact; far closer together than the bandwidth.
  const near = Float64Array.from(
    { length: count },
    () => Math.round(random.uniform(0, 1) * 2 ** 16) / 2 ** 30,
  );
  const weights = Float64Array.from({ length: count }, () => 0.5 + random.uniform(0, 1));
  const values = Float64Array.from({ length: count }, () => random.uniform(0, 1) - 0.5);
  const found = {
    keys: Uint32Array.from({ length: count }, (_, i) => i),
    ...{ weights, count, scale: 0 },
  };
  const at = (shift: number) => {
    const keys = column(near.map((x) => x + shift));
    const { solve } = minimumNormFit(monomials(1, degree), keys, column(values), [0.007]);
    const [coefficients, row] = [new Float64Array(degree + 1), new Float64Array(degree + 1)];
    solve(Float64Array.of(shift + 2 ** -13), found, coefficients, row);
    return [...coefficients, ...row];
  };
  const expected = at(0);
  for (const [i, value] of at(2 ** 20).entries())
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(1e-9 * Math.abs(expected[i]));
});

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

// Two keys whose weights are as 1 to 3e-13. The keys' differences are from the first one found, whose rounding counts as a direction.
const near = [0.1, 0.2];
const far = [2, 1.5];
const planeThrough = (keys: readonly (readonly number[])[]) => ({
  keys,
  values: keys.map((key) => (key === near ? 1 : 2)),
  bandwidth: [0.33, 0.33],
  degree: 1 as const,
});

async function answerTo(keys: readonly (readonly number[])[]): Promise<number> {
  const model = await KernelRegression.fit(planeThrough(keys), quiet);
  return (await model.predict([[0, 0]])).mean[0];
}

function expectedOf(keys: readonly (readonly number[])[]): number {
  const input = planeThrough(keys);
  const problem = { ...input, kernel: "gaussian", values: input.values.map((v) => [v]) } as const;
  return mean(problem, [[0, 0]])[0][0];
}

test("a plane that two keys barely determine is the least steep one, the heavier key first", async () => {
  expect(await answerTo([near, far])).toBeCloseTo(expectedOf([near, far]), 9);
});

test("a plane that two keys barely determine does not depend on their order", async () => {
  expect(await answerTo([far, near])).toBeCloseTo(expectedOf([far, near]), 9);
});
