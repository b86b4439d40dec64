/** Asks the library what a case asks for, as a user would: fits, changes, saves, loads, calls. */
import { copyOf } from "../../gpu/copy.ts";
import { Usage } from "../../gpu/device.ts";
import { StorageUsage } from "../../gpu/gpu.ts";
import {
  type BandwidthSelection,
  defineKernel,
  type Engine,
  KernelClassifier,
  KernelDensity,
  type KernelInput,
  type KernelModel,
  KernelRegression,
  type Points,
  type PredictOptions,
} from "../../index.ts";
import {
  decodePartial,
  densitiesOfSums,
  encodePartial,
  logWeightsOfSums,
  meansOfSums,
  mergePartialSums,
  type PartialSums,
} from "../../partials/index.ts";
import { contextOf, gpuOf } from "../engines.ts";
import {
  type CaseData,
  fittedRows,
  givenOf,
  isMerged,
  LEVELS,
  MORE,
  type PlainRows,
  shardsOf,
  type Table,
  type Unit,
} from "./data.ts";
import type { Case } from "./features.ts";

/** Named results in the caller's units, row-major. */
export interface Answer {
  readonly results: Readonly<Record<string, ArrayLike<number>>>;
  /** What was chosen or given, in the caller's units. */
  readonly bandwidth: readonly number[];
  /** How many times the chosen bandwidth, of all coordinates together, the least and the largest are that the rule has tried. */
  readonly searched?: readonly [number, number];
}

/** Probabilities of quantiles: no share of equal weights is near them. */
export const PROBABILITIES = [0.1337, 0.5119, 0.8713] as const;
/** Thresholds of distributions, as plain numbers. */
export const THRESHOLDS = [-0.52, 0.31, 1.13] as const;
/** Here the library's series for Student's t is as good as exact, which it is not at 0.9 (covering.test.ts). */
export const CONFIDENCE = 0.4;
export const REPLICATES = 400;
export const TOP = 3;
/** The bandwidth of conditional densities in the values' direction, as a plain number. */
export const VALUE_WIDTH = 0.7;
/** The priors of the first class, and of each of the others, before they are made to sum to 1. */
export const PRIORS = [20, 1] as const;

/** A kernel of a caller's own, which is the reference's "rational-quadratic". */
const OWN = defineKernel({ name: "mine", wgsl: "1.0 / (1.0 + 0.5 * x)", argument: "squared" });

type Cells = (number | null)[][];
/** Rows in a caller's units, in arrays that it may write to. */
interface GivenRows {
  readonly keys: Cells;
  readonly values: Cells;
  readonly labels: (string | null)[];
  readonly sampleWeights?: (number | null)[];
}

export function ask(engine: Engine, given: Case, data: CaseData): Promise<Answer> {
  return new Asking(engine, given, data).answer();
}

class Asking {
  private readonly engine: Engine;
  private readonly given: Case;
  private readonly data: CaseData;
  private searched: Answer["searched"];

  constructor(engine: Engine, given: Case, data: CaseData) {
    this.engine = engine;
    this.given = given;
    this.data = data;
  }

  async answer(): Promise<Answer> {
    return { ...(await this.ask()), searched: this.searched };
  }

  private ask(): Promise<Answer> {
    const { asked } = this.given;
    if (asked === "density") return this.ofDensity();
    if (asked === "classes" || asked === "classes with priors") return this.ofClassifier();
    if (isMerged(this.given)) return this.ofPartials();
    return this.ofRegression();
  }

  private async ofDensity(): Promise<Answer> {
    const model = await this.density(this.data);
    const { logDensity } = await this.withQueries((queries) => model.evaluate(queries, this.method()));
    return { results: { logDensity }, bandwidth: model.bandwidth };
  }

  private async density(plain: PlainRows, bandwidth?: readonly number[]): Promise<KernelDensity> {
    const { engine, given } = this;
    const input = { ...this.input(), ...(bandwidth && { bandwidth }), ...this.regressionOnly() };
    const model = await this.lend(this.givenRows(fittedRows(given, plain)), ({ keys, sampleWeights }) =>
      KernelDensity.fit({ ...input, keys, sampleWeights } as KernelInput, { engine, onWarning: () => {} }),
    );
    return this.changed(
      model,
      (bytes) => KernelDensity.load(bytes, { engine }),
      ({ keys, sampleWeights }) => model.add(keys as Points, sampleWeights),
      plain,
    );
  }

