/** Open faults of jobs, partial sums and their queue (issue O); those that need a Redis server are in jobs.wide.test.ts. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { withoutPassword } from "../../distributed/queue/connect.ts";
import { type Job, runJob } from "../../distributed/run-job.ts";
import { type Executor, LocalRunner } from "../../distributed/runner.ts";
import { shardsOf } from "../../distributed/shard-files.ts";
import { FolderStore, MemoryStore } from "../../distributed/store.ts";
import { TaskPerformer } from "../../distributed/tasks.ts";
import { Engine } from "../../index.ts";
import { meansOfSums } from "../../partials/finish.ts";
import { decodePartial, encodePartial, partialSums } from "../../partials/index.ts";
import { version } from "../../version.ts";
import { openFault } from "../open-faults.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-open-"));

/** A worker that lives on: one performer for several jobs. */
function livingWorker(): LocalRunner {
  const store = new MemoryStore();
  const performer = new TaskPerformer(store, version, 0);
  const executor: Executor = {
    perform: (task, signal) => performer.perform(task, signal),
    dispose: () => performer.dispose(),
  };
  return new LocalRunner(store, [executor]);
}

const job = (files: readonly string[], column = "x"): Job => ({
  ...{ files, x: [column], y: ["y"], bandwidth: 1, backend: "cpu" },
  queries: Float64Array.of(1, 2, 3),
});

openFault("O", "jobs A1", "answers by what a file holds now, not by what a worker read before", async () => {
  const path = join(folder, "a.csv");
  const runner = livingWorker();
  writeFileSync(path, "x,y\n1,10\n2,20\n3,30\n");
  const before = meansOfSums((await runJob(job([path]), runner)).sums).mean;
  writeFileSync(path, "x,y\n1,1000\n2,2000\n3,3000\n");
  const after = meansOfSums((await runJob(job([path]), runner)).sums).mean;
  expect(after[1] / before[1]).toBeCloseTo(100, 6);
});

openFault("O", "jobs A2", "tells a changed file at an address from the one before", async () => {
  let content = Buffer.from("x,y\n1,10\n2,20\n");
  const server = createServer((request, response) => {
    const headers = { etag: `"${content.length}-${content[6]}"`, "content-length": content.length };
    response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : content);
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  try {
    const address = `http://localhost:${(server.address() as AddressInfo).port}/j.csv`;
    const before = await shardsOf([address], "auto");
    content = Buffer.from("x,y\n3,1000\n4,2000\n");
    expect(await shardsOf([address], "auto")).not.toEqual(before);
  } finally {
    server.close();
  }
});

openFault("O", "jobs B1", "keeps the contents of files out of a failure that crosses the queue", async () => {
  const path = join(folder, "secrets");
  writeFileSync(path, "PASSWORD=abc\nTOKEN=def\n");
  const performer = new TaskPerformer(new MemoryStore(), version, 0);
  const shard = { id: "0", name: "shard", path };
  const settings = { x: ["x"], y: [], read: { format: "csv" as const } };
  const message = await performer
    .perform({ version, name: "a/b", work: { kind: "summary", sample: 10, shard }, settings })
    .then(
      () => "",
      (error: Error) => error.message,
    );
  expect(message).not.toMatch(/abc|def/);
});

openFault("O", "jobs B1", "writes no result outside the folder of the store", async () => {
  const store = new FolderStore(join(folder, "store"));
  await store.put("../victim/authorized_keys", Uint8Array.of(1)).catch(() => {});
  expect(existsSync(join(folder, "victim/authorized_keys"))).toBe(false);
});

openFault("O", "jobs C7", "keeps the password of any address of Redis out of messages", () => {
  for (const url of ["redis://:to@p@host", "redis://host?password=top-secret"])
    expect(withoutPassword(url)).not.toMatch(/p@|top-secret/);
});

openFault("O", "jobs D", "reads a column named like a member of Object", async () => {
  const path = join(folder, "members.parquet");
  const columnData = ["constructor", "y"].map((name) => ({
    ...{ name, data: Float64Array.of(1, 2, 3), type: "DOUBLE" as const },
  }));
  writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData, statistics: false })));
  const running = runJob({ ...job([path], "constructor"), shards: 1 }, livingWorker());
  expect(await running.then(({ sums }) => sums.rows).catch((error: Error) => error.message)).toBe(3);
});

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
