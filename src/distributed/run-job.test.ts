import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Engine, KernelDensity, KernelRegression } from "../index.ts";
import { densitiesOfSums, meansOfSums } from "../partials/finish.ts";
import { isWideRing } from "../testing/ring.ts";
import { risingRows, writeShards } from "../testing/shard-files.ts";
import { version } from "../version.ts";
import { type Job, runJob } from "./run-job.ts";
import { type Executor, LocalRunner, MOST_ATTEMPTS } from "./runner.ts";
import { shardsOf } from "./shard-files.ts";
import { MemoryStore } from "./store.ts";
import { type Task, TaskPerformer } from "./tasks.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const rows = risingRows(6000);
const folder = writeShards(rows, 3, 500);
const queries = Float64Array.from({ length: 101 }, (_, i) => i / 10);
const job: Job = {
  files: [join(folder, "*.parquet")],
  ...{ x: ["x"], y: ["y"], bandwidth: 0.3, queries, backend: "cpu" },
};

function runner(executors = 2, performs?: (task: Task, perform: () => Promise<void>) => Promise<void>) {
  const store = new MemoryStore();
  const all = Array.from({ length: executors }, (): Executor => {
    const performer = new TaskPerformer(store, version, 0);
    const perform = (task: Task, signal: AbortSignal) => performer.perform(task, signal);
    return {
      perform: (task, signal) =>
        performs ? performs(task, () => perform(task, signal)) : perform(task, signal),
      dispose: () => performer.dispose(),
    };
  });
  return new LocalRunner(store, all);
}

const largest = (a: Float64Array, b: Float64Array) =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

