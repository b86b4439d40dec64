/** Kernel classification: the weights of all keys of a class sum to its probability; with priors, Parzen's discriminant. */

import { NadarayaError, show } from "../../common/errors.ts";
import { INTERNAL } from "../../common/internal.ts";
import { checkOptions, listOf, optionNames } from "../../common/options.ts";
import type { Whole } from "../../common/progress.ts";
import { MAX_COLUMNS, type Matrix, type Points } from "../../data/matrix.ts";
import type { LoadedProblem, Sums, SumsOptions, Totals } from "../../problem/problem.ts";
import { sharesOf } from "../../weighting/class-shares.ts";
import { type KernelSpec, problemOf } from "../../weighting/kernel-spec.ts";
import { checkEmptyPolicy, type EmptyPolicy, fillEmptyWindows } from "../model/empty-window.ts";
import {
  checkFit,
  type FitOptions,
  type Fitted,
  KEY_OPTIONS,
  type KernelInput,
  PREDICT_OPTIONS,
  type PredictOptions,
  type RunReport,
  readFit,
  reportOf,
  sumsOptions,
} from "../model/fit.ts";
import { KernelModel, saved } from "../model/model.ts";
import { Snapshot } from "../model/snapshot.ts";
import { type Coded, coded, oneHot } from "./labels.ts";
import { type Priors, priorsOf, readPriors, weighedBy } from "./priors.ts";
import type { ClassifierScore } from "./score.ts";

/** Keys with a label each, and the priors of the classes. */
export interface ClassifierInput<L> extends KernelInput {
  /** One label a key: strings, numbers, booleans, or anything that a Set can tell apart. */
  readonly labels: readonly L[] | ArrayLike<L>;
  /**
   * How probable each class is before a query is seen: "shares" (by default), as often as it occurs among the keys; "equal"; or
   * one positive number a class, in the order of `classes`. The probabilities are then those of the Parzen-window
   * discriminant, π_c f_c(q) / Σ π f, with a density f_c of each class's keys (Parzen 1962; Specht 1990).
   */
  readonly priors?: "shares" | "equal" | ArrayLike<number>;
}

/** Options of a classifier's `predict`. */
export interface ClassifierPredictOptions extends PredictOptions {
  /** What to return for a query that no key reaches: "mean" gives the classes' priors. */
  readonly empty?: EmptyPolicy;
}

const CLASSIFIER_INPUT = optionNames<ClassifierInput<unknown>>()({ labels: true, priors: true }, KEY_OPTIONS);
const CLASSIFIER_PREDICT_OPTIONS = optionNames<ClassifierPredictOptions>()({ empty: true }, PREDICT_OPTIONS);

/** Labels and probabilities for each query. */
export interface Classification<L> {
  /** The most probable class; the first of equals, up to rounding (2e-6 in single precision and by "expand"); undefined where no key is in reach. */
  readonly labels: (L | undefined)[];
  /**
   * m × classes, row-major; rows sum to 1, or are NaN where no key is in reach. Each is known to an absolute error, as means are: at most
   * 1e-5 in single precision, `tolerance` by "cull" and "expand". A probability below that may be 0, and its logarithm says nothing.
   */
  readonly probability: Float64Array;
  readonly report: RunReport;
}

/** Classification by Parzen's discriminant: the shares of each class in the kernel-weighted neighbourhood of a query. */
export class KernelClassifier<L> extends KernelModel<ClassSnapshot<L>> {
  private constructor(token: symbol, snapshot: ClassSnapshot<L>) {
    super(token, snapshot, "KernelClassifier");
  }

  /** @throws NadarayaError as KernelRegression.fit; labels take the place of values. */
  static async fit<L>(input: ClassifierInput<L>, options: FitOptions = {}): Promise<KernelClassifier<L>> {
    checkFit("KernelClassifier.fit", input, CLASSIFIER_INPUT, options);
    const { labels } = input;
    if (labels === undefined || labels === null)
      throw new NadarayaError("invalid-input", `labels is ${show(labels)}, expected one for each key`);
    const { priors = "shares", ...given } = { ...input, labels };
    const copiedPriors =
      Array.isArray(priors) || ArrayBuffer.isView(priors) ? listOf<number>(priors, "priors") : priors;
    const fitted = await readFit(given, options, async (rule, request, { labels, places }, run) => {
      const { selectForClasses } = await import("../../bandwidth/select-classes.ts");
      const { classes, codes } = coded(labels, request.keys, places);
      const shares = sharesOf(codes, classes.length, request.sampling?.weights);
      const requested = readPriors(copiedPriors, classes);
      const own = requested === "shares" ? undefined : priorsOf(requested, shares);
      const columnsOf = (first: number, columns: number) => oneHot(codes, first, columns);
      return selectForClasses(rule, request, { codes, shares, priors: own, oneHot: columnsOf }, run);
    });
    return new KernelClassifier(
      INTERNAL,
      await ClassSnapshot.of<L>(fitted, (classes) => readPriors(copiedPriors, classes)),
    );
  }

