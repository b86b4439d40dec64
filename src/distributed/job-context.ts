/** One run: makes its tasks, gives them to the runner, and reads their results. */
import { NadarayaError } from "../common/errors.ts";
import type { RowGroup } from "../io/parquet.ts";
import { decodePartial } from "../partials/file.ts";
import type { PartialSums } from "../partials/partial-sums.ts";
import { version } from "../version.ts";
import { encodeNumbers } from "./numbers.ts";
import { logFloors, type ShardBox, unionOf, unionOfRanges } from "./reach.ts";
import type { Runner, RunnerOptions, TaskNode } from "./runner.ts";
import type { JobSettings } from "./settings.ts";
import { isWithheld } from "./shard-error.ts";
import type { FoundShard, ShardFile } from "./shard-files.ts";
import { ShardReader } from "./shard-rows.ts";
import { needed } from "./store.ts";
import { decodeSummary, type Summary, summaryOf } from "./summary.ts";
import type { SumsTask, Task, Work } from "./tasks.ts";

/** Results that one task merges. */
const FAN_IN = 8;

/** Of places with boxes: some seconds. */
const MOST_COMPARISONS = 2e8;

export interface JobParts {
  readonly run: string;
  readonly shards: readonly FoundShard[];
  readonly settings: JobSettings;
  readonly runner: Runner;
  readonly signal?: AbortSignal;
}

export class JobContext {
  readonly shards: readonly FoundShard[];
  readonly settings: JobSettings;
  private readonly runName: string;
  private readonly runner: Runner;
  readonly signal: AbortSignal | undefined;
  /** The least and the largest of each x column, also in rows that are dropped; undefined where the files do not say. */
  ranges: readonly (readonly [number, number])[] | undefined;
  /** Where the rows of each shard lie, in one box or several, as far as it is known. */
  private boxes: readonly (readonly ShardBox[])[];

  constructor({ run, shards, settings, runner, signal }: JobParts) {
    this.runName = run;
    this.shards = shards;
    this.settings = settings;
    this.runner = runner;
    this.signal = signal;
    this.boxes = shards.map((shard) => claimedBoxes(shard, settings));
    this.ranges = claimedRanges(shards, settings);
  }

  /** Puts what tasks read into the store; returns the name by which they find it. */
  async put(name: string, bytes: Uint8Array): Promise<string> {
    const full = `${this.runName}/${name}`;
    await this.runner.store.put(full, bytes);
    return full;
  }

  private get(name: string): Promise<Uint8Array> {
    return needed(this.runner.store, name);
  }

  /**
   * The sums that a task returned, at the places that it was given.
   * @throws NadarayaError "invalid-input" for sums of other places, settings or shards: others may write into a store
   */
  async sums(
    name: string,
    places: Float64Array,
    { bandwidth, errors = false }: { readonly bandwidth: readonly number[]; readonly errors?: boolean },
  ): Promise<PartialSums> {
    const sums = await decodePartial(await this.get(name));
    const { x, y, kernel = "gaussian", shape = "radial", weightType = "importance" } = this.settings;
    const expected = { x, y, kernel, shape, weightType, errors, bandwidth };
    const others = Object.entries(expected).find(
      ([key, value]) => JSON.stringify(sums.settings[key as keyof typeof expected]) !== JSON.stringify(value),
    );
    const ids = new Set(this.shards.map(({ id }) => id));
    const isOfShards = sums.shards.length === ids.size && sums.shards.every(({ id }) => ids.has(id));
    const isAtPlaces =
      sums.queries.length === places.length && sums.queries.every((each, i) => each === places[i]);
    const fault = others
      ? `its ${others[0]} is another`
      : !isOfShards
        ? "it is of other shards"
        : "it is at other places";
    if (others || !isOfShards || !isAtPlaces) throw foreign(name, fault);
    return sums;
  }

  /** @throws NadarayaError of a task; where a worker kept the reason back, the one that this process finds in the shard */
  async run(forest: readonly TaskNode[], onProgress: RunnerOptions["onProgress"]): Promise<void> {
    try {
      await this.runner.run(forest, { signal: this.signal, onProgress });
    } catch (error) {
      const shard = this.shards.find(({ name }) => isWithheld(error, name));
      if (shard) await checkRows(shard, this.settings, this.runName);
      throw error;
    }
  }

  /** What each shard is like, with a sample of so many rows. */
  async summaries(sample: number, onProgress: RunnerOptions["onProgress"]): Promise<Summary[]> {
    const forest = this.shards.map((shard, i) =>
      this.leaf(`summary-${sample}/${i}`, { kind: "summary", shard: reference(shard), sample }),
    );
    await this.run(forest, onProgress);
    const found: Summary[] = [];
    for (const { task } of forest) {
      const summary = decodeSummary(await this.get(task.name));
      if (!isOf(summary, this.settings, sample)) throw foreign(task.name, "it is of other columns or rows");
      found.push(summary);
    }
    this.ranges = this.settings.x.map((_, j) => unionOfRanges(found.map(({ ranges }) => ranges[j])));
    this.boxes = found.map(({ box }, i) => (this.boxes[i].length > 0 ? this.boxes[i] : [box]));
    return found;
  }