describe("the same numbers as one process", () => {
  const { x, y, w } = rows;

  test("a regression, in any number of shards", async () => {
    const model = await KernelRegression.fit({ keys: x, values: y, bandwidth: 0.3 }, { engine });
    const { mean } = await model.predict(queries);
    for (const [shards, expected] of [
      ["auto", 3], // files are not joined
      [1, 3],
      [6, 6],
      [12, 12],
    ] as const) {
      const { sums, shards: count } = await runJob({ ...job, shards }, runner());
      expect(count).toBe(expected);
      expect(sums.rows).toBe(6000);
      expect(largest(meansOfSums(sums).mean, mean)).toBeLessThan(4e-6);
    }
  });

  test("a job answers for what it was given, though that is overwritten", async () => {
    const given = {
      ...job,
      files: [...job.files],
      x: ["x"],
      y: ["y"],
      bandwidth: [0.3],
      queries: queries.slice(),
    };
    const { sums: expected } = await runJob(job, runner());
    const answer = runJob(given, runner());
    given.queries.fill(0);
    given.bandwidth[0] = 9;
    for (const list of [given.files, given.x, given.y]) list[0] = "overwritten";
    expect(meansOfSums((await answer).sums).mean).toEqual(meansOfSums(expected).mean);
  });

  test("weights, errors and blocks of queries", async () => {
    const length = isWideRing ? 300_000 : 30_000; // one block of queries, or two
    const many = Float64Array.from({ length }, (_, i) => (10 * i) / length);
    const asked = {
      ...job,
      queries: many,
      sampleWeights: "w",
      errors: true,
      shards: 6,
      kernel: "epanechnikov",
    } as const;
    const { sums } = await runJob(asked, runner());
    const model = await KernelRegression.fit(
      { keys: x, values: y, sampleWeights: w, bandwidth: 0.3, kernel: "epanechnikov" },
      { engine },
    );
    const { mean, standardError } = meansOfSums(sums);
    expect(largest(mean, (await model.predict(many)).mean)).toBeLessThan(4e-6);
    expect(standardError!.every((error) => error > 0.005 && error < 0.05)).toBe(true);
  });

  test("a density", async () => {
    const { sums } = await runJob({ ...job, y: [], shards: 4 }, runner());
    const { density } = await (await KernelDensity.fit({ keys: x, bandwidth: 0.3 }, { engine })).evaluate(
      queries,
    );
    expect(largest(densitiesOfSums(sums).density, density)).toBeLessThan(1e-6);
  });

  test("places over the range of all shards", async () => {
    const { sums } = await runJob(
      { ...job, queries: ([[least, most]]) => Float64Array.of(least, most) },
      runner(),
    );
    expect([...sums.queries]).toEqual([Math.min(...x), Math.max(...x)]);
  });

  test.each(isWideRing ? ["scott", "silverman", "loo"] : ["scott"])("the bandwidth by %s", async (rule) => {
    const { bandwidth, choice } = await runJob({ ...job, bandwidth: rule, shards: 6 }, runner());
    const whole = await KernelRegression.fit({ keys: x, values: y, bandwidth: rule as "loo" }, { engine });
    expect(choice).toMatchObject({ rule, sampled: 6000, rows: 6000 });
    expect(Math.abs(Math.log(bandwidth[0] / whole.bandwidth[0]))).toBeLessThan(rule === "loo" ? 0.01 : 1e-12);
    if (rule !== "loo") return;
    // Scores are those of leaving one out among all rows.
    const best = choice!.candidates.reduce((a, b) => (b.score < a.score ? b : a));
    const own = whole.selection!.candidates.reduce((a, b) => (b.score < a.score ? b : a));
    expect(best.score).toBeCloseTo(own.score, 6);
  });

  test("the bandwidth of keys in groups far apart", async () => {
    const apart = { ...risingRows(2000), x: risingRows(2000).x.map((v, i) => v + (i % 2) * 1e5) };
    const files = [join(writeShards(apart, 2, 500), "*.parquet")];
    for (const rule of isWideRing ? (["loo", "likelihood"] as const) : (["loo"] as const)) {
      const y = rule === "loo" ? ["y"] : [];
      const { bandwidth, choice } = await runJob({ ...job, files, y, bandwidth: rule, shards: 4 }, runner());
      const whole =
        rule === "loo"
          ? await KernelRegression.fit({ keys: apart.x, values: apart.y, bandwidth: rule }, { engine })
          : await KernelDensity.fit({ keys: apart.x, bandwidth: rule }, { engine });
      expect(bandwidth[0]).toBeLessThan(2);
      expect(Math.abs(Math.log(bandwidth[0] / whole.bandwidth[0]))).toBeLessThan(0.01);
      expect(choice!.warning).toBeUndefined();
    }
  });

  test.runIf(isWideRing)("a density's bandwidth by likelihood", async () => {
    const { bandwidth } = await runJob({ ...job, y: [], bandwidth: "likelihood", shards: 6 }, runner());
    const whole = await KernelDensity.fit({ keys: x, bandwidth: "likelihood" }, { engine });
    expect(Math.abs(Math.log(bandwidth[0] / whole.bandwidth[0]))).toBeLessThan(0.01);
  });

  test("a sample of the rows finds nearly the same bandwidth", async () => {
    const { bandwidth, choice } = await runJob({ ...job, bandwidth: "scott", shards: 6 }, runner(), {
      sample: 600,
    });
    const whole = await KernelRegression.fit({ keys: x, values: y, bandwidth: "scott" }, { engine });
    expect(choice).toMatchObject({ sampled: 600, rows: 6000 });
    expect(Math.abs(Math.log(bandwidth[0] / whole.bandwidth[0]))).toBeLessThan(0.05);
  });
});

describe("shards", () => {
  test("row groups of one file that follow each other, some at a time", async () => {
    const shards = await shardsOf([join(folder, "part-0.parquet")], 2);
    expect(shards.map(({ rowGroups }) => rowGroups)).toEqual([
      [0, 2],
      [2, 4],
    ]);
    expect(shards[0].name).toBe(`${join(folder, "part-0.parquet")}, row groups 0 to 1`);
  });

  test("a file that is named twice, and a pipe, are refused", async () => {
    const file = join(folder, "part-0.parquet");
    await expect(shardsOf([file, join(folder, "*.parquet")], "auto")).rejects.toThrow("is named twice");
    await expect(shardsOf(["-"], "auto")).rejects.toThrow("cannot be cut into shards");
  });
});

