/** Names of results: a job that is resumed under its name takes no result of other files, settings, bandwidths or queries. */
import { mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { version } from "../version.ts";
import { type Job, runJob } from "./run-job.ts";
import { LocalRunner } from "./runner.ts";
import { MemoryStore } from "./store.ts";
import { TaskPerformer } from "./tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-names-"));
const path = join(folder, "a.csv");
writeFileSync(path, "x,y\n1,10\n2,20\n3,30\n");
const other = join(folder, "b.csv");
writeFileSync(other, "x,y\n1,10\n2,20\n3,30\n");
const job: Job = {
  ...{ files: [path], x: ["x"], y: ["y"], bandwidth: 1, backend: "cpu", id: "night" },
  queries: Float64Array.of(1, 2),
};

/** The names of the sums that a job puts into its store. */
async function sumsOf(asked: Job): Promise<string[]> {
  const names: string[] = [];
  class RecordingStore extends MemoryStore {
    override put(name: string, bytes: Uint8Array): Promise<void> {
      if (name.includes("/sums/")) names.push(name);
      return super.put(name, bytes);
    }
  }
  const store = new RecordingStore();
  const performer = new TaskPerformer(store, version, 0);
  const perform = (task: Parameters<typeof performer.perform>[0]) => performer.perform(task);
  const runner = new LocalRunner(store, [{ perform, dispose: () => performer.dispose() }]);
  await runJob(asked, runner);
  await runner.dispose();
  return names;
}

test("the same job has the same names", async () => {
  const names = await sumsOf(job);
  expect(names.length).toBeGreaterThan(0);
  expect(await sumsOf(job)).toEqual(names);
});

test.each<[string, Partial<Job>]>([
  ["kernel", { kernel: "epanechnikov" }],
  ["tolerance", { tolerance: 1e-3 }],
  ["errors", { errors: true }],
  ["bandwidth", { bandwidth: 2 }],
  ["queries", { queries: Float64Array.of(1, 2.5) }],
  ["file", { files: [other] }],
])("another %s has other names", async (_, more) => {
  const names = await sumsOf(job);
  for (const name of await sumsOf({ ...job, ...more })) expect(names).not.toContain(name);
});

test("a file that was written again has other names", async () => {
  const names = await sumsOf(job);
  utimesSync(path, new Date(), new Date("2030-01-01"));
  for (const name of await sumsOf(job)) expect(names).not.toContain(name);
});
