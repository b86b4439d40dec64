import { beforeAll, describe, expect, test } from "vitest";
import { type Engine, KernelDensity, KernelRegression, kernelNames } from "../index.ts";
import { alphaOf, kernelNamed, logWeights, logIntegral as referenceIntegral } from "../reference/index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { type KernelName, kernels } from "./builtin.ts";
import { defineKernel, resolveKernel } from "./define.ts";
import { logIntegral } from "./integrals.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await gpuEngine();
});

/** log α(u) of the reference. */
const logAlphaOf = (kernel: string, u: number) =>
  logWeights({ keys: [[0]], kernel: kernelNamed(kernel), bandwidth: [1] }, [u])[0];

const plain = kernelNames.filter((name) => name !== "von-mises-fisher") as KernelName[];

describe.each(plain)("kernel %s", (name) => {
  const kernel = kernels.get(name)!;

  test("α and ∫ α are those of its definition", () => {
    for (let u = 0; u < 3; u += 0.01) expect(kernel.alpha(u)).toBeCloseTo(alphaOf(name)(u), 14);
    if (kernel.tail !== "flat")
      expect(logIntegral(kernel, "radial", [0.7])).toBeCloseTo(referenceIntegral(name, "radial", [0.7]), 9);
  });

  test("log α is that of its definition, also where α underflows", () => {
    for (let u = 0; u < 1e3; u = 1.1 * u + 0.01) {
      const [log, expected] = [kernel.logAlpha(u), logAlphaOf(name, u)];
      if (expected === -Infinity) expect(log).toBe(-Infinity);
      else expect(Math.abs(log - expected)).toBeLessThanOrEqual(1e-11 * Math.max(1, -expected));
    }
  });

  test("log α is the logarithm of α", () => {
    for (let u = 0; u < 3; u += 0.01) {
      if (kernel.alpha(u) > 0) expect(kernel.logAlpha(u)).toBeCloseTo(Math.log(kernel.alpha(u)), 12);
      else expect(kernel.logAlpha(u)).toBe(-Infinity);
    }
  });

  test("WGSL agrees with TypeScript, α(u)/α(0), through weights of two keys", async () => {
    // Keys at 0 and, for the flat scale, far along the other coordinate only where α would still be known.
    const queries = Float64Array.from({ length: 97 }, (_, i) => i / 32 + 1 / 64);
    const model = await KernelRegression.fit(
      { keys: [0, 0.75], values: [1, 0], kernel: name, bandwidth: 1 },
      { engine },
    );
    const { mean, report } = await model.predict(queries, { method: "dense" }); // "auto" would ask the CPU
    expect(report.fallbackQueries).toBeLessThan(queries.length);
    queries.forEach((q, i) => {
      const near = alphaOf(name)(q);
      const other = alphaOf(name)(Math.abs(q - 0.75));
      if (near + other > 0) expect(Math.abs(mean[i] - near / (near + other))).toBeLessThan(3e-6);
      else expect(mean[i]).toBeNaN();
    });
  });
});

