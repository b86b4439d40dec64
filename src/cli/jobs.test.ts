/** Named jobs that failed: what is kept of them in a folder, how they go on, and how they are removed. */
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Job, runJob } from "../distributed/run-job.ts";
import { LocalRunner } from "../distributed/runner.ts";
import { FolderStore } from "../distributed/store.ts";
import { TaskPerformer } from "../distributed/tasks.ts";
import { version } from "../version.ts";
import { jobs } from "./jobs.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-kept-"));
const store = join(folder, "store");
mkdirSync(join(store, "not a job"), { recursive: true });
mkdirSync(join(store, "neither"));
const [good, bad] = ["good.csv", "bad.csv"].map((name) => join(folder, name));
writeFileSync(good, "x,y\n1,10\n2,20\n");
const job: Job = {
  ...{ files: [good, bad], x: ["x"], y: ["y"], bandwidth: 1, backend: "cpu", id: "night" },
  queries: Float64Array.of(1, 2),
};

async function run(): Promise<number> {
  const kept = new FolderStore(store);
  const performer = new TaskPerformer(kept, version, 0);
  const runner = new LocalRunner(kept, [
    { perform: (task) => performer.perform(task), dispose: () => performer.dispose() },
  ]);
  try {
    return (await runJob(job, runner)).sums.rows;
  } finally {
    await runner.dispose();
  }
}

let printed = "";
beforeEach(() => {
  printed = "";
  const print = (text: string | Uint8Array) => {
    printed += text;
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(print);
  vi.spyOn(process.stderr, "write").mockImplementation(print);
  for (const name of ["NADARAYA_REDIS", "REDIS_URL"]) vi.stubEnv(name, "");
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const asked = { queue: "nadaraya", store };

test("a job that failed is listed and removed by its folder, without a queue", async () => {
  writeFileSync(bad, "x,y\n1,ten\n");
  const start = Date.now();
  await expect(run()).rejects.toThrow("ten");
  await jobs("list", [], { ...asked, json: true });
  const [{ run: name, state, begun }] = printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(name).toMatch(/^night\.\w+$/);
  expect(state).toBe("kept");
  expect(begun).toBeGreaterThan(start - 2000); // the clock of files is coarser
  expect(begun).toBeLessThan(Date.now() + 2000);
  await jobs("list", [], asked);
  expect(printed).toContain(`${name}\tkept\t`);
  await expect(jobs("cancel", ["night"], asked)).rejects.toThrow("a folder has no jobs that run");
  await expect(jobs("remove", ["nigh"], asked)).rejects.toThrow('no job "nigh" in the folder');
  await jobs("remove", ["night"], asked);
  expect(printed).toContain(`${name}: removed`);
  expect(readdirSync(store).sort()).toEqual(["neither", "not a job"]);
});

test("a job that failed runs again under its name", async () => {
  writeFileSync(bad, "x,y\n1,ten\n");
  await expect(run()).rejects.toThrow("ten");
  await expect(run()).rejects.toThrow("ten");
  writeFileSync(bad, "x,y\n1,10\n");
  expect(await run()).toBe(3);
  // What was kept of the earlier file is not its, and goes by its name.
  await jobs("remove", ["night"], asked);
  expect(readdirSync(store).sort()).toEqual(["neither", "not a job"]);
});

test("without a folder, the address of a queue is needed", async () => {
  await expect(jobs("list", [], { queue: "nadaraya" })).rejects.toThrow("there is no address of Redis");
});
