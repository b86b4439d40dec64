/** Layouts that hurt, on the CPU. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../index.ts";
import { testLayouts } from "../testing/layout-checks.ts";
import { hugeValues, layouts } from "../testing/layouts.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });

testLayouts(engine, Object.keys(layouts), {});

test("values of ±1e300 are refused with what to do", async () => {
  const { keys, values, bandwidth } = hugeValues(1e300);
  await expect(KernelRegression.fit({ keys, values, bandwidth }, { engine })).rejects.toThrow(
    "expected a magnitude of at most 1e+150; rescale",
  );
});
