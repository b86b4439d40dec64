/** Waits for a Redis that is gone, and ways out by a signal: each ends, and leaves nothing. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { meansOfSums } from "../../partials/finish.ts";
import { buildCommand } from "../../testing/command.ts";
import { RedisServer } from "../../testing/redis.ts";
import { waitUntil } from "../../testing/wait-until.ts";
import { runJob } from "../run-job.ts";
import { connect } from "./connect.ts";
import { Patience } from "./patience.ts";
import { QueueRunner } from "./queue-runner.ts";
import { QueueWorker } from "./queue-worker.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });

const folder = mkdtempSync(join(tmpdir(), "nadaraya-waits-"));
const files = [1, 2].map((i) => {
  const path = join(folder, `${i}.csv`);
  writeFileSync(path, `x,y\n${i},${i}\n${i + 1},${i}\n`);
  return path;
});

test("a silence is reported once, and given up", async () => {
  const notes: string[] = [];
  const patience = new Patience("redis://host", 6, (note) => notes.push(note));
  const silent = new Promise<never>(() => {});
  const abort = new AbortController();
  const aborted = patience.answered(silent, abort.signal);
  abort.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  await expect(patience.answered(silent, abort.signal)).rejects.toThrow("enough");
  expect(await patience.answered(Promise.resolve(5))).toBe(5);
  const waits = [patience.answered(silent), patience.answered(silent)];
  for (const wait of waits)
    await expect(wait).rejects.toMatchObject({
      code: "unavailable",
      message: "redis://host has not answered for 6 s; it was given up",
    });
  await patience.answered(Promise.resolve(5));
  expect(notes).toEqual([
    "redis://host does not answer; the job waits for it for 6 s",
    "redis://host answers again",
  ]);
});

test.each(["stop", "pause"] as const)("a worker and a job end although Redis is gone (%s)", async (how) => {
  const away = await RedisServer.start();
  const { main } = buildCommand();
  const env = { ...process.env, NADARAYA_REDIS: away.url };
  const start = (...args: string[]) => {
    const child = spawn("node", [main, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    return { child, ended, said: () => said };
  };
  const worker = start("worker", "--allow", folder, "--queue", "other");
  await waitUntil(async () => worker.said().includes("waiting for tasks"));
  const waiting = start(
    ...["regress", ...files, "--x", "x", "--y", "y", "--bandwidth", "1", "--backend", "cpu"],
    ...["--distributed", "redis", "--timeout", "7"],
  );
  const observer = await connect(away.url);
  await waitUntil(async () => (await observer.keys("nadaraya:parts:*")).length > 0);
  observer.disconnect();
  if (how === "stop") await away.stop();
  else away.pause();
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toBe(0);
  expect(await waiting.ended).toBe(1);
  expect(waiting.said()).toMatch(/does not answer; the job waits for it for 7 s/);
  expect(waiting.said()).toMatch(/has not answered for 7 s; it was given up\n$/);
  if (how === "pause") await away.stop();
});

test("an interrupted job in processes of this machine leaves no folder", async () => {
  const { main } = buildCommand();
  const temporary = mkdtempSync(join(tmpdir(), "nadaraya-temporary-"));
  const many = join(folder, "many.csv");
  writeFileSync(many, `x,y\n${Array.from({ length: 60_000 }, (_, i) => `${i % 977},${i}`).join("\n")}\n`);
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const child = spawn(
      "node",
      [
        ...[main, "regress", many, "--x", "x", "--y", "y", "--bandwidth", "1", "--backend", "cpu"],
        ...["--method", "dense", "--grid", "100000", "--distributed", "processes:1"],
      ],
      { env: { ...process.env, TMPDIR: temporary }, stdio: "ignore" },
    );
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await waitUntil(async () => readdirSync(temporary).length > 0);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(readdirSync(temporary)).toEqual([]);
  }
});

test("2,000 shards of two rows end, with the means of one process", async () => {
  const redis = await RedisServer.start();
  const small = mkdtempSync(join(tmpdir(), "nadaraya-small-"));
  const all = Array.from({ length: 2000 }, (_, i) => [i / 200, i / 200 + 0.001] as const);
  for (const [i, xs] of all.entries())
    writeFileSync(join(small, `${i}.csv`), `x,y\n${xs.map((x) => `${x},${Math.sin(x)}`).join("\n")}\n`);
  const worker = await QueueWorker.start(redis.url, { lostAfter: 60 });
  const runner = await QueueRunner.connect(redis.url);
  const queries = Float64Array.from({ length: 50 }, (_, i) => i / 5);
  const job = { x: ["x"], y: ["y"], bandwidth: 0.3, queries, backend: "cpu" } as const;
  const { sums, shards } = await runJob({ ...job, files: [join(small, "*.csv")] }, runner);
  expect([shards, sums.rows]).toEqual([2000, 4000]);
  const keys = Float64Array.from(all.flat());
  const model = await KernelRegression.fit({ keys, values: keys.map(Math.sin), bandwidth: 0.3 }, { engine });
  const { mean } = await model.predict(queries);
  for (const [q, value] of meansOfSums(sums).mean.entries())
    expect(Math.abs(value - mean[q])).toBeLessThan(4e-6);
  await worker.close();
  await runner.dispose();
  await redis.stop();
});
