/** `regress` and `density` over shards: in this process, in others, or by the workers of a queue. */
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { NadarayaError } from "../common/errors.ts";
import { ProcessExecutor } from "../distributed/processes.ts";
import { QUEUE, redisAddress, withoutPassword } from "../distributed/queue/connect.ts";
import { type Job, runJob } from "../distributed/run-job.ts";
import { LocalRunner, type Runner } from "../distributed/runner.ts";
import { FolderStore, isRunOf, MemoryStore } from "../distributed/store.ts";
import { TaskPerformer } from "../distributed/tasks.ts";
import type { KernelName } from "../index.ts";
import { checkOutput, matchingFiles, readTable, writeTable } from "../io/files.ts";
import { nameOfPath } from "../io/url.ts";
import { version } from "../version.ts";
import { checkReplacesNothing } from "./check-output.ts";
import { onInterrupt } from "./interrupts.ts";
import { isQueue } from "./options/check-usage.ts";
import { tableOfSums } from "./partials.ts";
import { gridOver, placesInFile } from "./places.ts";
import { Columns, readOptions } from "./read-options.ts";
import { Reporter } from "./reporter.ts";
import type { PlaceOptions } from "./run-command.ts";

export interface ShardOptions {
  readonly shards?: number | "auto";
  readonly distributed?: string;
  readonly job?: string;
  readonly queue?: string;
  readonly store?: string;
  readonly timeout?: number;
  readonly sample?: number;
}

/** What may be asked for, besides what all fits take. */
interface Options extends PlaceOptions, ShardOptions {
  readonly degree?: "0" | "1" | "2";
  readonly standardError?: boolean;
  readonly confidence?: number;
  readonly gradient?: boolean;
  readonly quantiles?: readonly number[];
}

export async function overShards(files: readonly string[], options: Options): Promise<void> {
  const reporter = Reporter.start(options);
  await checkOutput(options.output);
  await checkReplacesNothing(options.output, files, options);
  const { x, y } = await columnsOf(files, options);
  const { at, grid, output, confidence, standardError = false, sampleWeights, job: id } = options;
  const { kernel, shape, weightType, missing, backend, method, tolerance, bandwidth, shards } = options;
  const places = at === undefined ? undefined : await placesInFile(at, x, options, reporter);
  const runner = await runnerOf(options, reporter);
  const job: Job = {
    ...{ files, x, y, sampleWeights, shape, weightType, missing, backend, method, tolerance, shards, id },
    kernel: kernel as KernelName,
    bandwidth: bandwidth as Job["bandwidth"],
    read: readOptions(options),
    queries: places?.data ?? ((ranges) => gridOver(ranges, grid).data),
    errors: standardError || confidence !== undefined,
  };
  const start = performance.now();
  const interrupt = new AbortController();
  let ended = () => {};
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const forget = onInterrupt(() => {
    if (id !== undefined && isQueue(options.distributed))
      process.stderr.write(`the workers go on with job ${id}; nadaraya jobs cancel ${id} ends it\n`);
    interrupt.abort(new Error("interrupted"));
    return end;
  });
  try {
    const result = await runJob(job, runner, {
      sample: options.sample,
      signal: interrupt.signal,
      onProgress: ({ what, done, total }) => reporter.progress(what, done / total),
    });
    const { sums, choice } = result;
    const dropped = sums.shards.reduce((sum, shard) => sum + shard.dropped, 0);
    const widths = x.map((name, j) => `${name} ${result.bandwidth[j].toPrecision(4)}`).join(", ");
    reporter.note(`${sums.rows} rows in ${result.shards} shards, bandwidth: ${widths}`);
    if (choice && choice.sampled < choice.rows)
      reporter.note(`the bandwidth is by ${choice.sampled} of the rows, evenly spaced`);
    if (choice?.warning) reporter.note(choice.warning);
    if (dropped > 0) reporter.note(`${dropped} rows with an empty cell were dropped`);
    reporter.done();
    await writeTable(tableOfSums(sums, { confidence, standardError }, reporter), output);
    reporter.report({
      ...{
        file: files.map(nameOfPath).join(", "),
        rows: sums.rows + dropped,
        used: sums.rows,
        dropped,
        kernel,
      },
      bandwidth: Object.fromEntries(x.map((name, j) => [name, result.bandwidth[j]])),
      ...{
        shards: result.shards,
        milliseconds: Math.round(performance.now() - start),
        output: output ?? "-",
      },
    });
    if (await isKept(options))
      reporter.note(
        `an earlier job ${id}, of other files or settings, has left results: ${removalOf(options)}`,
      );
    reporter.finish();
  } catch (error) {
    if ((await isKept(options)) || (id !== undefined && isQueue(options.distributed)))
      reporter.note(`the same command resumes job ${id} by the results it has left: ${removalOf(options)}`);
    throw error;
  } finally {
    await runner.dispose();
    ended();
    forget();
  }
}

/** Whether the folder of results has some of a job of this name, whose files or settings may differ. */
async function isKept({ job, store }: Options): Promise<boolean> {
  if (job === undefined || store === undefined) return false;
  const runs = await new FolderStore(store).runs().catch(() => []);
  return runs.some(({ run }) => isRunOf(run, job));
}

function removalOf({ job, store, distributed, queue = QUEUE }: Options): string {
  const words = ["nadaraya jobs remove", job];
  // The address in the environment needs no option.
  if (isQueue(distributed) && distributed !== "redis") words.push("--redis", withoutPassword(distributed!));
  if (isQueue(distributed) && queue !== QUEUE) words.push("--queue", queue);
  if (store !== undefined) words.push("--store", store);
  return `${words.join(" ")} deletes them`;
}

/** The columns by their names, of which the first file's beginning is read. */
async function columnsOf(files: readonly string[], options: Options): Promise<Columns> {
  const columns = new Columns(options);
  const [first] = await matchingFiles(files);
  // An error of our own: readers pass it on as it is.
  const found = new NadarayaError("unsupported", "the names are known");
  try {
    await readTable(first, {
      ...readOptions(options),
      wanted: (names) => {
        columns.wanted(names);
        throw found;
      },
    });
  } catch (error) {
    if (error !== found) throw error;
  }
  return columns;
}

async function runnerOf(
  { distributed, queue, store, job, timeout }: Options,
  reporter: Reporter,
): Promise<Runner> {
  if (distributed === undefined) {
    const memory = new MemoryStore();
    return new LocalRunner(memory, [new TaskPerformer(memory, version)]);
  }
  const processes = /^processes(?::(\d+))?$/.exec(distributed);
  if (processes) {
    const count = processes[1] === undefined ? availableParallelism() : Number(processes[1]);
    const folder = store ?? (await mkdtemp(join(tmpdir(), "nadaraya-store-")));
    // On every way out, also where nothing can be awaited.
    if (store === undefined) process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const workers = Math.floor(availableParallelism() / count);
    const setting = { folder, version, workers: workers > 1 ? workers : 0 };
    const runner = new LocalRunner(
      new FolderStore(folder),
      Array.from({ length: count }, () => new ProcessExecutor(setting)),
    );
    const dispose = runner.dispose.bind(runner);
    runner.dispose = async () => {
      await dispose();
      if (store === undefined) await rm(folder, { recursive: true, force: true });
    };
    return runner;
  }
  const { QueueRunner } = await import("../distributed/queue/queue-runner.ts");
  const address = redisAddress(distributed === "redis" ? undefined : distributed);
  if (job === undefined) reporter.note("with --job <name>, a job that is interrupted goes on where it was");
  return QueueRunner.connect(address, { queue, store, timeout, onNote: (note) => reporter.note(note) });
}
