/** A regression or a density over shards: what their rows are like, a bandwidth by them, and the sums of all at every query. */
import { randomUUID } from "node:crypto";
import { NadarayaError, show } from "../common/errors.ts";
import {
  checkOptions,
  isBetween,
  isWhole,
  listOf,
  optionNames,
  refuseTransferred,
} from "../common/options.ts";
import { isTelling } from "../io/file-state.ts";
import { concatenate } from "../partials/blocks.ts";
import { refuseErrors } from "../partials/compute.ts";
import { fingerprintOf, hashOf } from "../partials/hash.ts";
import type { PartialSums } from "../partials/partial-sums.ts";
import { version } from "../version.ts";
import { type Choice, chooseBandwidth, isRule } from "./choose-bandwidth.ts";
import { JobContext } from "./job-context.ts";
import { encodeNumbers } from "./numbers.ts";
import type { Runner, RunnerOptions } from "./runner.ts";
import type { JobSettings } from "./settings.ts";
import { type FoundShard, shardsOf } from "./shard-files.ts";
import { checkJobName } from "./store.ts";

/** What a job computes. */
export interface Job extends JobSettings {
  /** Paths, patterns or addresses, which all workers see. */
  readonly files: readonly string[];
  /** Numbers, or a rule: "scott", "silverman", and "loo" for regressions, "likelihood" for densities. */
  readonly bandwidth: number | readonly number[] | string;
  /** The places, row-major; or a function of the ranges of all rows. */
  readonly queries: Float64Array | ((ranges: readonly (readonly [number, number])[]) => Float64Array);
  /** About how many shards, or "auto": some hundred thousand rows each. */
  readonly shards?: number | "auto";
  /** A run that has begun goes on under its name; a new one by default. */
  readonly id?: string;
}

/** Options of `runJob`. */
export interface JobOptions {
  readonly signal?: AbortSignal;
  /** Called with each task that is done. */
  readonly onProgress?: (progress: JobProgress) => void;
  /** Rows by which a bandwidth is chosen. */
  readonly sample?: number;
}

const JOB_OPTIONS = optionNames<JobOptions>()({ signal: true, onProgress: true, sample: true });

/** How far a job is. */
export interface JobProgress {
  readonly what: "reading" | "choosing a bandwidth" | "computing";
  readonly done: number;
  readonly total: number;
}

/** What a job found. */
export interface JobResult {
  /** For `meansOfSums`, or `densitiesOfSums`. */
  readonly sums: PartialSums;
  /** One number a coordinate, and how a rule chose it. */
  readonly bandwidth: readonly number[];
  readonly choice?: Choice;
  readonly shards: number;
}

/** Numbers of sums that one task returns, at most: some 30 MB. */
const MOST_SUMS = 2 ** 20;
/** Rows by which a bandwidth is chosen: by default, and at most. */
const SAMPLE = 50_000;
export const MOST_SAMPLED = 2 ** 24;

const JOB = optionNames<Job>()({
  files: true,
  bandwidth: true,
  queries: true,
  shards: true,
  id: true,
  x: true,
  y: true,
  sampleWeights: true,
  kernel: true,
  read: true,
  backend: true,
  method: true,
  tolerance: true,
  errors: true,
  shape: true,
  weightType: true,
  missing: true,
});

/**
 * Sums over all rows of files, as tasks of a runner: the same means as by one process, to the tolerance of each shard.
 * @throws NadarayaError "invalid-input" that names the shard whose rows are wrong; "unavailable" where workers or the queue are not
 */
export async function runJob(job: Job, runner: Runner, options: JobOptions = {}): Promise<JobResult> {
  checkOptions(job, JOB, "runJob");
  checkOptions(options, JOB_OPTIONS, "runJob");
  const {
    files,
    bandwidth,
    queries,
    shards: wanted = "auto",
    id = randomUUID(),
    ...settings
  } = withCopies(job); // before anything is awaited
  const { signal, onProgress, sample = SAMPLE } = options;
  const isNamed = job.id !== undefined;
  if (wanted !== "auto" && !isWhole(wanted, 1))
    throw new NadarayaError(
      "invalid-input",
      `shards is ${show(wanted)}, expected "auto" or a whole number from 1 on`,
    );
  if (!isWhole(sample, 1, MOST_SAMPLED))
    throw new NadarayaError(
      "invalid-input",
      `sample is ${show(sample)}, expected a whole number of rows from 1 to ${MOST_SAMPLED}`,
    );
  checkJobName(id);
  refuseErrors(settings.weightType, settings.errors);
  const given = bandwidthOf(bandwidth, settings);
  const shards = await shardsOf(files, wanted);
  const vague = shards.find(({ state }) => !state || !isTelling(state));
  if (isNamed && vague)
    throw new NadarayaError(
      "unsupported",
      `the server of ${vague.name} sends neither ETag nor Last-Modified, so a job with a name could resume with another file; leave the name out`,
    );
  // A job goes on only where all is as it was: settings and files are part of its name, as are places and bandwidths of what is asked.
  const run = `${id}.${await fingerprintOf([version, settings, shards])}`;
  try {
    return await resultOf({ run, given, queries, settings, shards, runner, signal, onProgress, sample });
  } catch (error) {
    // Without a name nobody can resume it; with one, what was done is kept.
    if (!isNamed) await (runner.abandon?.(run) ?? runner.store.clear(run)).catch(() => {});
    throw error;
  }
}

