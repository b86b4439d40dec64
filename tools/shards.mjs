/** `npm run bench -- --shards`: three million flights by one process, by two, and by two workers of a queue, in turn; and what a job costs besides its sums. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { started, startRedis } from "./redis.mjs";

const ROUNDS = 5;
const PORT = 7391;
const REDIS = `redis://127.0.0.1:${PORT}`;
const root = new URL("..", import.meta.url);
const main = new URL("dist/src/cli/main.js", root).pathname;
const flights = new URL("node_modules/vega-datasets/data/flights-3m.parquet", root).pathname;

const WAYS = [
  ["one process, all rows", []],
  ["one process, 4 shards", ["--shards", "4"]],
  ["2 processes, 4 shards", ["--shards", "4", "--distributed", "processes:2"]],
  ["2 workers of a queue, 4 shards", ["--shards", "4", "--distributed", REDIS]],
  ["2 workers of a queue, 11 shards", ["--shards", "11", "--distributed", REDIS]],
];

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

export async function shards(save) {
  const folder = mkdtempSync(join(tmpdir(), "nadaraya-bench-"));
  const redis = await startRedis(PORT, folder);
  const output = join(folder, "fit.csv");
  const asked = ["regress", flights, "--x", "distance", "--y", "delay", "--bandwidth", "20", "--grid", "512"];
  const times = WAYS.map(() => []);
  const answers = [];
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, [, args]] of WAYS.entries()) {
      // New workers each time: the last ones have the rows that they read.
      const workers = args.includes(REDIS)
        ? await Promise.all(
            [0, 1].map(() => started("node", [main, "worker", "--redis", REDIS], "waiting for tasks")),
          )
        : [];
      const start = performance.now();
      execFileSync("node", [
        main,
        ...asked,
        "--backend",
        "cpu",
        "--missing",
        "drop",
        "--quiet",
        "--output",
        output,
        ...args,
      ]);
      times[i].push(performance.now() - start);
      answers[i] = readFileSync(output, "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => Number(line.split(",")[1]));
      for (const worker of workers) worker.kill("SIGKILL");
    }
  redis.kill("SIGKILL");
  const range = Math.max(...answers[0]) - Math.min(...answers[0]);
  const results = WAYS.map(([name], i) => ({
    name,
    milliseconds: Math.round(median(times[i])),
    difference: Math.max(...answers[i].map((y, at) => Math.abs(y - answers[0][at]))) / range,
  }));
  const [one] = results;
  console.log(
    `\n| 3,000,000 flights, delay by distance at 512 places | seconds | against one process | largest difference, of the curve's range |`,
  );
  console.log("|---|---|---|---|");
  for (const { name, milliseconds, difference } of results)
    console.log(
      `| ${name} | ${(milliseconds / 1000).toFixed(2)} | ${(milliseconds / one.milliseconds).toFixed(2)} | ${difference.toExponential(0)} |`,
    );
  if (!save) return;
  const machine = { processor: cpus()[0].model, processors: availableParallelism(), node: process.version };
  writeFileSync(
    new URL("bench/results/shards.json", root),
    `${JSON.stringify({ machine, rounds: ROUNDS, results }, null, 2)}\n`,
  );
}
