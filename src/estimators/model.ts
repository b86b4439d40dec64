/** What all estimators are: keys that were read and weighed, held by an engine, to which rows may be added and taken away. */
import type { Selection } from "../bandwidth/select.ts";
import type { Matrix, Points } from "../data.ts";
import type { LoadedProblem, RunOptions } from "../engine/types.ts";
import { NadarayaError, show } from "../errors.ts";
import { kernels } from "../kernels.ts";
import { joinRows, leaveOut, type Rows, type RowsInput, readRows } from "../rows.ts";
import type { Weighing } from "../weighing.ts";
import { type Fitted, reaching, readFit, readQueriesFor } from "./fit.ts";
import type { TopWeights, WeightStatistics } from "./query-weights.ts";
import { load, type Saved, save } from "./saved.ts";

/** The attention weights: rows are keys, columns are queries, `data` is row-major. */
export interface WeightMatrix {
  readonly data: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: number;
}

export abstract class KernelModel implements Disposable {
  protected fitted: Fitted;
  /** One, or several where there are more columns than one may have. */
  protected problems: readonly LoadedProblem[];

  protected constructor(fitted: Fitted, problems: readonly LoadedProblem[]) {
    this.fitted = fitted;
    this.problems = problems;
  }

  /** What was chosen, one number per coordinate, in the units of the keys. */
  get bandwidth(): readonly number[] {
    return this.fitted.weighing.bandwidth;
  }

  /** How a rule chose it, with every candidate and its score; absent where numbers were given. */
  get selection(): Selection | undefined {
    return this.fitted.selection;
  }

  /** The number of keys. */
  get size(): number {
    return this.fitted.weighing.keys.count;
  }

  /** Rows that were dropped because something was missing in them. */
  get dropped(): number {
    return this.fitted.rows.dropped;
  }

  protected get weighing(): Weighing {
    return this.fitted.weighing;
  }

  /**
   * The weight of every key for every query: n × m numbers, made only here. A column of a query that no key reaches
   * is NaN.
   */
  async weights(queries: Points, options: RunOptions = {}): Promise<WeightMatrix> {
    if (this.weighing.neighbours !== undefined)
      throw new NadarayaError("unsupported", "weights are not available with neighbours; topWeights are");
    const points = await readQueriesFor(this.weighing, queries);
    const data = await this.problems[0].weights(points, options);
    return { data, rows: this.size, columns: points.count };
  }

  /**
   * The `count` heaviest keys of every query and their shares of its weights, in float64.
   * @throws NadarayaError "invalid-input"
   */
  async topWeights(queries: Points, count: number, options: RunOptions = {}): Promise<TopWeights> {
    if (!(Number.isInteger(count) && count >= 1))
      throw new NadarayaError("invalid-input", `count is ${show(count)}, expected a whole number from 1 on`);
    const { topWeights } = await import("./query-weights.ts");
    return topWeights(this.problems[0], await this.points(queries), Math.min(count, this.size), options);
  }

  /** For every query how many keys its weights are worth, and their entropy, in float64. */
  async weightStatistics(queries: Points, options: RunOptions = {}): Promise<WeightStatistics> {
    const { weightStatistics } = await import("./query-weights.ts");
    return weightStatistics(this.problems[0], await this.points(queries), options);
  }

  /**
   * Takes away the rows with these indices; the bandwidth stays as it is. Indices are those of the rows that were not dropped, and
   * those after it move up.
   * @throws NadarayaError "invalid-input" for an index that there is not.
   */
  async remove(indices: readonly number[]): Promise<void> {
    await this.refit(leaveOut(this.fitted.rows, indices));
  }

  /** The model as bytes, which the class's `load` reads. @throws NadarayaError "unsupported" with a kernel of your own. */
  save(): Uint8Array<ArrayBuffer> {
    const { settings, rows } = this.fitted;
    const { kernel } = this.weighing;
    if (kernels.get(kernel.name) !== kernel)
      throw new NadarayaError("unsupported", `kernel "${kernel.name}" is your own and cannot be saved`);
    const { keys, values, labels, sampleWeights } = rows;
    return save({
      kind: this.kind,
      settings: {
        ...settings,
        ...this.ownSettings(),
        kernel: kernel.name,
        bandwidth: this.bandwidth,
        labels,
      },
      arrays: {
        keys,
        values: values.dims > 0 ? values : undefined,
        sampleWeights: sampleWeights && { data: sampleWeights, dims: 1 },
      },
    });
  }

  /** Frees the model's GPU memory. */
  dispose(): void {
    for (const problem of this.problems) problem.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Queries that fit the keys, each with its width where it has one. */
  protected async points(queries: Points): Promise<Matrix> {
    return reaching(this.weighing, await readQueriesFor(this.weighing, queries), this.problems[0]);
  }

  protected async extend(input: RowsInput): Promise<void> {
    await this.refit(joinRows(this.fitted.rows, await readRows(input, this.weighing.engine)));
  }

  /** What a subclass was asked for beside what all have. */
  protected ownSettings(): Readonly<Record<string, unknown>> {
    return {};
  }

  /** The class's name, as saved models have it. */
  protected abstract readonly kind: string;
  /** Loads the problems of what was fitted. */
  protected abstract load(fitted: Fitted): Promise<readonly LoadedProblem[]>;

  private async refit(rows: Rows): Promise<void> {
    const { settings, selection } = this.fitted;
    const { bandwidth, engine } = this.weighing;
    const { keys, values, labels, sampleWeights } = rows;
    const input = {
      ...{ keys, labels, sampleWeights },
      values: values.dims > 0 ? values : undefined,
      bandwidth,
    };
    const read = await readFit({ ...settings, ...input }, { engine }, neverAsked);
    const fitted = { ...read, selection, rows: { ...read.rows, dropped: rows.dropped } };
    const problems = await this.load(fitted);
    this.dispose();
    this.fitted = fitted;
    this.problems = problems;
  }
}

const neverAsked = () => Promise.reject(new Error("a number is no rule"));

/** What `save` wrote, as input for `fit`. */
export function readSaved<Input>(bytes: Uint8Array, kind: string): Input {
  const { settings, arrays }: Saved = load(bytes, kind);
  const { keys, values, sampleWeights } = arrays;
  return { ...settings, keys, values, sampleWeights: sampleWeights?.data } as Input;
}
