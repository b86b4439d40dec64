/**
 * `npm run bench -- --scale`: what a job over shards costs, as a model; its constants from small runs in one process, and what it predicts
 * beside what larger runs take, in one process and with workers of a queue. docs/scale.md has the result.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { started, startRedis } from "./redis.mjs";

const PORT = 7392;
const REDIS = `redis://127.0.0.1:${PORT}`;
const root = new URL("..", import.meta.url);
const built = (path) => new URL(`dist/src/${path}`, root).href;
/** Results that one task merges, as the library's. */
const FAN_IN = 8;
const ROUNDS = 5;

/** Milliseconds of a task. */
const leafTime = (c, rows, sums) => c.task + c.row * rows + c.sum * sums;
const mergeTime = (c, parts, sums) => c.task + c.merge * parts * sums;

/**
 * The time of a job: workers take tasks in the order in which they can be begun, leaves first.
 * @param latency what passes between two tasks of a worker, and once for the job as a whole
 */
export function simulate({ shards, rows, sums, workers, latency, start }, c) {
  const nodes = Array.from({ length: shards }, () => ({ time: leafTime(c, rows / shards, sums), open: 0 }));
  for (let level = [...nodes]; level.length > 1; ) {
    const above = [];
    for (let first = 0; first < level.length; first += FAN_IN) {
      const children = level.slice(first, first + FAN_IN);
      if (children.length === 1) {
        above.push(children[0]);
        continue;
      }
      const parent = { time: mergeTime(c, children.length, sums), open: children.length };
      for (const child of children) child.parent = parent;
      nodes.push(parent);
      above.push(parent);
    }
    level = above;
  }
  // The queue is first in, first out: all leaves, and then merges as they can be begun.
  const leaves = nodes.filter(({ open }) => open === 0).map((node) => ({ node, from: 0 }));
  const merges = [];
  const free = new Array(workers).fill(0);
  let end = 0;
  for (let i = 0; i < nodes.length; i++) {
    if (i === leaves.length) merges.sort((one, other) => one.from - other.from);
    const { node, from } = i < leaves.length ? leaves[i] : merges[i - leaves.length];
    const worker = free.indexOf(Math.min(...free));
    const done = Math.max(free[worker], from) + latency + node.time;
    free[worker] = done;
    end = Math.max(end, done);
    if (node.parent) {
      node.parent.open--;
      node.parent.from = Math.max(node.parent.from ?? 0, done);
      if (node.parent.open === 0) merges.push({ node: node.parent, from: node.parent.from });
    }
  }
  return start + end;
}

/** Least squares by the normal equations, for two or three unknowns. */
function fit(rows, values) {
  const k = rows[0].length;
  const a = Array.from({ length: k }, (_, i) => [
    ...Array.from({ length: k }, (_, j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0)),
    rows.reduce((sum, row, n) => sum + row[i] * values[n], 0),
  ]);
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) {
      if (i === j) continue;
      const factor = a[j][i] / a[i][i];
      for (let c = i; c <= k; c++) a[j][c] -= factor * a[i][c];
    }
  return a.map((row, i) => row[k] / row[i]);
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

function writeRows(count, groups) {
  const folder = mkdtempSync(join(tmpdir(), "nadaraya-scale-"));
  // In no order, so that every shard matters for every place.
  const x = Float64Array.from({ length: count }, (_, i) => (i * 0.6180339887498949) % 1);
  const y = x.map((value, i) => Math.sin(6 * value) + ((i * 0.7548776662466927) % 1));
  const columnData = [
    { name: "x", data: x, type: "DOUBLE" },
    { name: "y", data: y, type: "DOUBLE" },
  ];
  const path = join(folder, "rows.parquet");
  writeFileSync(
    path,
    new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: Math.ceil(count / groups) })),
  );
  return path;
}

