import type { BandwidthSelection } from "../../bandwidth/selection.ts";
import { NadarayaError, show } from "../../common/errors.ts";
import { assertInternal } from "../../common/internal.ts";
import { checkOptions, isWhole, listOf, refuseTransferred } from "../../common/options.ts";
import type { Whole } from "../../common/progress.ts";
import { isBytes } from "../../common/typed-arrays.ts";
import type { Matrix, Points } from "../../data/matrix.ts";
import { joinRows, leaveOut, type Rows, type RowsInput, readRows } from "../../data/rows.ts";
import { kernels } from "../../kernels/builtin.ts";
import type { CheckedOptions } from "../../partials/partial-options.ts";
import type { PartialSums } from "../../partials/partial-sums.ts";
import type { RunOptions } from "../../problem/problem.ts";
import type { TopWeights, WeightStatistics } from "../query-weights/query-weights.ts";
import { copyOfQueries, type Fitted, RUN_OPTIONS, reaching, readFit, readQueriesFor } from "./fit.ts";
import { save } from "./saved.ts";
import type { Snapshot } from "./snapshot.ts";

/** The attention weights: rows are keys, columns are queries, `data` is row-major. */
export interface WeightMatrix {
  readonly data: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: number;
}

/** What every fitted model has. */
export abstract class KernelModel<S extends Snapshot = Snapshot> implements Disposable {
  /** The class's name, as saved models have it. */
  private readonly kind: string;
  private current: S;
  private disposed = false;
  /** The last change, which the next one waits for. */
  private changes: Promise<void> = Promise.resolve();
  private unfinished = 0;

  protected constructor(token: symbol, snapshot: S, kind: string) {
    assertInternal(token, kind, `await ${kind}.fit({ keys, … })`);
    this.kind = kind;
    this.current = snapshot;
  }

  /** What was chosen, one number per coordinate, in the units of the keys. */
  get bandwidth(): readonly number[] {
    return this.fitted.spec.bandwidth;
  }

  /** How a rule chose it, with every candidate and its score; absent where numbers were given. */
  get selection(): BandwidthSelection | undefined {
    return this.fitted.selection;
  }

  /** The number of keys, without changes that have not been awaited. */
  get size(): number {
    return this.fitted.spec.keys.count;
  }

  /** Rows that were dropped because something was missing in them. */
  get dropped(): number {
    return this.fitted.rows.dropped;
  }

  protected get fitted(): Fitted {
    return this.current.fitted;
  }

  protected get snapshot(): S {
    return this.current;
  }

  /**
   * The weight of every key in the mean of every query: n × m numbers, made only here. Every column sums to 1; of degree 1 and 2 weights may
   * be negative (the equivalent kernel). A column of a query that no key reaches is NaN.
   * @throws NadarayaError "out-of-memory" where so many numbers are more than an array can hold.
   */
  async weights(queries: Points, options: RunOptions = {}): Promise<WeightMatrix> {
    checkOptions(options, RUN_OPTIONS, "weights");
    return this.run(options, queries, async (snapshot, points, part) => {
      const { spec } = snapshot.fitted;
      if (spec.neighbours !== undefined)
        throw new NadarayaError("unsupported", "weights are not available with neighbours; topWeights are");
      const weighing = await snapshot.weighing();
      const data = await weighing.weights(points, part(1));
      return { data, rows: spec.keys.count, columns: points.count };
    });
  }

  /**
   * The `count` heaviest keys of every query and their shares of its weights, in float64; a share that is no float64 is 0. If weights are
   * frequencies, the share of a key is that of all rows that it stands for. Of degree 1 and 2 shares may be negative, and keys are ordered by
   * their size.
   * @throws NadarayaError "invalid-input"
   */
  async topWeights(queries: Points, count: number, options: RunOptions = {}): Promise<TopWeights> {
    checkOptions(options, RUN_OPTIONS, "topWeights");
    if (!isWhole(count, 1))
      throw new NadarayaError("invalid-input", `count is ${show(count)}, expected a whole number from 1 on`);
    return this.run(options, queries, async (snapshot, points, part) => {
      const { topWeights } = await import("../query-weights/query-weights.ts");
      const most = Math.min(count, snapshot.fitted.spec.keys.count);
      return topWeights(snapshot, points, most, part(1));
    });
  }

  /**
   * For every query how many keys its weights are worth, and their entropy, in float64. If weights are frequencies, each of the rows that
   * a key stands for counts. The entropy of negative weights, of degree 1 and 2, is NaN.
   */
  async weightStatistics(queries: Points, options: RunOptions = {}): Promise<WeightStatistics> {
    checkOptions(options, RUN_OPTIONS, "weightStatistics");
    return this.run(options, queries, async (snapshot, points, part) => {
      const { weightStatistics } = await import("../query-weights/query-weights.ts");
      return weightStatistics(snapshot, points, part(1));
    });
  }

  /**
   * Takes away the rows with these indices; the bandwidth stays as it is. Indices are those of the rows that were not dropped, and
   * those after it move up. Calls that are running answer for the model as it was; later calls and changes wait for this one.
   * @throws NadarayaError "invalid-input" for an index that there is not.
   */
  async remove(indices: readonly number[]): Promise<void> {
    this.assertNotDisposed();
    const removed = listOf<number>(indices, "indices");
    return this.change((rows) => leaveOut(rows, removed));
  }

