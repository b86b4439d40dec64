/** The list covers the pairs that it promises. */
import { expect, test } from "vitest";
import { kernels } from "../kernels/builtin.ts";
import { pointKernels, type ShaderConfiguration, shaderConfigurations } from "./shader-configurations.ts";

const pairs = (of: (configuration: ShaderConfiguration) => string) => new Set(shaderConfigurations.map(of));
const common = [1, 2, 3, 8];

test("every kernel has both shapes and both encodings", () => {
  expect(pairs(({ kernel, shape }) => `${kernel} ${shape}`).size).toBe(2 * pointKernels.length);
  expect(pairs(({ kernel, encoding }) => `${kernel} ${encoding}`).size).toBe(2 * pointKernels.length);
});

test("every shape and encoding, and every kind of tail, has every usual number of coordinates", () => {
  const usual = shaderConfigurations.filter(({ dims }) => common.includes(dims));
  const combined = new Set(usual.map(({ shape, encoding, dims }) => `${shape} ${encoding} ${dims}`));
  expect(combined.size).toBe(16);
  for (const tail of ["compact", "exponential", "power"] as const) {
    const those = usual.filter(({ kernel }) => kernels.get(kernel)!.tail === tail);
    expect([...new Set(those.map(({ dims }) => dims))].sort(), tail).toEqual(common);
  }
  expect([...pairs(({ dims }) => String(dims))]).toEqual(expect.arrayContaining(["33", "64"]));
  expect(pairs(({ columns }) => String(columns)).size).toBe(5);
});
