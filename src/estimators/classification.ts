/** Kernel classification: the regression of one-hot labels, whose means are the classes' probabilities. */
import { type Selection, selectForClasses } from "../bandwidth/select.ts";
import { MAX_COLUMNS, type Matrix, type Points } from "../data.ts";
import type { LoadedProblem, RunOptions } from "../engine/types.ts";
import { NadarayaError, show } from "../errors.ts";
import { problemOf, type Weighing } from "../weighing.ts";
import { checkEmptyPolicy, type EmptyPolicy, fillEmptyWindows } from "./empty-window.ts";
import {
  type FitOptions,
  type KernelInput,
  type PredictOptions,
  type Report,
  readQueriesFor,
  readWeighing,
  reportOf,
  sumsOptions,
} from "./fit.ts";

export interface ClassifierInput<L> extends KernelInput {
  /** One label a key: strings, numbers, booleans, or anything that a Set can tell apart. */
  readonly labels: readonly L[] | ArrayLike<L>;
}

export interface ClassifierPredictOptions extends PredictOptions {
  /** What to return for a query that no key reaches: "mean" gives the classes' shares of the keys. */
  readonly empty?: EmptyPolicy;
}

export interface Classification<L> {
  /** The most probable class; the first of equals; undefined where no key is in reach. */
  readonly labels: (L | undefined)[];
  /** m × classes, row-major; rows sum to 1, or are NaN where no key is in reach. */
  readonly probability: Float64Array;
  readonly report: Report;
}

export class KernelClassifier<L> implements Disposable {
  /** The distinct labels, sorted where they are all numbers or all strings, else as they first appear. */
  readonly classes: readonly L[];
  /** What was chosen, one number per coordinate, in the units of the keys. */
  readonly bandwidth: readonly number[];
  /** How a rule chose it, with every candidate and its score; absent where numbers were given. */
  readonly selection: Selection | undefined;
  private readonly weighing: Weighing;
  /** For each key the index of its class. */
  private readonly codes: Uint32Array;
  /** Up to 16 classes each. */
  private readonly problems: readonly LoadedProblem[];

  private constructor(
    weighing: Weighing,
    selection: Selection | undefined,
    classes: readonly L[],
    codes: Uint32Array,
    problems: readonly LoadedProblem[],
  ) {
    this.weighing = weighing;
    this.bandwidth = weighing.bandwidth;
    this.selection = selection;
    this.classes = classes;
    this.codes = codes;
    this.problems = problems;
  }

  /** @throws NadarayaError as KernelRegression.fit; labels take the place of values. */
  static async fit<L>(input: ClassifierInput<L>, options: FitOptions = {}): Promise<KernelClassifier<L>> {
    options.signal?.throwIfAborted();
    const labels = Array.from(input.labels ?? []);
    const missing = labels.findIndex((label) => label === undefined || label === null);
    if (missing >= 0)
      throw new NadarayaError(
        "invalid-input",
        `labels[${missing}] is ${show(labels[missing])}, expected a label`,
      );
    const classes = distinct(labels);
    const codeOf = new Map(classes.map((label, code) => [label, code]));
    const codes = Uint32Array.from(labels, (label) => codeOf.get(label)!);
    const { weighing, selection } = await readWeighing(input, options, (rule, given) => {
      checkCount(labels, given.keys);
      return selectForClasses(rule, given, () => columnsOf(codes, classes.length), options);
    });
    const { keys, engine } = weighing;
    checkCount(labels, keys);
    const problems: LoadedProblem[] = [];
    for (let first = 0; first < classes.length; first += MAX_COLUMNS) {
      const columns = Math.min(MAX_COLUMNS, classes.length - first);
      problems.push(await engine.load(problemOf(weighing, oneHot(codes, first, columns))));
    }
    return new KernelClassifier(weighing, selection, classes, codes, problems);
  }

