/** Leave-one-out of many rows, whose search begins on a sample. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../index.ts";
import { draw } from "../testing/random.ts";

test("chooses the bandwidth of many rows that they have by themselves, with sample weights too", async () => {
  const engine = await Engine.create({ backend: "cpu" });
  const random = draw(21);
  const keys = Float64Array.from({ length: 40_000 }, () => random.uniform(0, 1));
  const values = Float64Array.from(keys, (x) => Math.sin(12 * x) + random.normal() / 2);
  const sampleWeights = Float64Array.from(keys, () => random.integer(1, 4));
  for (const weights of [{}, { sampleWeights }]) {
    const options = { keys, values, ...weights };
    const model = await KernelRegression.fit({ ...options, bandwidth: "loo" }, { engine });
    const { candidates } = model.selection!;
    expect(candidates.length).toBeLessThan(16);
    const [chosen] = model.bandwidth;
    // Both sides are worse, as the score of a model with that bandwidth says.
    const scoreOf = async (bandwidth: number) => {
      const other = await KernelRegression.fit({ ...options, bandwidth }, { engine });
      const { leaveOneOutResiduals } = await other.diagnostics();
      return leaveOneOutResiduals.reduce(
        (sum, residual, i) => sum + ("sampleWeights" in weights ? sampleWeights[i] : 1) * residual ** 2,
        0,
      );
    };
    const best = await scoreOf(chosen);
    for (const factor of [0.25, 0.5, 0.9, 1.1, 2, 4])
      expect(await scoreOf(chosen * factor)).toBeGreaterThan(best);
  }
  engine.dispose();
});