export async function scale(save) {
  const { runJob, LocalRunner, MemoryStore, TaskPerformer, QueueRunner } = await import(
    built("distributed/index.js")
  );
  const { version } = await import(built("version.js"));
  const jobOf = (path, shards, places) => ({
    ...{ files: [path], x: ["x"], y: ["y"], bandwidth: 0.02, backend: "cpu", method: "expand", shards },
    queries: Float64Array.from({ length: places }, (_, i) => i / places),
  });

  // The constants, from the medians of the tasks of small runs; the first round over all of them is not counted.
  const kinds = new Map();
  const configurations = [400_000, 1_600_000].flatMap((rows) =>
    [1000, 100_000].map((places) => ({ rows, places, path: writeRows(rows, 8) })),
  );
  for (let round = 0; round <= ROUNDS; round++)
    for (const { rows, places, path } of configurations) {
      const store = new MemoryStore();
      const performer = new TaskPerformer(store, version, 0);
      const executor = {
        dispose: () => performer.dispose(),
        async perform(task) {
          const start = performance.now();
          await performer.perform(task);
          if (round === 0) return;
          const isMerge = task.work.kind === "merge";
          const unknowns = isMerge ? [task.work.of.length * 2 * places] : [1, rows / 8, 2 * places];
          const key = JSON.stringify([isMerge, unknowns]);
          kinds.set(key, [...(kinds.get(key) ?? []), performance.now() - start]);
        },
      };
      const runner = new LocalRunner(store, [executor]);
      await runJob(jobOf(path, 8, places), runner);
      await runner.dispose();
    }
  const measured = [...kinds].map(([key, times]) => [...JSON.parse(key), median(times)]);
  const [leaves, merges] = [false, true].map((isMerge) => measured.filter(([of]) => of === isMerge));
  const [task, row, sum] = fit(
    leaves.map(([, unknowns]) => unknowns),
    leaves.map(([, , time]) => time),
  );
  const [merge] = fit(
    merges.map(([, unknowns]) => unknowns),
    merges.map(([, , time]) => time),
  );
  const constants = { task: Math.max(task, 0), row, sum, merge };
  console.log(
    `\na task ${constants.task.toFixed(1)} ms, a row ${(1e6 * row).toFixed(0)} ns, a sum at a place ${(1e6 * sum).toFixed(0)} ns, and to merge it ${(1e6 * merge).toFixed(0)} ns\n`,
  );

  const redis = await startRedis(PORT, mkdtempSync(join(tmpdir(), "nadaraya-redis-")));
  const path = writeRows(3_000_000, 48);
  const results = [];
  for (const workers of [1, 2])
    for (const [shards, places] of [
      [6, 1000],
      [48, 1000],
      [24, 50_000],
    ]) {
      const times = [];
      for (let round = 0; round < ROUNDS; round++) {
        const main = new URL("dist/src/cli/main.js", root).pathname;
        const processes = [];
        for (let i = 0; i < workers; i++)
          processes.push(await started("node", [main, "worker", "--redis", REDIS], "waiting for tasks"));
        const runner = await QueueRunner.connect(REDIS);
        // Workers have compiled what they run, and made their engines.
        await runJob(jobOf(writeRows(100_000, 4 * workers), 4 * workers, 1000), runner);
        const start = performance.now();
        await runJob(jobOf(path, shards, places), runner);
        times.push(performance.now() - start);
        await runner.dispose();
        for (const each of processes) each.kill("SIGKILL");
      }
      results.push({ workers, shards, places, measured: Math.round(median(times)) });
    }
  redis.kill("SIGKILL");
  // What the queue adds: one number for each task and one for the job, from the first two runs; all others are predicted.
  const bare = (each, latency, start) =>
    simulate(
      { rows: 3e6, sums: 2 * each.places, shards: each.shards, workers: each.workers, latency, start },
      constants,
    );
  const [few, many] = results;
  const tasksOf = (each) => bare(each, 1, 0) - bare(each, 0, 0);
  const latency = Math.max(
    (many.measured - few.measured - (bare(many, 0, 0) - bare(few, 0, 0))) / (tasksOf(many) - tasksOf(few)),
    0,
  );
  const start = Math.max(few.measured - bare(few, latency, 0), 0);
  for (const each of results) each.predicted = Math.round(bare(each, latency, start));
  console.log(`the queue: ${latency.toFixed(1)} ms a task, ${start.toFixed(0)} ms a job\n`);
  console.log(
    "| workers | shards | places | measured, s | predicted, s | ratio |\n|---|---|---|---|---|---|",
  );
  for (const { workers, shards, places, measured, predicted } of results)
    console.log(
      `| ${workers} | ${shards} | ${places} | ${(measured / 1000).toFixed(2)} | ${(predicted / 1000).toFixed(2)} | ${(predicted / measured).toFixed(2)} |`,
    );
  const far = [
    ["1e9 rows, 1,000 shards, 16 workers", { rows: 1e9, shards: 1000, workers: 16, sums: 2000 }],
    ["1e9 rows, 1,000 shards, 64 workers", { rows: 1e9, shards: 1000, workers: 64, sums: 2000 }],
    ["1e12 rows, 250,000 shards, 1,000 workers", { rows: 1e12, shards: 250_000, workers: 1000, sums: 2000 }],
  ].map(([what, job]) => ({
    what,
    seconds: Math.round(simulate({ ...job, latency, start }, constants) / 1000),
  }));
  for (const { what, seconds } of far) console.log(`${what}: ${seconds} s`);
  if (!save) return;
  const machine = { processor: cpus()[0].model, processors: availableParallelism(), node: process.version };
  const content = { machine, constants, latency, start, results, far };
  writeFileSync(new URL("bench/results/scale.json", root), `${JSON.stringify(content, null, 2)}\n`);
}
