/** Jobs over files that change: between two jobs, between two tasks of one, and behind an address. */
import { mkdtempSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { meansOfSums } from "../partials/finish.ts";
import { version } from "../version.ts";
import { type Job, runJob } from "./run-job.ts";
import { type Executor, LocalRunner } from "./runner.ts";
import { MemoryStore } from "./store.ts";
import { type Task, TaskPerformer } from "./tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-changed-"));

/** A worker that lives on: one performer for several jobs. */
function livingWorker(before: (task: Task) => void = () => {}): LocalRunner {
  const store = new MemoryStore();
  const performer = new TaskPerformer(store, version, 0);
  const executor: Executor = {
    perform: (task, signal) => {
      before(task);
      return performer.perform(task, signal);
    },
    dispose: () => performer.dispose(),
  };
  return new LocalRunner(store, [executor]);
}

const job = (file: string, more: Partial<Job> = {}): Job => ({
  ...{ files: [file], x: ["x"], y: ["y"], bandwidth: 1, backend: "cpu" },
  queries: Float64Array.of(1, 2, 3),
  ...more,
});
const meanOf = async (asked: Job, runner: LocalRunner) =>
  meansOfSums((await runJob(asked, runner)).sums).mean[1];

const csv = (scale: number) => `x,y\n1,${10 * scale}\n2,${20 * scale}\n3,${30 * scale}\n`;
const parquet = (scale: number) =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "x", data: Float64Array.of(1, 2, 3), type: "DOUBLE" },
        { name: "y", data: Float64Array.of(10, 20, 30).map((y) => y * scale), type: "DOUBLE" },
      ],
      statistics: false,
    }),
  );

test.each([
  ["CSV", "a.csv", csv, 100],
  ["CSV of equal length", "b.csv", csv, 3],
  ["Parquet", "c.parquet", parquet, 100],
] as const)("a worker reads a %s file again once it is written again", async (_, name, content, scale) => {
  const path = join(folder, name);
  const old = new Date(Date.now() - 1e6);
  writeFileSync(path, content(1));
  utimesSync(path, old, old);
  const runner = livingWorker();
  const before = await meanOf(job(path), runner);
  writeFileSync(path, content(scale));
  expect((await meanOf(job(path), runner)) / before).toBeCloseTo(scale, 6);
  // Replaced by another file of the same size and time.
  writeFileSync(`${path}.new`, content(1));
  utimesSync(`${path}.new`, old, old);
  renameSync(`${path}.new`, path);
  expect(await meanOf(job(path), runner)).toBe(before);
});

test("a file that changes within a job fails it, also if size and time are as they were", async () => {
  const path = join(folder, "within.csv");
  for (const keepsTime of [false, true]) {
    writeFileSync(path, csv(1));
    const { mtime } = statSync(path);
    const runner = livingWorker(() => {
      writeFileSync(path, csv(3));
      if (keepsTime) utimesSync(path, mtime, mtime);
    });
    await expect(runJob(job(path), runner)).rejects.toThrow(`${path} has changed since the job began`);
  }
});

test("a column is found though its name is that of a member of Object", async () => {
  const path = join(folder, "members.parquet");
  const columnData = ["constructor", "y"].map((name) => ({
    ...{ name, data: Float64Array.of(1, 2, 3), type: "DOUBLE" as const },
  }));
  writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData, statistics: false })));
  const { sums } = await runJob(job(path, { x: ["constructor"], shards: 1 }), livingWorker());
  expect(sums.rows).toBe(3);
});

let server: Server;
let address: string;
let content = csv(1);
let headersOf: () => Record<string, string> = () => ({});
beforeAll(async () => {
  server = createServer((request, response) => {
    const headers = { ...headersOf(), "content-length": String(content.length) };
    response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : content);
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  address = `http://localhost:${(server.address() as AddressInfo).port}/j.csv?key=secret`;
});
afterAll(() => server.close());

test.each([
  ["entity tag", () => ({ etag: `"${content.length}-${content[6]}"` })],
  ["time", () => ({ "last-modified": new Date(1e12 + 1e6 * Number(content[6])).toUTCString() })],
])("a file behind an address is told from the one before by its %s", async (_, headers) => {
  headersOf = headers;
  const names = new Set<string>();
  const runner = livingWorker(({ name }) => names.add(name.split("/")[0]));
  content = csv(1);
  const before = await meanOf(job(address, { id: "night" }), runner);
  content = csv(3);
  expect((await meanOf(job(address, { id: "night" }), runner)) / before).toBeCloseTo(3, 6);
  expect(names.size).toBe(2);
});

test("a job with a name is refused where the server does not identify the file, and without one reads it again", async () => {
  headersOf = () => ({});
  const runner = livingWorker();
  content = csv(1);
  await expect(runJob(job(address, { id: "night" }), runner)).rejects.toThrow(
    "sends neither ETag nor Last-Modified",
  );
  const before = await meanOf(job(address), runner);
  content = csv(3);
  expect((await meanOf(job(address), runner)) / before).toBeCloseTo(3, 6);
});

test("results keep no secret of an address", async () => {
  const { sums } = await runJob(job(address), livingWorker());
  expect(JSON.stringify(sums.shards)).not.toContain("secret");
});