  private async ofClassifier(): Promise<Answer> {
    const { engine, given } = this;
    const rows = fittedRows(given, this.data);
    const count = new Set(rows.labels).size;
    const priors =
      given.asked === "classes" ? undefined : Array.from({ length: count }, (_, c) => PRIORS[Math.min(c, 1)]);
    const degree = given.degree === "0" ? {} : { degree: Number(given.degree) };
    const model = await this.lend(this.givenRows(rows), ({ keys, labels, sampleWeights }) =>
      KernelClassifier.fit(
        { ...this.input(), ...degree, keys, labels: labels as string[], sampleWeights, priors } as never,
        { engine, onWarning: () => {} },
      ),
    );
    const changed = await this.changed(
      model as KernelClassifier<string>,
      (bytes) => KernelClassifier.load<string>(bytes, { engine }),
      ({ keys, labels, sampleWeights }) => model.add(keys as Points, labels as never, sampleWeights),
    );
    const { probability } = await this.withQueries((queries) => changed.predict(queries, this.method()));
    return { results: { probability }, bandwidth: changed.bandwidth };
  }

  private async regression(plain: PlainRows, bandwidth?: readonly number[]): Promise<KernelRegression> {
    const { engine, given } = this;
    const rows = fittedRows(given, plain);
    const input = this.input();
    const degree = Number(given.degree) as 0 | 1 | 2;
    const model = await this.lend(this.givenRows(rows), ({ keys, values, sampleWeights }) =>
      KernelRegression.fit(
        { ...input, ...(bandwidth && { bandwidth }), degree, keys, values, sampleWeights } as never,
        { engine, onWarning: () => {} },
      ),
    );
    return this.changed(
      model,
      (bytes) => KernelRegression.load(bytes, { engine }),
      ({ keys, values, sampleWeights }) => model.add(keys as Points, values as Points, sampleWeights),
      plain,
    );
  }

  private async ofRegression(): Promise<Answer> {
    const { engine, given, data } = this;
    const model = await this.regression(data);
    const method = this.method();
    const { bandwidth } = model;
    const results = await this.withQueries(async (queries): Promise<Answer["results"]> => {
      switch (given.asked) {
        case "gradient": {
          const { mean, gradient } = await model.predict(queries, { ...method, gradient: true });
          return { mean, gradient: gradient! };
        }
        case "standard error": {
          const { mean, standardError } = await model.predict(queries, { ...method, standardError: true });
          return { mean, standardError: standardError! };
        }
        case "confidence band": {
          const { mean, lower, upper } = await model.predict(queries, { ...method, confidence: CONFIDENCE });
          return { mean, lower: lower!, upper: upper! };
        }
        case "bootstrap": {
          const options = { ...method, replicates: REPLICATES, confidence: CONFIDENCE, seed: 5 };
          const { lower, upper, standardError } = await model.bootstrap(queries, options);
          return { lower, upper, standardError };
        }
        case "quantiles":
          return { quantiles: await model.quantiles(queries, PROBABILITIES, method) };
        case "distribution": {
          const thresholds = THRESHOLDS.map((y) => givenOf(y, data.valueUnit));
          return { distribution: await model.distribution(queries, thresholds, method) };
        }
        case "conditional density": {
          const at = data.at.map((y) => givenOf(y, data.valueUnit));
          const width = VALUE_WIDTH * data.valueUnit.unit;
          return { logDensity: await model.conditionalDensity(queries, at, { ...method, bandwidth: width }) };
        }
        case "weights":
          return { weights: (await model.weights(queries, method)).data };
        case "top weights": {
          const { keys, weights } = await model.topWeights(queries, TOP, method);
          return { keys, weights };
        }
        case "weight statistics": {
          const { effectiveSampleSize, entropy } = await model.weightStatistics(queries, method);
          return { effectiveSampleSize, entropy };
        }
        case "diagnostics": {
          const found = await model.diagnostics(method);
          return {
            ...found,
            effectiveParameters: [found.effectiveParameters],
            residualDegreesOfFreedom: [found.residualDegreesOfFreedom],
          };
        }
        case "means on the GPU": {
          const { mean: buffer } = await model.predict(queries, { ...method, output: "gpu" });
          const rows = data.queries.length;
          const mean = await copyOf(
            contextOf(engine),
            { buffer, dims: buffer.size / 4 / rows, count: rows },
            "means",
          );
          buffer.destroy();
          return { mean };
        }
        default:
          return { mean: (await model.predict(queries, method)).mean };
      }
    });
    model.dispose();
    return { results, bandwidth };
  }