describe("integrals", () => {
  const ball = (d: number) => [2, Math.PI, (4 / 3) * Math.PI][d - 1];
  const known: [KernelName, (d: number) => number][] = [
    ["gaussian", (d) => (2 * Math.PI) ** (d / 2)],
    ["boxcar", ball],
    ["triangular", (d) => ball(d) / (d + 1)],
    ["epanechnikov", (d) => (2 * ball(d)) / (d + 2)],
    ["biweight", (d) => (ball(d) * 8) / ((d + 2) * (d + 4))],
    ["triweight", (d) => (ball(d) * 48) / ((d + 2) * (d + 4) * (d + 6))],
    ["laplace", (d) => [2, 2 * Math.PI, 8 * Math.PI][d - 1]],
  ];
  test.each(known)("∫ %s in 1, 2, 3 coordinates", (name, integral) => {
    for (const d of [1, 2, 3]) {
      expect(Math.exp(logIntegral(kernels.get(name)!, "radial", new Array(d).fill(1)))).toBeCloseTo(
        integral(d),
        10,
      );
    }
  });
  test.each([
    ["tricube", 81 / 70],
    ["cosine", 4 / Math.PI],
    ["logistic", 1],
    ["sigmoid", 1],
    ["cauchy", Math.PI],
    ["rational-quadratic", Math.SQRT2 * Math.PI],
    ["matern32", 4 / Math.sqrt(3)],
    ["matern52", 16 / (3 * Math.sqrt(5))],
  ] as [KernelName, number][])("∫ %s in one coordinate", (name, integral) => {
    expect(Math.exp(logIntegral(kernels.get(name)!, "radial", [1]))).toBeCloseTo(integral, 9);
    expect(Math.exp(logIntegral(kernels.get(name)!, "product", [2, 3]))).toBeCloseTo(6 * integral ** 2, 7);
  });
  test("the Gaussian's in 64 coordinates", () => {
    expect(logIntegral(kernels.get("gaussian")!, "radial", new Array(64).fill(2))).toBeCloseTo(
      32 * Math.log(2 * Math.PI) + 64 * Math.LN2,
      9,
    );
  });
  test("von Mises–Fisher on the circle and the sphere", () => {
    // ∫ exp(κ cos θ) over the sphere is 4π sinh κ / κ; over the circle 2π I₀(κ), I₀(1) = 1.2660658777520084.
    const kernel = kernels.get("von-mises-fisher")!;
    expect(logIntegral(kernel, "radial", [0.5, 0.5, 0.5])).toBeCloseTo(
      Math.log((4 * Math.PI * Math.sinh(2)) / 2) - 2,
      10,
    );
    expect(logIntegral(kernel, "radial", [1, 1])).toBeCloseTo(
      Math.log(2 * Math.PI * 1.2660658777520084) - 1,
      10,
    );
  });
  test("an infinite integral is refused", async () => {
    await expect(
      KernelDensity.fit({ keys: [1, 2], kernel: "constant", bandwidth: 1 }, { engine }),
    ).rejects.toMatchObject({ code: "unsupported" });
    await expect(
      KernelDensity.fit({ keys: [[1, 2]], kernel: "cauchy", bandwidth: 1 }, { engine }),
    ).rejects.toMatchObject({ code: "unsupported" });
  });
});

test("an unknown kernel's error lists the known ones", () => {
  expect(() => resolveKernel("normal" as KernelName)).toThrow(
    /"normal" is not known; expected one of gaussian, boxcar, constant, triangular/,
  );
});

describe("a kernel of one's own", () => {
  const cubic = { name: "cubic", alpha: (u: number) => Math.max(0, 1 - u) ** 3, compact: true };
  test("computes", async () => {
    const kernel = defineKernel({ ...cubic, wgsl: "pow(max(V(0.0), 1.0 - x), V(3.0))" });
    const model = await KernelRegression.fit(
      { keys: [0, 1], values: [0, 1], kernel, bandwidth: 2 },
      { engine },
    );
    const { mean } = await model.predict([0.25]);
    const [a, b] = [kernel.alpha(0.125), kernel.alpha(0.375)];
    expect(mean[0]).toBeCloseTo(b / (a + b), 5);
  });
  test("is refused where its two forms disagree", async () => {
    const kernel = defineKernel({ ...cubic, wgsl: "max(V(0.0), 1.0 - x)" });
    await expect(
      KernelRegression.fit({ keys: [0], values: [0], kernel, bandwidth: 1 }, { engine }),
    ).rejects.toThrow(/"cubic": at u = 0\.\d+ its WGSL gives/);
  });
  test("is refused where its WGSL does not compile, with the compiler's message", async () => {
    const kernel = defineKernel({ ...cubic, wgsl: "log(0.0) * x" }); // constants are evaluated by the compiler
    const fit = KernelRegression.fit({ keys: [0], values: [0], kernel, bandwidth: 1 }, { engine });
    await expect(fit).rejects.toMatchObject({
      code: "gpu-error",
      message: expect.stringMatching(/alpha:\d+:\d+ error: .*log/s),
    });
  });
  test("a kernel without its WGSL is refused at once", () => {
    expect(() => defineKernel({ name: "half", alpha: () => 1 } as never)).toThrow(
      'kernel "half": wgsl is undefined and alpha a function, expected a WGSL expression in x and a function',
    );
  });

  test("is refused where α is negative", () => {
    expect(() => defineKernel({ name: "bad", alpha: (u) => 1 - u, wgsl: "1.0 - x" })).toThrow(
      /"bad": alpha\(1\.0625\) is -0.0625/,
    );
  });
});
