/** Expressions of kernels: the grammar takes what is one, and nothing that leaves its place in the shader. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NadarayaError } from "../common/errors.ts";
import { KernelRegression } from "../index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { always } from "../testing/property.ts";
import { largestDifference } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import { defineKernel } from "./define.ts";
import { parseExpression } from "./expression.ts";

const engine = await gpuEngine();

test.each([
  ["x", 0.3, 0.3],
  ["1 - x * x", 0.5, 0.75],
  ["-x * -2.0 - -1e0", 0.5, 2],
  ["2 - 3 - 4", 0, -5],
  ["8.0 / 4.0 / 2.0", 0, 1],
  ["max(V(0.0), 1.0 - x)", 0.25, 0.75],
  ["select(V(0.0), exp2(-x), x <= V(1.0))", 1, 0.5],
  ["select(1.0, 2.0, (x > 0.2) & !(x >= 0.5) | x == 7.0)", 0.3, 2],
  ["pow(x, 3.) + .5f", 2, 8.5],
  ["clamp(x, 0, 1,)", 4, 1],
  ["smoothstep(0.0, 2.0, x) + round(2.5)", 1, 2.5],
  ["mix(1.0, 3.0, x) % 2.0", 0.5, 0],
  ["  fma ( x , x , 1 )  ", 3, 10],
])("%s at %d is %d", (text, x, expected) => {
  expect(parseExpression(text).evaluate(x)).toBeCloseTo(expected, 12);
});

test.each([
  "x); } fn evil() {",
  "x; x",
  "x) + alpha(x",
  "{ x }",
  "x = 1",
  "x++",
  "x += 1.0",
  "loop { }",
  "while (true) {}",
  "for(;;){}",
  "alpha(x)",
  "keys[0]",
  "x.y",
  "x // comment\n",
  "x /* comment */",
  "x /",
  "@compute",
  "let y = x",
  "return x",
  "y",
  "constructor(x)",
  "__proto__(x)",
  "toString(x)",
  "hasOwnProperty",
  "exp2(x",
  "exp2()",
  "exp2(x, x)",
  "max(x)",
  "(((x)",
  "",
  "   ",
  "1e999",
  "1..2",
  "1x",
  "0x10",
  "1 < x < 2",
  "x && x",
  "x || x",
  "x ? 1 : 2",
  "`x`",
  "\u0000",
  "ｘ",
  "bitcast<f32>(1)",
  "vec2f(x)",
  "textureSample(x)",
  "workgroupBarrier()",
  "atomicAdd(x, 1)",
  "discard",
  `${"(".repeat(100)}x${")".repeat(100)}`,
  `${"-".repeat(100)}x`,
  "x + ".repeat(1000),
  "#if",
  "$x",
])("refuses %j", (text) => {
  const attempt = () => defineKernel({ name: "mine", alpha: () => 1, wgsl: text });
  expect(attempt).toThrow(NadarayaError);
  expect(attempt).toThrow(expect.objectContaining({ code: "invalid-kernel" }));
});

test("says where the text is no expression", () => {
  expect(() => parseExpression("1.0 - y * x")).toThrow(
    '"y", which is neither x nor a function of WGSL at character 7',
  );
  expect(() => parseExpression("exp2(x")).toThrow('the end instead of ")" at character 7');
  expect(() => parseExpression("x); } fn evil() {")).toThrow('"; } fn evil(" at character 3');
});

test.each([
  [
    "(x < 1.0) * x",
    "a condition instead of a number, which select(0.0, 1.0, condition) makes of it, at character 1",
  ],
  [
    "x * (x < 1.0)",
    "a condition instead of a number, which select(0.0, 1.0, condition) makes of it, at character 5",
  ],
  [
    "1.0 - -(x < 1.0)",
    "a condition instead of a number, which select(0.0, 1.0, condition) makes of it, at character 8",
  ],
  [
    "x < 1.0",
    "a condition instead of a number, which select(0.0, 1.0, condition) makes of it, at character 1",
  ],
  [
    "exp(x < 1.0)",
    "a condition instead of a number, which select(0.0, 1.0, condition) makes of it, at character 5",
  ],
  ["select(0.0, 1.0, x)", "a number instead of a condition at character 18"],
  ["select(0.0, 1.0, !x)", "a number instead of a condition at character 19"],
  ["select(0.0, 1.0, x < 1.0 & x)", "a number instead of a condition at character 28"],
])("refuses %j, whose conditions and numbers WGSL does not exchange", (text, message) => {
  expect(() => parseExpression(text)).toThrow(message);
});

