/** What workers do: each task makes one result of a shard, or of other results, and puts it into the store. */
import { NadarayaError } from "../common/errors.ts";
import { rowsOf } from "../data/matrix.ts";
import { readRows } from "../data/rows.ts";
import { Engine } from "../index.ts";
import { spread } from "../partials/blocks.ts";
import { type ShardInput, type ShardOptions, sumsOfShard } from "../partials/compute.ts";
import { decodePartial, encodePartial } from "../partials/file.ts";
import { leaveOneOutSums } from "../partials/leave-one-out.ts";
import { mergePartialSums, type PartialSums } from "../partials/partial-sums.ts";
import { type Access, EVERYTHING } from "./access.ts";
import { checkTask } from "./check-task.ts";
import { decodeNumbers } from "./numbers.ts";
import { boxOf, liesIn, reachedQueries, type ShardBox } from "./reach.ts";
import type { JobSettings } from "./settings.ts";
import { ShardError, withheld } from "./shard-error.ts";
import type { ShardFile } from "./shard-files.ts";
import { ShardReader, type ShardRows } from "./shard-rows.ts";
import { needed, type Store } from "./store.ts";
import { encodeSummary, sampledRow, summaryOf } from "./summary.ts";

/** Sums of a shard at queries that are in the store under this name. */
export interface SumsTask {
  readonly shard: ShardFile;
  /** How many there are. */
  readonly shards: number;
  readonly queries: string;
  readonly bandwidth: readonly number[];
  /** The name of lower bounds for the queries' sums, where they are known, and where this shard's rows are said to lie. */
  readonly floors?: string;
  readonly box?: ShardBox;
}

export type Work =
  | { readonly kind: "summary"; readonly shard: ShardFile; readonly sample: number }
  | ({ readonly kind: "sums" } & SumsTask)
  /** Queries are rows of all shards: those from `first` on are some of this one's own, of so many. */
  | ({ readonly kind: "leave-one-out"; readonly first: number; readonly count: number } & SumsTask)
  /** Of results with these names. */
  | { readonly kind: "merge"; readonly of: readonly string[] };

/** A task as it travels: JSON. */
export interface Task {
  /** Of the library that made it. */
  readonly version: string;
  /** The name of its result in the store; it begins with the run's. */
  readonly name: string;
  readonly work: Work;
  readonly settings: JobSettings;
}

/** The run that a result belongs to. */
export const runOf = (name: string): string => name.slice(0, name.indexOf("/"));

/** Does tasks one after the other, with one engine and the rows that it read last. */
export class TaskPerformer {
  private readonly store: Store;
  private readonly version: string;
  private readonly workers: number | undefined;
  private readonly reader: ShardReader;
  private engine: { readonly backend: string; readonly made: Promise<Engine> } | undefined;

  /**
   * @param version of this library
   * @param workers of the engine; as many as there are processors by default
   * @param access to files and addresses; to all by default
   */
  constructor(store: Store, version: string, workers?: number, access: Access = EVERYTHING) {
    this.reader = new ShardReader(access);
    this.store = store;
    this.version = version;
    this.workers = workers;
  }

  /**
   * Does a task whose result is not there yet.
   * @throws NadarayaError whose message holds no cell of a file, with the one that does as its cause; see `isLasting` for those that come
   *   again wherever the task is done
   */
  async perform(task: Task, signal?: AbortSignal): Promise<void> {
    checkTask(task);
    if (task.version !== this.version)
      throw new NadarayaError(
        "unsupported",
        `this job was made by nadaraya ${task.version}, and this worker is ${this.version}; expected the same version`,
      );
    if (await this.store.has(task.name)) return;
    await this.store.put(task.name, await this.result(task, signal));
  }

  private async result({ name, work, settings }: Task, signal?: AbortSignal): Promise<Uint8Array> {
    const run = runOf(name);
    switch (work.kind) {
      case "summary": {
        const summary = async () =>
          summaryOf(await this.reader.read(work.shard, settings, run), settings.missing, work.sample);
        return encodeSummary(await withheld(work.shard, summary()));
      }
      case "sums":
      case "leave-one-out":
        return encodePartial(await withheld(work.shard, this.sums(work, settings, run, signal)));
      case "merge": {
        // Two at a time: a merge holds no more than its result and one of its parts.
        let merged: PartialSums | undefined;
        for (const name of work.of) {
          const part = await decodePartial(await needed(this.store, name));
          merged = merged ? mergePartialSums([merged, part]) : part;
        }
        return encodePartial(merged!);
      }
    }
  }