  /** A model that was saved, whose labels were strings, numbers or booleans. @throws NadarayaError "invalid-input" */
  static async load<L>(bytes: Uint8Array, options: FitOptions = {}): Promise<KernelClassifier<L>> {
    return KernelClassifier.fit(await saved<ClassifierInput<L>>(bytes, "KernelClassifier"), options);
  }

  /** The distinct labels, sorted where they are all numbers or all strings, else as they first appear. */
  get classes(): readonly L[] {
    return this.snapshot.classes;
  }

  /** How probable each class is before a query is seen; they sum to 1. */
  get priors(): Float64Array {
    return this.snapshot.priors.slice();
  }

  /** @throws NadarayaError "invalid-input", "empty-window", "out-of-memory", "device-lost"; the signal's reason if aborted. */
  async predict(queries: Points, options: ClassifierPredictOptions = {}): Promise<Classification<L>> {
    checkOptions(options, CLASSIFIER_PREDICT_OPTIONS, "predict");
    const start = performance.now();
    const requested = sumsOptions(options);
    const policy = checkEmptyPolicy(options.empty);
    return this.run(options, queries, async (snapshot, points, part) => {
      const { classes, codes, priors, problems } = snapshot;
      const k = classes.length;
      const { probability, sums, settled } = await posteriorsAt(snapshot, points, requested, part, "none");
      const write = (q: number, row: ArrayLike<number>) => probability.set(row, q * k);
      const certainty = (key: number) =>
        Float64Array.from({ length: k }, (_, code) => (code === codes[key] ? 1 : 0));
      fillEmptyWindows(policy, problems[0], points, sums[0].empty, write, certainty, priors);
      return { labels: settled(), probability, report: reportOf(sums, points.count * codes.length, start) };
    });
  }

  /** How well the classes of labelled queries are predicted. @throws NadarayaError "invalid-input" */
  async score(queries: Points, labels: ArrayLike<L>, options: PredictOptions = {}): Promise<ClassifierScore> {
    checkOptions(options, PREDICT_OPTIONS, "score");
    const requested = sumsOptions(options);
    const truth = listOf<L>(labels, "labels");
    return this.run(options, queries, async (snapshot, points, part) => {
      const half = (share: number) => part(share / 2);
      const { probability, sums, settled } = await posteriorsAt(snapshot, points, requested, half, "log");
      const [{ totals, empty }] = sums;
      const found = { labels: settled(), probability, logSums: totals!, emptyQueries: empty.length };
      const { scoreOf } = await import("./score.ts");
      return scoreOf(snapshot, points, truth, found, requested, part);
    });
  }

  /**
   * Adds keys with their labels; the bandwidth stays as it is. Classes and priors become those of a fit to all rows.
   * @throws NadarayaError "invalid-input", also for a label that has no prior in the list that was given
   */
  async add(keys: Points, labels: ArrayLike<L>, sampleWeights?: KernelInput["sampleWeights"]): Promise<void> {
    return this.extend({ keys, labels: listOf<L>(labels, "labels"), sampleWeights });
  }

  protected override take(fitted: Fitted): Promise<ClassSnapshot<L>> {
    const { requested: asked, classes: before } = this.snapshot;
    if (typeof asked === "string") return ClassSnapshot.of<L>(fitted, () => asked);
    // A list of priors stays with its labels.
    const priorOf = new Map(before.map((label, code) => [label, asked[code]]));
    return ClassSnapshot.of<L>(fitted, (classes) => {
      const unknown = classes.find((label) => !priorOf.has(label));
      const gone = before.find((label) => !classes.includes(label));
      if (unknown === undefined && gone === undefined) return classes.map((label) => priorOf.get(label)!);
      const named = before.map(show).join(", ");
      const what =
        unknown === undefined ? `leaves no row of ${show(gone)}` : `brings the label ${show(unknown)}`;
      throw new NadarayaError(
        "invalid-input",
        `the change ${what}, but priors were given as a list, for ${named}: fit again with one for all classes`,
      );
    });
  }