/** Expressions whose values are moderate, with operators of equal and of different strength side by side. */
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("x", "0.5", "1", "2.25", "V(0.75)"),
    fc
      .tuple(fc.constantFrom("+", "-", "*"), tie("expression"), tie("expression"))
      .map(([sign, a, b]) => `${a} ${sign} ${b}`),
    tie("expression").map((a) => `(${a})`),
    tie("expression").map((a) => `-${a.startsWith("-") ? `(${a})` : a}`),
    fc
      .tuple(fc.constantFrom("abs", "cos", "tanh", "saturate", "floor"), tie("expression"))
      .map(([name, a]) => `${name}(${a})`),
    fc
      .tuple(fc.constantFrom("min", "max", "step"), tie("expression"), tie("expression"))
      .map(([name, a, b]) => `${name}(${a}, ${b})`),
    fc
      .tuple(tie("expression"), tie("expression"))
      .map(([a, b]) => `select(V(${a}), V(${b}), V(${a}) < V(${b}))`),
  ),
}));

test("printing and parsing again changes neither the value nor the text", async () => {
  await always(
    fc.record({ text: expression, x: fc.double({ min: 0, max: 4, noNaN: true }) }),
    { runs: 300 },
    async ({ text, x }) => {
      const parsed = parseExpression(text);
      const again = parseExpression(parsed.wgsl);
      expect(again.wgsl).toBe(parsed.wgsl);
      expect(again.evaluate(x)).toBe(parsed.evaluate(x));
    },
  );
});

test("any text is an expression or a NadarayaError", async () => {
  const words = fc.constantFrom(
    "x",
    "V",
    "exp2",
    "(",
    ")",
    ",",
    "+",
    "-",
    "*",
    "/",
    "1.0",
    "2",
    "<",
    "=",
    "!",
    "&",
    "{",
    "}",
    ";",
    "fn",
    " ",
    "\n",
    "@",
    "loop",
    "var",
    ".",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(words, { maxLength: 30 }).map((all) => all.join("")),
  );
  await always(texts, { runs: isWideRing ? 3000 : 500 }, async (text) => {
    try {
      const { wgsl } = parseExpression(text);
      expect(wgsl).toMatch(/^[\w\s.,()+\-*/%<>=!&|]*$/);
      expect(wgsl).not.toMatch(/\/[/*]/);
    } catch (error) {
      if (!(error instanceof NadarayaError)) throw error;
    }
  });
});

describe("a kernel without a function in TypeScript", () => {
  test("is evaluated from its expression, and gives what both forms give", async () => {
    const wgsl = "max(V(0.0), 1.0 - x * x)";
    const input = { keys: [0, 1, 2, 3], values: [1, 4, 2, 8], bandwidth: 1.7 };
    const [one, both] = await Promise.all([
      KernelRegression.fit(
        { ...input, kernel: defineKernel({ name: "one form", wgsl, compact: true }) },
        { engine },
      ),
      KernelRegression.fit(
        {
          ...input,
          kernel: defineKernel({
            name: "both forms",
            alpha: (u) => Math.max(0, 1 - u * u),
            wgsl,
            compact: true,
          }),
        },
        { engine },
      ),
    ]);
    const queries = [-0.5, 0.2, 1.1, 2.9, 9];
    for (const method of ["dense", "cull"] as const)
      expect(
        largestDifference(
          (await one.predict(queries, { method })).mean,
          (await both.predict(queries, { method })).mean,
        ),
      ).toBeLessThan(1e-6);
  });

  test("of the squared distance", () => {
    const kernel = defineKernel({ name: "squared", wgsl: "exp2(-x)", argument: "squared" });
    expect(kernel.alpha(3)).toBeCloseTo(2 ** -9, 15);
  });
});

test.each([
  "select(0.0, 1.0 - x, x < 0.7)",
  "max(0.0, 1.0 - x)",
  "min(1, exp(-x))",
  "step(x, 0.7)",
  "1.0 - step(0.7, x)",
  "clamp(1 - x, 0, 0.5)",
  "pow(2.0, -x)",
  "pow(1 + x, -1.5)",
  "1.0 - smoothstep(0.0, 2.0, x)",
  "mix(1.0, 0.0, saturate(x))",
  "select(0.5, 1.0, (x < 0.7) & !(0.2 > x)) * select(exp(-1.0), 2, 1 < 2) / (1 + x)",
  "fma(x, 0, 1) / max(1, 3)",
])("numbers in %s need no V on a GPU", async (wgsl) => {
  const kernel = defineKernel({ name: "plain numbers", wgsl });
  const rows = { keys: [0, 0.33, 1.21, 2.4, 3.1, 4.9], values: [1, 4, 2, 8, 5, 7], bandwidth: 1 };
  const model = await KernelRegression.fit({ ...rows, kernel }, { engine });
  const queries = [0.1, 0.52, 1.57, 2.2, 3.4];
  const { mean, report } = await model.predict(queries, { method: "dense" });
  model.dispose();
  expect(report.fallbackQueries).toBeLessThan(queries.length);
  for (const [q, at] of queries.entries()) {
    const weights = rows.keys.map((key) => kernel.alpha(Math.abs(at - key)));
    const sum = weights.reduce((all, w) => all + w);
    expect(mean[q]).toBeCloseTo(weights.reduce((all, w, k) => all + w * rows.values[k], 0) / sum, 4);
  }
});