  private async sums(
    work: SumsTask & { readonly first?: number; readonly count?: number },
    settings: JobSettings,
    run: string,
    signal: AbortSignal | undefined,
  ): Promise<PartialSums> {
    const { shard, bandwidth, first, count } = work;
    const rows = await this.reader.read(shard, settings, run);
    const dims = settings.x.length;
    const numbersOf = async (name: string, of: number) =>
      decodeNumbers(await needed(this.store, name), name, of);
    const queries = await numbersOf(work.queries, dims);
    const all = { data: queries, dims, count: queries.length / dims };
    const floors = work.floors === undefined ? undefined : await numbersOf(work.floors, 1);
    checkSizes(work, all, floors);
    const indices = floors && (await reached(queries, floors, rows, work, settings));
    const asked = indices ? rowsOf(all, indices) : all;
    const input = inputOf(rows, settings, bandwidth);
    const options = await this.options(shard, rows, settings, signal);
    const isOwn = first !== undefined && count !== undefined;
    const sums = await (isOwn
      ? leaveOneOutSums(
          input,
          asked,
          (total) => ownQueries(indices?.indexOf(first) ?? first, count, total),
          options,
        )
      : sumsOfShard(input, asked, options));
    return indices ? spread(sums, indices, queries) : sums;
  }

  private async options(
    { id, name }: ShardFile,
    { dates }: ShardRows,
    { x, y, errors, method, tolerance, backend = "auto" }: JobSettings,
    signal: AbortSignal | undefined,
  ): Promise<ShardOptions> {
    if (this.engine?.backend !== backend) {
      this.engine?.made.then((engine) => engine.dispose());
      this.engine = { backend, made: Engine.create({ backend, workers: this.workers }) };
    }
    return { engine: await this.engine.made, signal, id, name, dates, x, y, errors, method, tolerance };
  }

  /** Frees the engine. */
  async dispose(): Promise<void> {
    const { engine } = this;
    this.engine = undefined;
    (await engine?.made)?.dispose();
  }
}

/** @throws ShardError for a task whose parts do not belong together */
function checkSizes(
  { bandwidth, box, first = 0, count = 0 }: SumsTask & { readonly first?: number; readonly count?: number },
  queries: { readonly dims: number; readonly count: number },
  floors: Float64Array | undefined,
): void {
  const isOne =
    bandwidth.length === queries.dims &&
    (box === undefined || box.ranges.length === queries.dims) &&
    (floors === undefined || floors.length === queries.count) &&
    first + count <= queries.count;
  if (!isOne)
    throw new ShardError(
      "invalid-input",
      `the task has ${queries.count} places of ${queries.dims} numbers, and its bandwidth, box, bounds or rows are of others`,
    );
}

/** Rows that were sampled, so many of all, as queries from one on. */
const ownQueries = (first: number, count: number, rows: number) => ({
  first,
  rows: Array.from({ length: count }, (_, i) => sampledRow(i, count, rows)),
});

/**
 * The queries for which a shard matters: one at least, and its own rows.
 * @throws NadarayaError "invalid-input" where its rows lie outside the box that its file, or its summary, said
 */
async function reached(
  queries: Float64Array,
  floors: Float64Array,
  rows: ShardRows,
  {
    shard,
    box,
    bandwidth,
    shards,
    first = 0,
    count = 1,
  }: SumsTask & { readonly first?: number; readonly count?: number },
  { kernel = "gaussian", shape = "radial", tolerance = 1e-6, missing }: JobSettings,
): Promise<Uint32Array> {
  const { keys, sampleWeights } = await readRows({ ...rows, missing }, { fetch: async (points) => points });
  const own = boxOf(keys, sampleWeights);
  if (!box || !liesIn(own, box))
    throw new ShardError(
      "invalid-input",
      `${shard.name}: its rows are not where its statistics say; the file has changed, or its statistics are wrong`,
    );
  const found = reachedQueries(queries, floors, own, { kernel, shape, bandwidth }, { shards, tolerance });
  const before = found.filter((q) => q < first);
  const after = found.filter((q) => q >= first + count);
  return Uint32Array.from([...before, ...Array.from({ length: count }, (_, i) => first + i), ...after]);
}

const inputOf = (
  { keys, values, sampleWeights }: ShardRows,
  { kernel, shape, weightType, missing }: JobSettings,
  bandwidth: readonly number[],
): ShardInput => ({ keys, values, sampleWeights, kernel, shape, weightType, missing, bandwidth });

const LASTING: ReadonlySet<string> = new Set([
  ...["invalid-input", "invalid-kernel", "invalid-bandwidth", "unsupported", "no-webgpu", "empty-window"],
]);

/** Whether an error comes again wherever and however often a task is done. */
export const isLasting = (error: unknown): error is NadarayaError =>
  error instanceof NadarayaError && LASTING.has(error.code);