describe("what goes wrong", () => {
  test("a task that fails for a reason that may pass is done again", async () => {
    const tries = new Map<string, number>();
    const flaky = runner(2, async ({ name }, perform) => {
      const count = (tries.get(name) ?? 0) + 1;
      tries.set(name, count);
      if (count < MOST_ATTEMPTS) throw new Error("out of luck");
      await perform();
    });
    const { sums } = await runJob({ ...job, shards: 6 }, flaky);
    expect(sums.rows).toBe(6000);
    const never = runner(2, async () => {
      throw new Error("out of luck");
    });
    await expect(runJob(job, never)).rejects.toThrow("out of luck");
  });

  test("a task that is done twice counts once", async () => {
    const twice = runner(2, async (_, perform) => {
      await perform();
      await perform();
    });
    expect((await runJob({ ...job, shards: 6 }, twice)).sums.rows).toBe(6000);
  });

  test("a task whose result is there is not done again", async () => {
    const store = new MemoryStore();
    const performer = new TaskPerformer(store, version, 0);
    const [shard] = await shardsOf([join(folder, "part-0.parquet")], 1);
    const taskOf = (path: string): Task => ({
      ...{ version, name: "run/summary/0", settings: { x: ["x"], y: ["y"] } },
      work: { kind: "summary", shard: { ...shard, path }, sample: 0 },
    });
    await performer.perform(taskOf(shard.path));
    await performer.perform(taskOf("nowhere.parquet")); // it would fail
    await expect(performer.perform({ ...taskOf("nowhere.parquet"), name: "run/other" })).rejects.toThrow(
      "it is not there",
    );
  });

  test("a damaged row group fails the job, by its name, and is not tried again", async () => {
    const broken = writeShards(rows, 1, 2000);
    const path = join(broken, "part-0.parquet");
    const bytes = readFileSync(path);
    bytes.fill(255, 70_000, 72_000);
    writeFileSync(path, bytes);
    let tries = 0;
    const counting = runner(1, async (_, perform) => {
      tries++;
      await perform();
    });
    await expect(runJob({ ...job, files: [path], shards: 3 }, counting)).rejects.toThrow(
      `${path}, row group 1`,
    );
    expect(tries).toBeLessThanOrEqual(3);
  });

  test("a gap is named by shard and row", async () => {
    const gappy = writeShards({ ...rows, y: rows.y.map((v, i) => (i === 4200 ? Number.NaN : v)) }, 1, 2000);
    const file = join(gappy, "part-0.parquet");
    const asked = { ...job, files: [file], shards: 3 };
    await expect(runJob(asked, runner())).rejects.toThrow(
      `${file}, row group 2 row 4201, column "y" is empty (one of 1 such cells); missing "drop" leaves such rows out`,
    );
    expect((await runJob({ ...asked, missing: "drop" }, runner())).sums.rows).toBe(5999);
  });

  test("statistics that are wrong are found out", async () => {
    const store = new MemoryStore();
    const performer = new TaskPerformer(store, version, 0);
    const lying = (task: Task): Task => {
      const { work } = task;
      if (work.kind !== "sums") return task;
      const [[least, largest]] = work.box!.ranges;
      return { ...task, work: { ...work, box: { ...work.box!, ranges: [[least, (least + largest) / 2]] } } };
    };
    const executor = {
      perform: (task: Task) => performer.perform(lying(task)),
      dispose: () => performer.dispose(),
    };
    await expect(runJob(job, new LocalRunner(store, [executor]))).rejects.toThrow(
      "the file has changed, or its statistics are wrong",
    );
  });

  test("a worker of another version refuses", async () => {
    const store = new MemoryStore();
    const other = new LocalRunner(store, [new TaskPerformer(store, "0.0.1", 0)]);
    await expect(runJob(job, other)).rejects.toThrow(
      `this job was made by nadaraya ${version}, and this worker is 0.0.1; expected the same version`,
    );
  });

  test("an abort ends the run with its reason, and no task is begun afterwards", async () => {
    const abort = new AbortController();
    let begun = 0;
    const slow = runner(2, async (_, perform) => {
      if (++begun === 3) abort.abort(new Error("enough"));
      await perform();
    });
    await expect(runJob({ ...job, shards: 12 }, slow, { signal: abort.signal })).rejects.toThrow("enough");
    expect(begun).toBeLessThanOrEqual(4);
  });

  test("wrong requests are refused before any task", async () => {
    const none = runner(1, async () => {
      throw new Error("begun");
    });
    const refused = (message: string, more: object) =>
      expect(runJob({ ...job, ...more } as Job, none)).rejects.toThrow(message);
    await refused('bandwidth "aicc" is no rule for shards; expected scott, silverman, loo, or numbers', {
      bandwidth: "aicc",
    });
    await refused("bandwidth is [1,2], expected a number above 0, or one for each of 1 columns", {
      bandwidth: [1, 2],
    });
    await refused('shards is 0, expected "auto" or a whole number', { shards: 0 });
    await refused('id is "a b", expected letters', { id: "a b" });
    await refused('no option "kernels"; did you mean "kernel"?', { kernels: "boxcar" });
    await refused("no file matches", { files: [join(folder, "*.csv")] });
  });
});
