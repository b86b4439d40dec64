/** Open faults of jobs, partial sums and their queue (issue O); those that need a Redis server are in jobs.wide.test.ts. */
import { expect, test } from "vitest";
import { Engine } from "../../index.ts";
import { meansOfSums } from "../../partials/finish.ts";
import { decodePartial, encodePartial, partialSums } from "../../partials/index.ts";
import { openFault } from "../open-faults.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const sums = () =>
  partialSums(
    { keys: Float64Array.of(1, 2, 3), values: Float64Array.of(1, 2, 4), bandwidth: 1 },
    Float64Array.of(2),
    { engine, id: "a", name: "a", x: ["x"], y: ["y"] },
  );

test("partial sums come back from their bytes", async () => {
  const { mean } = meansOfSums(await decodePartial(await encodePartial(await sums())));
  expect(mean[0]).toBeCloseTo(
    ((1 + 4) * Math.exp(-0.5)) / (1 + 2 * Math.exp(-0.5)) + 2 / (1 + 2 * Math.exp(-0.5)),
    9,
  );
});

openFault("O", "jobs C4", "refuses partial sums whose numbers are no sums", async () => {
  const damages: ((bins: Float64Array, tops: Int32Array) => void)[] = [
    (bins) => bins.fill(-5, 0, 4), // Σα below 0
    (bins) => bins.fill(1e300, 0, 1), // beyond 2^53
    (bins) => bins.fill(0.5, 0, 1), // no integer
    (bins) => bins.fill(Number.NaN, 0, 1),
    (_, tops) => tops.fill(3e7, 0, 1), // beyond float64
  ];
  for (const damage of damages) {
    const damaged = await sums();
    damage(damaged.sums.bins, damaged.sums.tops);
    const decoded = encodePartial(damaged).then(decodePartial).then(meansOfSums);
    const code = await decoded.then(
      () => "accepted",
      (error: { code?: string }) => error.code,
    );
    expect(code, String(damage)).toBe("invalid-input");
  }
});
