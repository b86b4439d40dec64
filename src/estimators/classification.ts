/** Kernel classification: the regression of one-hot labels, whose means are the classes' probabilities. */
import { MAX_COLUMNS, type Matrix, type Points } from "../data.ts";
import type { LoadedProblem, RunOptions } from "../engine/types.ts";
import { NadarayaError, show } from "../errors.ts";
import { problemOf } from "../weighing.ts";
import { checkEmptyPolicy, type EmptyPolicy, fillEmptyWindows } from "./empty-window.ts";
import {
  type FitOptions,
  type Fitted,
  type KernelInput,
  type PredictOptions,
  type Report,
  readFit,
  reportOf,
  sumsOptions,
} from "./fit.ts";
import { KernelModel, readSaved } from "./model.ts";

export interface ClassifierInput<L> extends KernelInput {
  /** One label a key: strings, numbers, booleans, or anything that a Set can tell apart. */
  readonly labels: readonly L[] | ArrayLike<L>;
  /**
   * How probable each class is before a query is seen: "shares" (unless told), as often as it occurs among the keys; "equal"; or
   * one positive number a class, in the order of `classes`. The probabilities are then those of the Parzen-window
   * discriminant, π_c f_c(q) / Σ π f, with a density f_c of each class's keys (Parzen 1962; Specht 1990).
   */
  readonly priors?: "shares" | "equal" | readonly number[];
}

export interface ClassifierPredictOptions extends PredictOptions {
  /** What to return for a query that no key reaches: "mean" gives the classes' priors. */
  readonly empty?: EmptyPolicy;
}

export interface Classification<L> {
  /** The most probable class; the first of equals; undefined where no key is in reach. */
  readonly labels: (L | undefined)[];
  /** m × classes, row-major; rows sum to 1, or are NaN where no key is in reach. */
  readonly probability: Float64Array;
  readonly report: Report;
}

export interface ClassifierScore {
  /** The share of queries whose most probable class is the right one. */
  readonly accuracy: number;
  /** The mean of −log of the right class's probability, in nats; probabilities count as at least 1e-15. */
  readonly logLoss: number;
  /** Queries that no key reaches: they count as wrong, with the classes' priors for probabilities. */
  readonly emptyQueries: number;
}

export class KernelClassifier<L> extends KernelModel {
  protected override readonly kind = "KernelClassifier";
  /** The distinct labels, sorted where they are all numbers or all strings, else as they first appear. */
  readonly classes: readonly L[];
  /** How probable each class is before a query is seen; they sum to 1. */
  readonly priors: Float64Array;
  private readonly asked: ClassifierInput<L>["priors"];
  /** For each key the index of its class. */
  private codes: Uint32Array;

  private constructor(
    fitted: Fitted,
    problems: readonly LoadedProblem[],
    { classes, codes }: Coded<L>,
    asked: ClassifierInput<L>["priors"],
  ) {
    super(fitted, problems);
    this.classes = classes;
    this.codes = codes;
    this.asked = asked;
    this.priors = readPriors(asked, this.shares());
  }

  /** @throws NadarayaError as KernelRegression.fit; labels take the place of values. */
  static async fit<L>(input: ClassifierInput<L>, options: FitOptions = {}): Promise<KernelClassifier<L>> {
    const given = { ...input, labels: input.labels ?? [], values: undefined };
    const fitted = await readFit(given, options, async (rule, weighing, { labels }) => {
      const { selectForClasses } = await import("../bandwidth/select.ts");
      const { classes, codes } = coded(labels, weighing.keys);
      return selectForClasses(rule, weighing, () => columnsOf(codes, classes.length), options);
    });
    const own = coded(fitted.rows.labels as readonly L[], fitted.weighing.keys);
    const problems = await loadClasses(fitted, own);
    return new KernelClassifier(fitted, problems, own, input.priors);
  }

  /** A model that was saved, whose labels were strings, numbers or booleans. @throws NadarayaError "invalid-input" */
  static load<L>(bytes: Uint8Array, options: FitOptions = {}): Promise<KernelClassifier<L>> {
    return KernelClassifier.fit(readSaved<ClassifierInput<L>>(bytes, "KernelClassifier"), options);
  }

  /** @throws NadarayaError "invalid-input", "empty-window", "out-of-memory", "device-lost"; the signal's reason if aborted. */
  async predict(queries: Points, options: ClassifierPredictOptions = {}): Promise<Classification<L>> {
    const start = performance.now();
    const asked = sumsOptions(options);
    const policy = checkEmptyPolicy(options.empty);
    const points = await this.points(queries);
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
    const shares = this.shares();
    const factors = this.priors.map((prior, c) => prior / shares[c]);
    for (let i = 0; i < probability.length; i++) probability[i] *= factors[i % k];
    const write = (q: number, row: ArrayLike<number>) => probability.set(row, q * k);
    const certainty = (key: number) =>
      Float64Array.from({ length: k }, (_, code) => (code === codes[key] ? 1 : 0));
    fillEmptyWindows(policy, this.problems[0], points, all[0].empty, write, certainty, this.priors);
    const labels = Array.from(
      { length: m },
      (_, q) => this.classes[settle(probability.subarray(q * k, (q + 1) * k))],
    );
    const pairs = m * this.size;
    return { labels, probability, report: reportOf(all, pairs, start) };
  }

