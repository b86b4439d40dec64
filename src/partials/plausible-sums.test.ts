/** Partial sums whose numbers were changed and saved again, so that no checksum shows it. */
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { randomFrom } from "../common/random.ts";
import { save } from "../estimators/model/saved.ts";
import { Engine } from "../index.ts";
import { kernels } from "../kernels/builtin.ts";
import { sumsOfShard } from "./compute.ts";
import { decodePartial, encodePartial } from "./file.ts";
import { meansOfSums } from "./finish.ts";
import { mergePartialSums, type PartialSums } from "./partial-sums.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
afterAll(() => engine.dispose());

const sumsOf = (errors: boolean) =>
  sumsOfShard(
    { keys: Float64Array.of(1, 2, 3), values: Float64Array.of(1, 2, 4), bandwidth: 1 },
    Float64Array.of(2, 90),
    { engine, id: "a", name: "a", x: ["x"], y: ["y"], errors },
  );

type Damage = (sums: PartialSums["sums"]) => void;
const at =
  (bin: number, value: number): Damage =>
  ({ bins }) =>
    bins.fill(value, bin, bin + 1);
const top =
  (sum: number, value: number): Damage =>
  ({ tops }) =>
    tops.fill(value, sum, sum + 1);

// At two places: Σ α has the bins 0 to 7, Σ αy 8 to 15, Σ αy² 16 to 23, Σ α² 24 to 31.
test.each<[string, Damage]>([
  ["Σα below 0", at(0, -5)],
  ["Σα below 0 in a lower part", at(1, -5)],
  ["a part beyond 2^53", at(0, 1e300)],
  ["a part of 2^60", at(8, 2 ** 60)],
  ["a part of 2^40, which no 8 terms add up to", at(8, 2 ** 40)],
  ["Σα above the weight of all rows", at(0, 4)],
  ["a part that is no integer", at(0, 0.5)],
  ["a part that is NaN", at(9, Number.NaN)],
  ["a part that is infinite", at(9, Infinity)],
  ["a place beyond int32", top(0, 1e12)],
  ["a place of 3e7", top(2, 3e7)],
  ["a place of 2^31 - 1", top(2, 2 ** 31 - 1)],
  ["a place that is no integer", top(0, 0.5)],
  ["a place that is NaN", top(0, Number.NaN)],
  ["Σα of nothing, with parts", top(0, -Infinity)],
  ["Σα of nothing, with values", ({ tops, bins }) => [tops.fill(-Infinity, 0, 1), bins.fill(0, 0, 4)]],
  ["a mean beyond float64", top(2, 40)],
  ["Σαy² below 0", at(16, -1)],
  ["Σαy² of nothing", ({ tops, bins }) => [tops.fill(-Infinity, 4, 5), bins.fill(0, 16, 20)]],
  ["Σαy² below (Σαy)² / Σα", at(16, 1)],
  ["Σα² below 0", at(24, -1)],
  ["Σα² above (Σα)²", at(24, 10)],
])("sums are refused: %s", async (_, damage) => {
  const damaged = await sumsOf(true);
  await expect(encodePartial(damaged).then(decodePartial)).resolves.toBeDefined();
  damage(damaged.sums);
  await expect(encodePartial(damaged).then(decodePartial)).rejects.toMatchObject({
    code: "invalid-input",
    message: expect.stringMatching(/no sums of rows|cut short or damaged/),
  });
});

const shard = { id: "a", name: "a", rows: 3, dropped: 0, weight: 3 };
test.each<[string, readonly object[]]>([
  ["no shard", []],
  ["a weight below 0", [{ ...shard, weight: -1 }]],
  ["a weight of 0", [{ ...shard, weight: 0 }]],
  ["a weight that is no number in JSON", [{ ...shard, weight: Number.NaN }]],
  ["9e15 rows", [{ ...shard, rows: 9e15 }]],
  ["no rows", [{ ...shard, rows: 0 }]],
  ["half a row", [{ ...shard, rows: 0.5 }]],
  ["one id twice", [shard, { ...shard, name: "b" }]],
])("shards are refused: %s", async (_, shards) => {
  const { settings, queries, queriesHash, sums } = await sumsOf(true);
  const saved = (of: readonly object[]) =>
    save({
      kind: "PartialSums",
      settings: { version: 1, ...settings, queriesHash, shards: of },
      arrays: {
        queries: { data: queries, dims: 1 },
        tops: { data: sums.tops, dims: 1 },
        bins: { data: sums.bins, dims: 4 },
      },
    });
  await expect(decodePartial(saved([shard]))).resolves.toBeDefined();
  await expect(decodePartial(saved(shards))).rejects.toThrow("expected partial sums");
});

test("all sums that are computed are accepted: any kernel, scale of values, place and number of shards", async () => {
  const random = randomFrom(5);
  for (const kernel of kernels.keys()) {
    if (kernel === "von-mises-fisher") continue;
    for (const scale of [1e-200, 1, 1e140]) {
      const shardsOf = Array.from({ length: 4 }, (_, i) => {
        const n = 1 + 20 * i;
        const keys = Float64Array.from({ length: n }, () => 10 * random());
        // Some are constant, far from 0, or 0 in places.
        const values = keys.map((x) => scale * [0, 7, 1e8 + random(), x < 5 ? 0 : random() - 0.5][i]);
        const sampleWeights = keys.map(() => 10 ** (6 * random() - 3));
        return sumsOfShard(
          { keys, values, sampleWeights, kernel, bandwidth: 0.5 },
          [-1e6, -1e3, -50, 0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 300],
          { engine, errors: true, name: `${i}`, tolerance: random() < 0.5 ? 1e-6 : 1e-2 },
        ).catch((error: Error) => {
          throw new Error(`${kernel}: ${error.message}`, { cause: error });
        });
      });
      const parts = (await Promise.all(shardsOf)).map((part, _, [{ settings }]) =>
        part.settings.tolerance === settings.tolerance ? part : undefined,
      );
      for (const part of [...parts, mergePartialSums(parts.filter((each) => each !== undefined))])
        if (part)
          await expect(decodePartial(await encodePartial(part)), `${kernel} ${scale}`).resolves.toBeDefined();
    }
  }
});

test("no more is unpacked than the shapes at the beginning say", async () => {
  const bytes = await encodePartial(await sumsOf(true)).then((packed) => gunzipSync(packed));
  const zeros = Buffer.alloc(2e7);
  for (const bomb of [zeros, Buffer.concat([bytes, zeros]), Buffer.concat([bytes.subarray(0, 200), zeros])]) {
    const packed = gzipSync(bomb, { level: 1 });
    const before = process.memoryUsage().arrayBuffers;
    await expect(decodePartial(packed)).rejects.toThrow("cut short or damaged");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e7);
  }
});

test("means of rows in reach are kept beside sums of rows very far away", async () => {
  const of = (keys: number[], values: number[]) =>
    sumsOfShard({ keys, values, bandwidth: 1 }, [0, -1e6], { engine, errors: true });
  const merged = mergePartialSums([await of([0, 0.1], [0, 0]), await of([1e5, 1e5 + 1], [1, 2])]);
  const { mean, standardError } = meansOfSums(merged);
  expect([...mean]).toEqual([0, 0]);
  expect(standardError![0]).toBe(0);
});