  /** @throws NadarayaError "invalid-input", "empty-window", "out-of-memory", "device-lost"; the signal's reason if aborted. */
  async predict(queries: Points, options: ClassifierPredictOptions = {}): Promise<Classification<L>> {
    const start = performance.now();
    const asked = sumsOptions(options);
    const policy = checkEmptyPolicy(options.empty);
    const points = await readQueriesFor(this.weighing, queries);
    const m = points.count;
    const k = this.classes.length;
    const probability = new Float64Array(m * k);
    const all = [];
    for (const [index, problem] of this.problems.entries()) {
      const sums = await problem.sums(
        points,
        { ...asked, ...partOf(options, index, this.problems.length) },
        "none",
      );
      const first = index * MAX_COLUMNS;
      const columns = Math.min(MAX_COLUMNS, k - first);
      for (let q = 0; q < m; q++) {
        probability.set(sums.mean.subarray(q * columns, (q + 1) * columns), q * k + first);
      }
      all.push(sums);
    }
    const { codes } = this;
    const write = (q: number, row: ArrayLike<number>) => probability.set(row, q * k);
    const certainty = (key: number) =>
      Float64Array.from({ length: k }, (_, code) => (code === codes[key] ? 1 : 0));
    fillEmptyWindows(policy, this.problems[0], points, all[0].empty, write, certainty, this.shares());
    const labels = Array.from(
      { length: m },
      (_, q) => this.classes[settle(probability.subarray(q * k, (q + 1) * k))],
    );
    const pairs = m * this.weighing.keys.count;
    return { labels, probability, report: reportOf(all, pairs, start) };
  }

  /** Each class's share of the keys. */
  private shares(): Float64Array {
    const shares = new Float64Array(this.classes.length);
    for (const code of this.codes) shares[code] += 1 / this.codes.length;
    return shares;
  }

  /** Frees the model's GPU memory. */
  dispose(): void {
    for (const problem of this.problems) problem.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Rounds off: probabilities are at least 0 and sum to 1. Returns the index of the largest, −1 where they are NaN. */
function settle(row: Float64Array): number {
  let best = -1;
  let total = 0;
  for (let c = 0; c < row.length; c++) {
    row[c] = Math.max(row[c], 0);
    total += row[c];
    if (row[c] > (row[best] ?? -1)) best = c;
  }
  for (let c = 0; c < row.length; c++) row[c] /= total;
  return best;
}

function checkCount(labels: readonly unknown[], keys: Matrix): void {
  if (labels.length === keys.count) return;
  throw new NadarayaError(
    "invalid-input",
    `labels has ${labels.length} entries, expected ${keys.count}, one for each key`,
  );
}

/** All classes as columns. @throws NadarayaError "unsupported" where they are too many. */
function columnsOf(codes: Uint32Array, classes: number): Matrix {
  if (classes <= MAX_COLUMNS) return oneHot(codes, 0, classes);
  throw new NadarayaError(
    "unsupported",
    `bandwidth "loo" takes up to ${MAX_COLUMNS} classes, there are ${classes}`,
  );
}

function oneHot(codes: Uint32Array, first: number, columns: number): Matrix {
  const data = new Float64Array(codes.length * columns);
  codes.forEach((code, i) => {
    if (code >= first && code < first + columns) data[i * columns + code - first] = 1;
  });
  return { data, count: codes.length, dims: columns };
}

function distinct<L>(labels: readonly L[]): L[] {
  const classes = [...new Set(labels)];
  if (classes.every((label) => typeof label === "number"))
    return classes.sort((a, b) => (a as number) - (b as number));
  if (classes.every((label) => typeof label === "string")) return classes.sort();
  return classes;
}

/** Progress of the part `index` of `count`, as progress of the whole. */
function partOf({ signal, onProgress }: RunOptions, index: number, count: number): RunOptions {
  if (!onProgress || count === 1) return { signal, onProgress };
  return {
    signal,
    onProgress: ({ done, total }) => onProgress({ done: index * total + done, total: count * total }),
  };
}
