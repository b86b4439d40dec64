/** Results that somebody else wrote into the store: none is taken for an answer of the job. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodePartial, encodePartial } from "../partials/file.ts";
import { meansOfSums } from "../partials/finish.ts";
import { version } from "../version.ts";
import { encodeNumbers } from "./numbers.ts";
import { type Job, runJob } from "./run-job.ts";
import { LocalRunner } from "./runner.ts";
import { MemoryStore } from "./store.ts";
import { decodeSummary, encodeSummary, type Summary } from "./summary.ts";
import { type Task, TaskPerformer } from "./tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-forged-"));
const paths = ["a.csv", "b.csv", "c.csv"].map((name) => join(folder, name));
for (const [i, path] of paths.entries())
  writeFileSync(
    path,
    ["x,y", ...Array.from({ length: 9 }, (_, j) => `${i + j / 9},${(i + j) ** 2}`), ""].join("\n"),
  );
const job: Job = {
  ...{ files: paths.slice(0, 2), x: ["x"], y: ["y"], bandwidth: 1, backend: "cpu" },
  queries: Float64Array.of(1, 2),
};

type Forge = (task: Task, store: MemoryStore) => Promise<Uint8Array | undefined>;

/** Runs a job in which some results are replaced as soon as they are written. */
async function answer(asked: Job, forge: Forge) {
  const store = new MemoryStore();
  const performer = new TaskPerformer(store, version, 0);
  const perform = async (task: Task) => {
    await performer.perform(task);
    const forged = await forge(task, store);
    if (forged) await store.put(task.name, forged);
  };
  const runner = new LocalRunner(store, [{ perform, dispose: () => performer.dispose() }]);
  try {
    return await runJob(asked, runner);
  } finally {
    await runner.dispose();
  }
}

const none: Forge = async () => undefined;
/** Sums that are valid, of another job. */
const sumsOf = async (other: Partial<Job>) => encodePartial((await answer({ ...job, ...other }, none)).sums);
const isLast = ({ work }: Task) => work.kind === "merge";

test.each<[string, Partial<Job>, string]>([
  ["places", { queries: Float64Array.of(1, 3) }, "it is at other places"],
  ["a number of places", { queries: Float64Array.of(1, 2, 3) }, "it is at other places"],
  ["bandwidth", { bandwidth: 2 }, "its bandwidth is another"],
  ["kernel", { kernel: "epanechnikov" }, "its kernel is another"],
  ["columns", { x: ["y"], y: ["x"] }, "its x is another"],
  ["errors", { errors: true }, "its errors is another"],
  ["fewer shards", { files: paths.slice(0, 1) }, "it is of other shards"],
  ["more shards", { files: paths }, "it is of other shards"],
  ["shards", { files: paths.slice(1) }, "it is of other shards"],
])("refuses valid sums of other %s", async (_, other, reason) => {
  const forged = await sumsOf(other);
  const asked = answer(job, async (task) => (isLast(task) ? forged : undefined));
  await expect(asked).rejects.toThrow(reason);
});

test("refuses sums without a right checksum, of NaN, or cut short", async () => {
  const right = await sumsOf({});
  for (const [at, byte] of [
    [12, 0xff],
    [right.length - 9, 0x55],
  ]) {
    const wrong = right.slice();
    wrong[at] ^= byte;
    await expect(answer(job, async (task) => (isLast(task) ? wrong : undefined))).rejects.toThrow("damaged");
  }
  const short = right.slice(0, -20);
  await expect(answer(job, async (task) => (isLast(task) ? short : undefined))).rejects.toThrow("damaged");
  const sums = await decodePartial(right);
  sums.sums.bins[0] = Number.NaN;
  const nan = await encodePartial(sums);
  await expect(answer(job, async (task) => (isLast(task) ? nan : undefined))).rejects.toThrow(
    "no sums of rows",
  );
});

test.each<[string, (name: string) => boolean, Uint8Array]>([
  ["places that are no rows", (name) => /queries\/0$/.test(name), new Uint8Array(12)],
  ["no places", (name) => /queries\/0$/.test(name), new Uint8Array(0)],
  ["places with NaN", (name) => /queries\/0$/.test(name), encodeNumbers(Float64Array.of(1, Number.NaN))],
  ["other places", (name) => /queries\/0$/.test(name), encodeNumbers(Float64Array.of(1, 2, 3))],
])("refuses what tasks read in place of theirs: %s", async (_, isOne, bytes) => {
  class ForgedStore extends MemoryStore {
    override async get(name: string) {
      return isOne(name) ? bytes : super.get(name);
    }
  }
  const store = new ForgedStore();
  const performer = new TaskPerformer(store, version, 0);
  const perform = (task: Task) => performer.perform(task);
  const runner = new LocalRunner(store, [{ perform, dispose: () => performer.dispose() }]);
  await expect(runJob(job, runner)).rejects.toMatchObject({
    code: "invalid-input",
    message: expect.stringMatching(/expected (rows of 1 )?numbers|it is at other places/),
  });
  await runner.dispose();
});

test.each<[string, (summary: Summary) => Partial<Summary>]>([
  ["fewer coordinates", ({ box }) => ({ ranges: [], box: { ...box, ranges: [] } })],
  [
    "more columns",
    ({ sample }) => ({
      sample: {
        ...sample,
        keys: { data: new Float64Array(2 * sample.keys.count), dims: 2, count: sample.keys.count },
      },
    }),
  ],
  ["more rows than its sample", ({ rows, box }) => ({ rows: rows + 1e6, box: { ...box, rows: rows + 1e6 } })],
])("refuses a summary of %s", async (_, change) => {
  const asked = answer({ ...job, bandwidth: "scott" }, async ({ name, work }, store) => {
    if (work.kind !== "summary") return undefined;
    const summary = decodeSummary((await store.get(name))!);
    return encodeSummary({ ...summary, ...change(summary) });
  });
  await expect(asked).rejects.toThrow("is not the one of this job: it is of other columns or rows");
});

test("takes the results of its own tasks, with a rule and errors too", async () => {
  for (const more of [{}, { bandwidth: "loo", errors: true }, { bandwidth: "scott" }] as const) {
    const { sums } = await answer({ ...job, ...more }, none);
    expect(meansOfSums(sums).mean.every(Number.isFinite)).toBe(true);
  }
});

test("refuses a sample that is no number of rows", async () => {
  const runner = new LocalRunner(new MemoryStore(), []);
  for (const sample of [0, Number.NaN, 1.5, 2 ** 30])
    await expect(runJob(job, runner, { sample })).rejects.toThrow("expected a whole number of rows");
});
