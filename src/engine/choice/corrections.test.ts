import { expect, test, vi } from "vitest";
import { KernelRegression } from "../../index.ts";
import { kernels } from "../../kernels.ts";
import { draw } from "../../testing/random.ts";
import { Engine } from "../engine.ts";
import type { Problem } from "../types.ts";
import { Corrections } from "./corrections.ts";
import { Pace } from "./pace.ts";

vi.mock(import("./cull-cost.ts"), async (original) => {
  const { cullCost, ...others } = await original();
  return {
    ...others,
    cullCost: (...of) => {
      const { once, call } = cullCost(...of);
      return { once: 0, call: 30 * (once + call) };
    },
  };
});

const matrix = { data: new Float64Array(2), dims: 1, count: 2 };
const problem: Problem = {
  ...{ keys: matrix, values: matrix, kernel: kernels.get("gaussian")!, shape: "radial" },
  bandwidth: [1],
};
const other: Problem = { ...problem, kernel: kernels.get("laplace")! };

test("hopes twice that what has not been tried is faster than constants say, where that is affordable", () => {
  const corrections = new Corrections();
  for (const hope of [0.6, 0.6, 1, 1]) {
    expect(corrections.correct("cull", problem, 7)).toBeCloseTo(7 * hope);
    corrections.learn("cull", problem, 7, 7);
  }
  expect(corrections.correct("cull", problem, 0.9)).toBe(0.9);
  expect(corrections.correct("cull", problem, 3000)).toBe(3000);
});

/** Corrections that no longer hope for problems of 10 ms, and that have learned nothing. */
function tried(): Corrections {
  const corrections = new Corrections();
  for (const method of ["cull", "dense"])
    for (const expected of [10, 100])
      for (let i = 0; i < 2; i++) corrections.learn(method, problem, expected, expected);
  return corrections;
}

test("hopes for every pair on a GPU as well", () => {
  const pace = new Pace("SwiftShader");
  const many = { ...problem, keys: { ...matrix, count: 10_000 } };
  for (const hope of [0.6, 0.6, 1]) {
    const expected = pace.expect(many, 10_000, true);
    expect(pace.hope(many, 10_000, true)).toBeCloseTo(hope * expected);
    pace.learn(many, 10_000, true, expected);
  }
});

test("learns more from a fast run than from a slow one", () => {
  const corrections = tried();
  corrections.learn("cull", problem, 10, 5);
  expect(corrections.correct("cull", problem, 10)).toBeCloseTo(10 * 0.5 ** 0.6);
  for (let i = 0; i < 20; i++) corrections.learn("cull", problem, 10, 5);
  expect(corrections.correct("cull", problem, 10)).toBeCloseTo(5);
  corrections.learn("cull", problem, 10, 80);
  expect(corrections.correct("cull", problem, 10)).toBeCloseTo(5 * 16 ** 0.3);
});

test("does not take the compilation of code for what a method takes", () => {
  const corrections = new Corrections();
  corrections.learn("cull", problem, 10, 60);
  expect(corrections.correct("cull", problem, 10)).toBe(6);
  corrections.learn("cull", problem, 10, 60);
  expect(corrections.correct("cull", problem, 10)).toBeCloseTo(10 * 6 ** 0.3);
  corrections.learn("expand", problem, 1000, 6000); // so long that compilation was but a part
  expect(corrections.correct("expand", problem, 1000)).toBeCloseTo(1000 * 6 ** 0.3);
});

test("learns of one kind of problem, one size and one method at a time", () => {
  const corrections = tried();
  corrections.learn("cull", problem, 10, 5);
  expect(corrections.correct("cull", problem, 11)).toBeCloseTo(11 * 0.5 ** 0.6);
  expect(corrections.correct("cull", problem, 100)).toBe(100);
  expect(corrections.correct("dense", problem, 10)).toBe(10);
  expect(corrections.correct("cull", other, 10)).toBe(6);
});

test("does not believe more than a factor of eight, nor what should take less than a millisecond", () => {
  const corrections = tried();
  corrections.learn("dense", problem, 100, 1);
  expect(corrections.correct("dense", problem, 100)).toBeCloseTo(100 * 8 ** -0.6);
  corrections.learn("cull", problem, 0.9, 0.1);
  expect(corrections.correct("cull", problem, 0.9)).toBe(0.9);
});

test("are what an engine chooses by: a method thought too slow is taken once it has shown what it takes", async () => {
  const engine = await Engine.create({ backend: "cpu" });
  const { uniform } = draw(3);
  const keys = Float64Array.from({ length: 2 * 2000 }, () => uniform(0, 1));
  const values = keys.subarray(0, 2000);
  const input = { keys: { data: keys, dims: 2 }, values, kernel: "epanechnikov", bandwidth: 0.02 } as const;
  const model = await KernelRegression.fit(input, { engine });
  const predict = async (method: "auto" | "cull") =>
    (await model.predict({ data: keys, dims: 2 }, { method })).report.method;
  expect(await predict("auto")).toBe("dense");
  for (let i = 0; i < 6; i++) await predict("cull");
  expect(await predict("auto")).toBe("cull");
});