  /**
   * The model as bytes, which the class's `load` reads, without the changes of `add` and `remove` that have not been awaited.
   * @throws NadarayaError "unsupported" with a kernel of your own, or labels that cannot come back: objects, NaN.
   */
  save(): Uint8Array<ArrayBuffer> {
    this.assertNotDisposed();
    const { settings, rows, spec } = this.fitted;
    const { kernel } = spec;
    if (kernels.get(kernel.name) !== kernel)
      throw new NadarayaError("unsupported", `kernel "${kernel.name}" is your own and cannot be saved`);
    const { keys, values, labels, sampleWeights } = rows;
    checkSavable(labels);
    return save({
      kind: this.kind,
      settings: {
        ...settings,
        ...this.ownSettings(),
        kernel: kernel.name,
        bandwidth: this.bandwidth,
        selection: this.selection,
        labels: labels.length > 0 ? labels : undefined,
      },
      arrays: {
        keys,
        values: values.dims > 0 ? values : undefined,
        sampleWeights: sampleWeights && { data: sampleWeights, dims: 1 },
      },
    });
  }

  /** Frees the model's GPU memory, once calls that are running have ended. All later calls throw "disposed". */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.current.retire();
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * Runs a call at these queries on the model with all changes that were requested before. Queries are read before anything is awaited: callers
   * may overwrite arrays once they have the promise.
   * @param work receives the options of its parts, each of which takes a share of the call's progress
   */
  protected async run<T>(
    options: RunOptions,
    queries: Points,
    work: (snapshot: S, points: Matrix, part: Whole["part"]) => Promise<T>,
  ): Promise<T> {
    this.assertNotDisposed();
    if (this.unfinished === 0) return this.runNow(options, queries, work);
    const given = copyOfQueries(queries);
    await this.changes;
    this.assertNotDisposed();
    return this.runNow(options, given, work);
  }

  private runNow<T>(
    { signal, onProgress }: RunOptions,
    queries: Points,
    work: (snapshot: S, points: Matrix, part: Whole["part"]) => Promise<T>,
  ): Promise<T> {
    const { current } = this;
    return current.use(async () => {
      const points = await pointsOf(current, queries);
      if (!onProgress) return work(current, points, () => ({ signal }));
      const { asWhole } = await import("../../common/progress.ts");
      return asWhole({ signal, onProgress }, ({ part }) => work(current, points, part));
    });
  }

  /**
   * The sums of the rows at these queries, which are read before anything is awaited.
   * @param check throws for models without such sums
   */
  protected async sumsOf(
    queries: Points,
    options: RunOptions,
    checked: CheckedOptions,
    check: (snapshot: S) => void = () => {},
  ): Promise<PartialSums> {
    const given = copyOfQueries(queries);
    return this.run(options, [], async (snapshot, _, part) => {
      check(snapshot);
      const { sumsOfModel } = await import("../../partials/compute.ts");
      return sumsOfModel(snapshot.fitted, snapshot.problems[0], given, checked, part);
    });
  }

  /** Adds rows, which are read at once. */
  protected async extend(input: RowsInput): Promise<void> {
    this.assertNotDisposed();
    const more = readRows(input, this.fitted.spec.engine);
    more.catch(() => {}); // seen when it is this change's turn
    return this.change(async (rows) => joinRows(rows, await more));
  }

  /** What a subclass was asked for besides what all have. */
  protected ownSettings(): Readonly<Record<string, unknown>> {
    return {};
  }

  /** The snapshot of what was fitted. */
  protected abstract take(fitted: Fitted): Promise<S>;

  private assertNotDisposed(): void {
    this.fitted.spec.engine.assertNotDisposed();
    if (this.disposed) throw new NadarayaError("disposed", "this model was disposed of");
  }

  /** Changes the rows, after all changes that were asked for before. */
  private change(change: (rows: Rows) => Rows | Promise<Rows>): Promise<void> {
    this.unfinished++;
    const done = this.changes.then(async () => {
      this.assertNotDisposed();
      const { settings, selection, spec, rows: before, onWarning } = this.fitted;
      const { bandwidth, engine } = spec;
      const rows = await change(before);
      const { keys, values, labels, sampleWeights } = rows;
      const input = {
        ...{ keys, labels, sampleWeights },
        values: values.dims > 0 ? values : undefined,
        bandwidth,
      };
      const read = await readFit({ ...settings, ...input }, { engine, onWarning }, neverAsked);
      const next = await this.take({ ...read, selection, rows: { ...read.rows, dropped: rows.dropped } });
      const last = this.current;
      this.current = next;
      if (this.disposed) next.retire();
      last.retire();
    });
    this.changes = done
      .catch(() => {})
      .finally(() => {
        this.unfinished--;
      });
    return done;
  }
}

/** Queries that fit the keys, each with its bandwidth where it has one. */
export async function pointsOf({ fitted: { spec }, problems }: Snapshot, queries: Points): Promise<Matrix> {
  return reaching(spec, await readQueriesFor(spec, queries), problems[0]);
}

/** A saved model as input for `fit`; the bytes are copied before anything is awaited. */
export async function saved<Input>(bytes: Uint8Array, kind: string): Promise<Input> {
  refuseTransferred(bytes, "bytes");
  const copied = isBytes(bytes) ? new Uint8Array(bytes) : bytes;
  return (await import("./load.ts")).readSaved<Input>(copied, kind);
}

/** JSON keeps strings, booleans and finite numbers, and nothing else as it was. */
function checkSavable(labels: readonly unknown[]): void {
  const lost = labels.findIndex(
    (label) => !(typeof label === "string" || typeof label === "boolean" || Number.isFinite(label)),
  );
  if (lost >= 0)
    throw new NadarayaError(
      "unsupported",
      `labels[${lost}] is ${show(labels[lost])}, expected a string, a boolean or a finite number: others cannot be saved`,
    );
}

const neverAsked = () => Promise.reject(new Error("a number is no rule"));