  private async ofPartials(): Promise<Answer> {
    const { given, data } = this;
    const method = this.method();
    const parts: PartialSums[] = [];
    let bandwidth: readonly number[] | undefined;
    for (const shard of shardsOf(given, data)) {
      const model = await (given.asked === "merged densities"
        ? this.density(shard, bandwidth)
        : this.regression(shard, bandwidth));
      bandwidth = model.bandwidth;
      const options = given.asked === "merged errors" ? { ...method, errors: true } : method;
      const sums = await this.withQueries((queries) => model.partial(queries, options));
      parts.push(given.history === "saved" ? await decodePartial(await encodePartial(sums)) : sums);
      model.dispose();
    }
    const [first, ...others] = parts;
    const merged =
      given.history === "added"
        ? mergePartialSums([mergePartialSums(others), first])
        : mergePartialSums(parts);
    return { results: resultsOf(given, merged), bandwidth: bandwidth! };
  }

  /** Everything of a fit's input that is neither rows nor an estimator's own. */
  private input(): Partial<KernelInput> {
    const { given, data } = this;
    const { adaptive, neighbours } = data;
    // Shards that have not the same categories need to be told of all.
    const coordinates = data.coordinates?.map((kind) =>
      isMerged(given) && kind !== "continuous" ? { kind, levels: LEVELS } : kind,
    );
    return {
      kernel: given.kernel === "own" ? OWN : given.kernel,
      shape: given.shape,
      bandwidth: given.rule === "number" ? this.inKeyUnits(data.bandwidth) : given.rule,
      ...(given.weights === "frequency" ? { weightType: "frequency" } : {}),
      ...(given.missing === "drop" ? { missing: "drop" } : {}),
      ...(coordinates && { coordinates }),
      ...(adaptive !== undefined && { adaptive }),
      ...(neighbours !== undefined && { neighbours }),
    };
  }

  /** What only regressions take, where the case has it: others have to refuse it. */
  private regressionOnly() {
    const { degree, columns } = this.given;
    return {
      ...(degree === "0" ? {} : { degree: Number(degree) }),
      ...(columns === "1" ? {} : { values: this.givenRows(this.data).values }),
    };
  }

  private method(): PredictOptions {
    const { method } = this.given;
    return method === "auto" ? {} : { method };
  }

  /** See `Answer.searched`; a loaded model does not tell it. */
  private rangeOf(
    bandwidth: readonly number[],
    selection: BandwidthSelection | undefined,
  ): Answer["searched"] {
    if (!selection || selection.candidates.length === 0) return undefined;
    const { coordinates } = this.data;
    let [least, most] = [0, Infinity];
    for (const [j, h] of bandwidth.entries()) {
      if (coordinates && coordinates[j] !== "continuous") continue;
      const tried = selection.candidates.map((candidate) => candidate.bandwidth[j] / h);
      least = Math.max(least, Math.min(...tried));
      most = Math.min(most, Math.max(...tried));
    }
    return [least, most];
  }

  private inKeyUnits(bandwidth: readonly number[]): number[] {
    const { keyUnit, coordinates } = this.data;
    return bandwidth.map((h, j) => (coordinates && coordinates[j] !== "continuous" ? h : h * keyUnit.unit));
  }

  /** Arrays of one call; a caller that reuses them writes to them while the call runs. */
  private lend<T>(rows: GivenRows, call: (rows: GivenRows) => Promise<T>): Promise<T> {
    const running = call(rows);
    if (this.given.caller === "reuses arrays") {
      for (const row of [...rows.keys, ...rows.values]) row.fill(1);
      rows.labels.fill("class 0");
      rows.sampleWeights?.fill(1);
    }
    return running;
  }