  /** What sums tasks ask of each shard: queries that are in the store already, and which of them it need not answer. */
  async ask(
    name: string,
    places: Float64Array,
    bandwidth: readonly number[],
    queries: string,
  ): Promise<(shard: number) => SumsTask> {
    const { shards, boxes } = this;
    const { kernel = "gaussian", shape = "radial" } = this.settings;
    const isUseful = shards.length > 1 && boxes.every(({ length }) => length > 0);
    // Of many, those of shards do: each place is compared with each.
    const all = boxes.flat();
    const isMuch = places.length * all.length > MOST_COMPARISONS;
    const compared = isUseful && isMuch ? boxes.map(unionOf) : all;
    const floors = isUseful
      ? await this.put(
          `${name}.floors`,
          encodeNumbers(logFloors(places, compared, { kernel, shape, bandwidth })),
        )
      : undefined;
    return (i) => {
      const box = floors === undefined ? undefined : unionOf(boxes[i]);
      return { shard: reference(shards[i]), shards: shards.length, queries, bandwidth, floors, box };
    };
  }

  /** A task for each shard, whose results are merged some at a time. */
  mergeTree(name: string, workOf: (shard: number) => Work): TaskNode {
    let level = this.shards.map((_, i) => this.leaf(`${name}/${i}`, workOf(i)));
    for (let depth = 1; level.length > 1; depth++) {
      const merged: TaskNode[] = [];
      for (let first = 0; first < level.length; first += FAN_IN) {
        const children = level.slice(first, first + FAN_IN);
        const of = children.map(({ task }) => task.name);
        const task = this.task(`${name}/${depth}-${merged.length}`, { kind: "merge", of });
        merged.push(children.length === 1 ? children[0] : { task, children });
      }
      level = merged;
    }
    return level[0];
  }

  private leaf(name: string, work: Work): TaskNode {
    return { task: this.task(name, work), children: [] };
  }

  private task(name: string, work: Work): Task {
    return { version, name: `${this.runName}/${name}`, work, settings: this.settings };
  }
}

const foreign = (name: string, fault: string) =>
  new NadarayaError(
    "invalid-input",
    `the result ${name} is not the one of this job: ${fault}; someone else writes into the store`,
  );

/** Whether a summary has the columns of a job, and a sample of the requested size. */
const isOf = ({ rows, box, ranges, sample }: Summary, { x, y }: JobSettings, most: number): boolean =>
  sample.keys.dims === x.length &&
  sample.values.dims === y.length &&
  sample.weights.length === Math.min(most, rows) &&
  box.ranges.length === x.length &&
  ranges.length === x.length;

/** Reads the rows of a shard. @throws NadarayaError that names the row and the column that are wrong */
async function checkRows(shard: ShardFile, settings: JobSettings, run: string): Promise<void> {
  const rows = await new ShardReader().read(shard, settings, run);
  try {
    await summaryOf(rows, settings.missing, 1);
  } catch (error) {
    if (!(error instanceof NadarayaError)) throw error;
    throw new NadarayaError(error.code, `${shard.name}: ${error.message}`, { cause: error });
  }
}

/** As tasks carry it. */
const reference = ({ groups, ...shard }: FoundShard): ShardFile => shard;

function claimedRanges(
  shards: readonly FoundShard[],
  { x, read }: JobSettings,
): readonly (readonly [number, number])[] | undefined {
  const groups = shards.flatMap((shard): readonly (RowGroup | undefined)[] => shard.groups ?? [undefined]);
  if (read?.epoch || groups.some((group) => x.some((column) => !rangeOf(group, column)))) return undefined;
  return x.map((column) => unionOfRanges(groups.map((group) => rangeOf(group, column)!)));
}

/** The range of a column, whose name can be that of a member of Object. */
const rangeOf = (group: RowGroup | undefined, column: string) =>
  group && Object.hasOwn(group.ranges, column) ? group.ranges[column] : undefined;

/** Where the rows of each row group lie, by what its file says; none where it does not, and where rows may be dropped. */
function claimedBoxes(
  { groups = [] }: FoundShard,
  { x, sampleWeights, missing, read }: JobSettings,
): ShardBox[] {
  if (missing === "drop" || read?.epoch) return [];
  const boxes = groups.map((group) => {
    const ranges = x.map((column) => rangeOf(group, column));
    const weights = sampleWeights === undefined ? ([1, 1] as const) : rangeOf(group, sampleWeights);
    return ranges.every(Boolean) && weights ? { rows: group.rows, ranges, weights } : undefined;
  });
  return boxes.includes(undefined) ? [] : (boxes as ShardBox[]);
}