  /** How well the classes of labelled queries are foretold. @throws NadarayaError "invalid-input" */
  async score(queries: Points, labels: ArrayLike<L>, options: PredictOptions = {}): Promise<ClassifierScore> {
    const found = await this.predict(queries, { ...options, empty: "nan" });
    const m = found.labels.length;
    if (labels.length !== m)
      throw new NadarayaError(
        "invalid-input",
        `labels has ${labels.length} entries, expected ${m}, one for each query`,
      );
    let [right, loss] = [0, 0];
    for (let q = 0; q < m; q++) {
      const code = this.classes.indexOf(labels[q]);
      if (found.labels[q] === labels[q]) right++;
      const own = found.probability[q * this.classes.length + code];
      const probability = code < 0 ? 0 : Number.isNaN(own) ? this.priors[code] : own;
      loss -= Math.log(Math.max(probability, 1e-15));
    }
    return { accuracy: right / m, logLoss: loss / m, emptyQueries: found.report.emptyQueries };
  }

  /** Adds keys with labels that are known already; the bandwidth stays as it is. @throws NadarayaError "invalid-input" */
  add(keys: Points, labels: ArrayLike<L>, sampleWeights?: KernelInput["sampleWeights"]): Promise<void> {
    return this.extend({ keys, labels, sampleWeights });
  }

  protected override async load(fitted: Fitted): Promise<readonly LoadedProblem[]> {
    const { classes } = coded(fitted.rows.labels as readonly L[], fitted.weighing.keys);
    if (classes.length !== this.classes.length || classes.some((label) => !this.classes.includes(label))) {
      const named = (list: readonly unknown[]) => list.map(show).join(", ");
      throw new NadarayaError(
        "invalid-input",
        `the classes would be ${named(classes)}, expected ${named(this.classes)} as before`,
      );
    }
    const own = coded(fitted.rows.labels as readonly L[], fitted.weighing.keys, this.classes);
    const problems = await loadClasses(fitted, own);
    this.codes = own.codes;
    return problems;
  }

  protected override ownSettings() {
    return { priors: this.asked };
  }

  /** Each class's share of the keys, by their weights. */
  private shares(): Float64Array {
    const { sampleWeights } = this.fitted.rows;
    const shares = new Float64Array(this.classes.length);
    let all = 0;
    for (const [i, code] of this.codes.entries()) {
      const own = sampleWeights ? sampleWeights[i] : 1;
      shares[code] += own;
      all += own;
    }
    return shares.map((share) => share / all);
  }
}

function readPriors(
  priors: ClassifierInput<unknown>["priors"] = "shares",
  shares: Float64Array,
): Float64Array {
  if (priors === "shares") return shares;
  if (priors === "equal") return shares.map(() => 1 / shares.length);
  if (
    !Array.isArray(priors) ||
    priors.length !== shares.length ||
    !priors.every((p) => p > 0 && p < Infinity)
  ) {
    throw new NadarayaError(
      "invalid-input",
      `priors is ${show(priors)}, expected "shares", "equal" or ${shares.length} positive numbers, one for each class`,
    );
  }
  const all = priors.reduce((sum, p) => sum + p);
  return Float64Array.from(priors, (p) => p / all);
}

/** Up to 16 classes each. */
async function loadClasses<L>({ weighing }: Fitted, { classes, codes }: Coded<L>): Promise<LoadedProblem[]> {
  const problems: LoadedProblem[] = [];
  for (let first = 0; first < classes.length; first += MAX_COLUMNS) {
    const columns = Math.min(MAX_COLUMNS, classes.length - first);
    problems.push(await weighing.engine.load(problemOf(weighing, oneHot(codes, first, columns))));
  }
  return problems;
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

interface Coded<L> {
  readonly classes: readonly L[];
  /** For each key the index of its class. */
  readonly codes: Uint32Array;
}

function coded<L>(labels: readonly L[], keys: Matrix, known?: readonly L[]): Coded<L> {
  if (labels.length !== keys.count) {
    throw new NadarayaError(
      "invalid-input",
      `labels has ${labels.length} entries, expected ${keys.count}, one for each key`,
    );
  }
  const missing = labels.findIndex((label) => label === undefined || label === null);
  if (missing >= 0) {
    throw new NadarayaError(
      "invalid-input",
      `labels[${missing}] is ${show(labels[missing])}, expected a label`,
    );
  }
  const classes = known ?? distinct(labels);
  const codeOf = new Map(classes.map((label, code) => [label, code]));
  return { classes, codes: Uint32Array.from(labels, (label) => codeOf.get(label)!) };
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