  private async withQueries<T>(call: (queries: Points) => Promise<T>): Promise<T> {
    const { engine, given, data } = this;
    const rows = this.inUnits(data.queries);
    if (given.queries === "buffer") {
      const buffer = bufferOf(engine, rows.flat());
      const result = await call({ buffer, dims: rows[0].length });
      buffer.destroy();
      return result;
    }
    const running = call(rows);
    if (given.caller === "reuses arrays") for (const row of rows) row.fill(1);
    return running;
  }

  /** Keys or queries in the caller's units. */
  private inUnits(rows: Table): number[][] {
    const { keyUnit, coordinates } = this.data;
    const isCategory = (j: number) => coordinates !== undefined && coordinates[j] !== "continuous";
    return rows.map((row) => row.map((x, j) => (isCategory(j) ? x : givenOf(x, keyUnit))));
  }

  private givenRows(rows: PlainRows, gaps = this.given.missing === "drop"): GivenRows {
    const inValueUnit = (unit: Unit) => rows.values.map((row) => row.map((v) => givenOf(v, unit)));
    const keys: Cells = this.inUnits(rows.keys);
    const values: Cells = inValueUnit(this.data.valueUnit);
    const labels: (string | null)[] = [...rows.labels];
    const sampleWeights = rows.sampleWeights && [...rows.sampleWeights];
    if (gaps) {
      const { asked } = this.given;
      const isClassifier = asked === "classes" || asked === "classes with priors";
      const takesValues = !isClassifier && asked !== "density" && asked !== "merged densities";
      const place = Math.floor(keys.length / 2);
      const [key, value, label] = [keys[0], values[0], labels[0]];
      const gap = <T>(row: readonly T[], here: boolean) => (here ? [...row.slice(1), null] : [...row]);
      // A key, a value or a label, and a weight, if the fit takes them.
      const inKeys = [true, !takesValues && !isClassifier, !sampleWeights];
      keys.splice(place, 0, ...inKeys.map((here) => gap(key, here)));
      values.splice(place, 0, ...inKeys.map((_, i) => gap(value, i === 1 && takesValues)));
      labels.splice(place, 0, ...inKeys.map((_, i) => (i === 1 && isClassifier ? null : label)));
      (sampleWeights as (number | null)[] | undefined)?.splice(place, 0, 1, 2, null);
    }
    return { keys, values, labels, sampleWeights };
  }

  /** A model after its history. */
  private async changed<
    M extends Pick<KernelModel, "bandwidth" | "selection" | "remove" | "save" | "dispose">,
  >(
    model: M,
    load: (bytes: Uint8Array) => Promise<M>,
    add: (rows: GivenRows) => Promise<void>,
    rows: PlainRows = this.data,
  ): Promise<M> {
    this.searched ??= this.rangeOf(model.bandwidth, model.selection);
    const { history } = this.given;
    if (history === "saved") {
      const loaded = await load(model.save());
      model.dispose();
      return loaded;
    }
    if (history === "removed") await model.remove(Array.from({ length: MORE }, (_, i) => i));
    if (history === "added") await this.lend(this.givenRows(lastOf(rows), false), add);
    return model;
  }
}

function resultsOf({ asked }: Case, merged: PartialSums): Answer["results"] {
  if (asked === "merged densities") return { logDensity: densitiesOfSums(merged).logDensity };
  const { mean, standardError } = meansOfSums(merged);
  return asked === "merged errors"
    ? { mean, mergedError: standardError! }
    : { mean, logWeights: logWeightsOfSums(merged) };
}

/** The rows that are added after the fit. */
function lastOf({ keys, values, labels, sampleWeights }: PlainRows): PlainRows {
  return {
    keys: keys.slice(-MORE),
    values: values.slice(-MORE),
    labels: labels.slice(-MORE),
    sampleWeights: sampleWeights?.slice(-MORE),
  };
}

/** Numbers on the engine's device; without a device an object that only looks like a buffer. */
function bufferOf(engine: Engine, numbers: readonly number[]): GPUBuffer {
  if (engine.info.backend === "cpu") return { size: 4 * numbers.length, destroy: () => {} } as GPUBuffer;
  const { device } = gpuOf(engine);
  const buffer = device.createBuffer({ size: 4 * numbers.length, usage: StorageUsage | Usage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, Float32Array.from(numbers));
  return buffer;
}
