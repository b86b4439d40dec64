/** `regress` and `density` over shards, as a shell runs them: in one process, in several, and by workers of a queue. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Option } from "commander";
import { csvParse } from "d3-dsv";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { buildCommand } from "../testing/command.ts";
import { RedisServer } from "../testing/redis.ts";
import { isWideRing } from "../testing/ring.ts";
import { risingRows, writeShards } from "../testing/shard-files.ts";
import { waitUntil } from "../testing/wait-until.ts";
import { type CommandLine, checkUsage } from "./options/check-usage.ts";
import { OPTIONS, refusalOverShards } from "./options/options.ts";
import { program } from "./program.ts";

const rows = risingRows(5000);
const folder = writeShards(rows, 2, 500);
const files = join(folder, "*.parquet");
const csv = join(mkdtempSync(join(tmpdir(), "nadaraya-shards-csv-")), "rows.csv");
writeFileSync(
  csv,
  ["x,y,w", ...Array.from(rows.x, (x, i) => [x, rows.y[i], rows.w[i]].join()), ""].join("\n"),
);

let command: ReturnType<typeof buildCommand>;
let redis: RedisServer;
beforeAll(async () => {
  command = buildCommand();
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());

const common = ["--x", "x", "--backend", "cpu"];
const regress = [...common, "--y", "y"];
const nadaraya = (...args: readonly string[]) => command.run(args);

function largestDifference(a: string, b: string, column: string): number {
  const [rowsA, rowsB] = [csvParse(a), csvParse(b)];
  expect(rowsA.length).toBe(rowsB.length);
  return Math.max(...rowsA.map((row, i) => Math.abs(Number(row[column]) - Number(rowsB[i][column]))));
}

test("one process, and several, have the numbers of one that reads all rows", () => {
  const whole = nadaraya("regress", files, ...regress, "--bandwidth", "0.3");
  const one = ["--shards", "auto"];
  const several = ["--distributed", "processes:2", "--shards", "6"];
  for (const how of isWideRing ? [one, ["--shards", "10"], several] : [several]) {
    const { stdout, stderr, status } = nadaraya("regress", files, ...regress, "--bandwidth", "0.3", ...how);
    expect(stderr).toMatch(/^5000 rows in \d+ shards, bandwidth: x 0.3000\n$/);
    expect(status).toBe(0);
    expect(largestDifference(stdout, whole.stdout, "y")).toBeLessThan(4e-6);
  }
});

test("a bandwidth by a rule, a band, and JSON", () => {
  const rule = isWideRing ? "loo" : "scott";
  const report = nadaraya(
    "regress",
    files,
    ...regress,
    "--bandwidth",
    rule,
    "--shards",
    "5",
    "--confidence",
    "0.9",
    "--json",
  );
  expect(csvParse(report.stdout).columns).toEqual(["x", "y", "y lower", "y upper"]);
  const { bandwidth, shards, used } = JSON.parse(report.stderr);
  const whole = JSON.parse(nadaraya("regress", files, ...regress, "--bandwidth", rule, "--json").stderr);
  expect([shards, used]).toEqual([6, 5000]); // each file has five row groups
  expect(Math.abs(Math.log(bandwidth.x / whole.bandwidth.x))).toBeLessThan(0.02);
});

test.runIf(isWideRing)("a density, with weights, of a CSV file and of Parquet", () => {
  const asked = [...common, "--bandwidth", "scott", "--sample-weights", "w"];
  const whole = nadaraya("density", csv, ...asked);
  for (const file of [csv, files]) {
    const { stdout } = nadaraya("density", file, ...asked, "--shards", "auto");
    expect(largestDifference(stdout, whole.stdout, "density")).toBeLessThan(1e-5);
  }
});

test("workers of a queue", async () => {
  const args = [command.main, "worker", "--redis", redis.url];
  const worker = spawn("node", args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  worker.stderr.on("data", (text) => {
    said += text;
  });
  await waitUntil(() => said.includes("waiting for tasks"));
  const asked = ["regress", files, ...regress, "--bandwidth", "0.3", "--shards", "10"];
  const { stdout, status } = nadaraya(...asked, "--distributed", redis.url, "--job", "rides");
  expect(status).toBe(0);
  expect(largestDifference(stdout, nadaraya(...asked).stdout, "y")).toBe(0);
  // A job that fails leaves what was done, in Redis too.
  const wrong = join(folder, "bad.csv");
  writeFileSync(wrong, "x\n1\nten\n");
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const words = ["density", wrong, ...common, "--distributed", redis.url, "--job", "broken"];
  await expect(program().parseAsync(words, { from: "user" })).rejects.toThrow("ten");
  const advice = `nadaraya jobs remove broken --redis ${redis.url} deletes them`;
  expect(written.mock.calls.join()).toContain(`resumes job broken by the results it has left: ${advice}`);
  written.mockRestore();
  // Ended by a signal, it says nothing, and fails nothing.
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  worker.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(said).toMatch(/rides\.\w+\/\w+\/sums\/0\/\d+: \d+ ms/);
});

test("a folder for results keeps what was done, under the job's name", () => {
  const store = mkdtempSync(join(tmpdir(), "nadaraya-store-"));
  const asked = ["regress", files, ...regress, "--bandwidth", "0.3", "--store", store, "--job", "rides"];
  const broken = nadaraya(
    ...asked,
    "--distributed",
    "processes:1",
    "--output",
    join(store, "none", "fit.csv"),
  );
  expect(broken.stderr).toContain("it is not there");
  const wrong = join(folder, "wrong.csv");
  writeFileSync(wrong, "x,y\n1,ten\n");
  const failed = nadaraya(
    ...asked.flatMap((each) => (each === files ? [csv, wrong] : each)),
    "--distributed",
    "processes:1",
  );
  const advice = `nadaraya jobs remove rides --store ${store} deletes them`;
  expect(failed.stderr).toContain(`the same command resumes job rides by the results it has left: ${advice}`);
  const { status, stderr } = nadaraya(...asked, "--distributed", "processes:1");
  expect(status).toBe(0);
  expect(stderr).toContain(`an earlier job rides, of other files or settings, has left results: ${advice}`);
  expect(nadaraya("jobs", "remove", "rides", "--store", store)).toMatchObject({ status: 0 });
  expect(readdirSync(store)).toEqual([]);
});

test("what needs all rows, and words that are wrong, are refused", () => {
  const refused = (code: number, message: string, ...args: readonly string[]) => {
    const { status, stderr } = nadaraya("regress", files, ...regress, "--bandwidth", "1", ...args);
    expect(stderr).toContain(message);
    expect(status).toBe(code);
  };
  refused(2, "--gradient needs all rows in one place", "--gradient", "--shards", "auto");
  refused(1, "cannot be reached", "--distributed", "redis://127.0.0.1:1");
  refused(3, "is named twice", join(folder, "part-0.parquet"), "--shards", "2");
  const { stderr, status } = nadaraya("regress", files, "--x", "z", "--y", "y", "--shards", "2");
  expect(stderr).toContain('has no column "z"');
  expect(status).toBe(3);
});

test("takes or refuses every option of the commands that run over shards", () => {
  const check = (options: CommandLine["options"], ...given: readonly string[]) =>
    checkUsage({
      command: "regress",
      words: [],
      options: { bandwidth: "scott", ...options },
      given: new Set(given),
    });
  const redis = { distributed: "redis://host" };
  const names = new Set<string>();
  for (const command of program().commands.filter((each) => ["regress", "density"].includes(each.name())))
    for (const option of [...command.options, new Option("--not-yet-known <x>")])
      names.add(option.attributeName());
  const taken = OPTIONS.filter(({ overShards }) => overShards === true).map(({ name }) => name);
  expect(taken.filter((name) => !names.has(name))).toEqual([]);
  expect(names.size).toBeGreaterThan(new Set(taken).size + 5);
  for (const name of names) {
    // Options that need another one have it.
    const options = {
      ...{ ...redis, header: true, sampleWeights: "w", replicates: 99 },
      ...(name === "gap" ? { bandwidth: "loo" } : { bandwidth: "scott" }),
      ...(name === "degree" ? { degree: "1" } : { degree: "0" }),
      ...(["bandwidth", "degree", "header", "output", "sampleWeights"].includes(name)
        ? {}
        : { [name]: { ...redis, output: "out.csv" }[name as never] ?? "given" }),
    };
    const checked = () => check(options, "distributed", name);
    const refusal = refusalOverShards(name);
    if (refusal === undefined) expect(checked, name).not.toThrow();
    else
      expect(checked, name).toThrow(/^--[a-z- 1]+ (needs|is for) [a-z ]+, and is not available over shards$/);
  }
  expect(refusalOverShards("notYetKnown")).toBeDefined();
});