  protected override ownSettings() {
    return { priors: this.snapshot.requested };
  }
}

/** A classifier at one time. */
class ClassSnapshot<L> extends Snapshot {
  readonly classes: readonly L[];
  /** For each key the index of its class. */
  readonly codes: Uint32Array;
  readonly priors: Float64Array;
  /** The keys with weights whose sums over classes are in the proportions of the posteriors. */
  readonly weighed: KernelSpec;
  /** As they were asked for; a list in the order of `classes`. */
  readonly requested: Priors;

  private constructor(
    fitted: Fitted,
    problems: readonly LoadedProblem[],
    { classes, codes }: Coded<L>,
    asked: Priors,
    priors: Float64Array,
    weighed: KernelSpec,
  ) {
    super(fitted, problems);
    this.classes = Object.freeze([...classes]);
    this.codes = codes;
    this.requested = asked;
    this.priors = priors;
    this.weighed = weighed;
  }

  static async of<L>(
    fitted: Fitted,
    priorsFor: (classes: readonly L[]) => Priors,
  ): Promise<ClassSnapshot<L>> {
    const { labels, places, sampleWeights } = fitted.rows;
    const found = coded(labels as readonly L[], fitted.spec.keys, places);
    const { classes, codes } = found;
    const requested = priorsFor(classes);
    const shares = sharesOf(codes, classes.length, sampleWeights);
    let priors = shares;
    let { spec } = fitted;
    if (requested !== "shares") {
      priors = priorsOf(requested, shares);
      spec = weighedBy(priors, shares, codes, spec);
    }
    return new ClassSnapshot(fitted, await loadClasses(spec, found), found, requested, priors, spec);
  }
}

/** The probability of each class at each query: m × classes, with the labels of what is settled. */
async function posteriorsAt<L>(
  { classes, problems }: ClassSnapshot<L>,
  points: Matrix,
  requested: SumsOptions,
  part: Whole["part"],
  totals: Totals,
) {
  const m = points.count;
  const k = classes.length;
  const probability = new Float64Array(m * k).fill(NaN);
  const sums: Sums[] = [];
  for (const [index, problem] of problems.entries()) {
    const some = await problem.sums(points, { ...requested, ...part(1 / problems.length) }, totals);
    const first = index * MAX_COLUMNS;
    const columns = Math.min(MAX_COLUMNS, k - first);
    for (let q = 0; q < m; q++)
      probability.set(some.mean.subarray(q * columns, (q + 1) * columns), q * k + first);
    sums.push(some);
  }
  const isRounded = sums.some(({ precision, method }) => precision === "single" || method === "expand");
  const settled = () =>
    Array.from(
      { length: m },
      (_, q) => classes[settle(probability.subarray(q * k, (q + 1) * k), isRounded ? 2e-6 : 1e-12)],
    );
  return { probability, sums, settled };
}

/** Up to 16 classes each. */
async function loadClasses<L>(spec: KernelSpec, { classes, codes }: Coded<L>): Promise<LoadedProblem[]> {
  const problems: LoadedProblem[] = [];
  for (let first = 0; first < classes.length; first += MAX_COLUMNS) {
    const columns = Math.min(MAX_COLUMNS, classes.length - first);
    problems.push(await spec.engine.load(problemOf(spec, oneHot(codes, first, columns))));
  }
  return problems;
}

/**
 * Rounds off: probabilities are at least 0 and sum to 1. Returns the index of the largest, −1 where they are NaN.
 * @param rounding the first of those that are so close to the largest is taken for it
 */
function settle(row: Float64Array, rounding: number): number {
  let [total, most] = [0, 0];
  for (let c = 0; c < row.length; c++) {
    row[c] = Math.max(row[c], 0);
    total += row[c];
    most = Math.max(most, row[c]);
  }
  for (let c = 0; c < row.length; c++) row[c] /= total;
  return row.findIndex((each) => each >= most / total - rounding);
}