interface JobRequest extends JobOptions {
  readonly run: string;
  readonly given: readonly number[] | string;
  readonly queries: Job["queries"];
  readonly settings: JobSettings;
  readonly shards: readonly FoundShard[];
  readonly runner: Runner;
  readonly sample: number;
}

async function resultOf(request: JobRequest): Promise<JobResult> {
  const { run, given, queries, settings, shards, runner, signal, onProgress, sample } = request;
  const context = new JobContext({ run, shards, settings, runner, signal });
  const progress =
    (what: JobProgress["what"]): RunnerOptions["onProgress"] =>
    (done, total) =>
      onProgress?.({ what, done, total });

  const needsSummary = typeof given === "string" || (typeof queries === "function" && !context.ranges);
  const perShard = typeof given === "string" ? Math.ceil(sample / shards.length) : 0;
  const summaries = needsSummary ? await context.summaries(perShard, progress("reading")) : [];
  const choice =
    typeof given === "string"
      ? await chooseBandwidth(given, summaries, context, progress("choosing a bandwidth"))
      : undefined;
  const chosen = choice?.bandwidth ?? (given as readonly number[]);
  const places = typeof queries === "function" ? queries(context.ranges!) : queries;
  const dims = settings.x.length;
  if (!(places instanceof Float64Array) || places.length === 0 || places.length % dims !== 0)
    throw new NadarayaError(
      "invalid-input",
      `queries is ${show(places)}, expected a Float64Array of ${dims} numbers a place`,
    );

  // Blocks of queries, so that what a task returns is bounded.
  const columns = settings.errors ? 2 * settings.y.length + 2 : settings.y.length + 1;
  const block = Math.max(Math.floor(MOST_SUMS / columns), 1) * dims;
  const blocks = Array.from({ length: Math.ceil(places.length / block) }, (_, b) =>
    places.subarray(b * block, (b + 1) * block),
  );
  const asked = await fingerprintOf([chosen, await hashOf([places])]);
  const trees = [];
  for (const [b, each] of blocks.entries()) {
    const name = `${asked}/queries/${b}`;
    const taskOf = await context.ask(name, each, chosen, await context.put(name, encodeNumbers(each)));
    trees.push(context.mergeTree(`${asked}/sums/${b}`, (i) => ({ kind: "sums", ...taskOf(i) })));
  }
  await context.run(trees, progress("computing"));
  const found: PartialSums[] = [];
  for (const [b, { task }] of trees.entries())
    found.push(await context.sums(task.name, blocks[b], { bandwidth: chosen, errors: settings.errors }));
  await runner.store.clear(run);
  return { sums: await concatenate(found), bandwidth: chosen, choice, shards: shards.length };
}

/** A job whose lists are copies: callers may change theirs. */
function withCopies(job: Job): Job {
  const copyOf = ([name, list]: [string, unknown]) => {
    refuseTransferred(list, name);
    return [name, Array.isArray(list) ? [...list] : list instanceof Float64Array ? list.slice() : list];
  };
  const entries = Object.entries(job).map(copyOf);
  return Object.fromEntries(entries) as Job;
}

function bandwidthOf(bandwidth: Job["bandwidth"], { x, y }: JobSettings): readonly number[] | string {
  if (typeof bandwidth === "string") {
    if (isRule(bandwidth, y.length > 0)) return bandwidth;
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth ${show(bandwidth)} is no rule for shards; expected scott, silverman, ${y.length > 0 ? "loo" : "likelihood"}, or numbers`,
    );
  }
  const numbers =
    typeof bandwidth === "number" ? x.map(() => bandwidth) : listOf<number>(bandwidth, "bandwidth");
  if (numbers.length === x.length && numbers.every((h) => isBetween(h, Number.MIN_VALUE, Number.MAX_VALUE)))
    return numbers;
  throw new NadarayaError(
    "invalid-bandwidth",
    `bandwidth is ${JSON.stringify(bandwidth)}, expected a number above 0, or one for each of ${x.length} columns`,
  );
}
