/** How the explorer's bandwidth is found: by the data, or by a rule of thumb. */

import { createYielder, yieldToEventLoop } from "../../src/common/yield.ts";
import {
  type BandwidthSelection,
  type Engine,
  KernelClassifier,
  KernelDensity,
  KernelRegression,
  NadarayaError,
} from "../../src/index.ts";
import { canonicalRatio } from "./canonical.ts";
import { Cells } from "./cells.ts";
import { type Data, drawRows, keysOf, MANY, takeRows } from "./data.ts";
import type { PlugInAnswer, PlugInRequest } from "./plug-in-worker.ts";
import type { ExploreState } from "./state.ts";

/** Up to so many rows every row is predicted by all others for each bandwidth; beyond, they are summed in cells first. */
const MOST_EXACT = 1000;
/** Cells of x in which many rows are summed to choose a bandwidth. */
const CELLS = 512;
/** Rows that a choice for classes and for maps is made from. */
const MOST_PAIRED = 2000;
/** Up to so many, a map's bandwidths are chosen for local planes. */
const MOST_PLANES = 500;
/** Rows of the first plug-in bandwidth, and of the one that a worker finds meanwhile. */
const PLUG_IN_ROWS = 3000;
const REFINED_ROWS = 5_000_000;

export interface Choice {
  /** One for each coordinate. */
  readonly widths: readonly number[];
  /** By what, from which rows. */
  readonly how: string;
  /** What should be known of it. */
  readonly warning?: string;
  readonly candidates: BandwidthSelection["candidates"];
  /** What the candidates' scores are, and whether they are squares. */
  readonly score: { readonly name: string; readonly isSquare: boolean };
  /** Where it was found from a part of the rows: the same from more of them, found by a worker. */
  readonly refine?: (signal: AbortSignal) => Promise<Choice>;
}

export interface ChoiceOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

type Settings = Pick<ExploreState, "kernel" | "degree" | "rule" | "y">;

const count = (n: number) => n.toLocaleString("en");

/** By the rule of the state; where it does not serve, by the next one, which is said. */
export async function chooseWidths(
  engine: Engine,
  data: Data,
  settings: Settings,
  options: ChoiceOptions,
): Promise<Choice> {
  const { rule, kernel } = settings;
  if (rule === "thumb") return byThumb(engine, data, settings, "");
  if (kernel === "constant")
    return byThumb(engine, data, settings, "the constant kernel has no bandwidth to choose");
  const isPlugIn = rule === "plug-in" && !data.labels && !data.second && canonicalRatio(kernel) !== undefined;
  let problem = "";
  for (const choose of [...(isPlugIn ? [byPlugIn] : []), byLeavingOneOut]) {
    try {
      return await choose(engine, data, settings, options);
    } catch (error) {
      if (!(error instanceof NadarayaError && ["invalid-bandwidth", "unsupported"].includes(error.code)))
        throw error;
      problem = error.message;
    }
  }
  return byThumb(engine, data, settings, problem);
}

const quiet = { onWarning: () => {} };
const noScores = { candidates: [], score: { name: "", isSquare: false } } as const;

async function byThumb(engine: Engine, data: Data, { kernel }: Settings, problem: string): Promise<Choice> {
  const rows = drawRows(data.x.length, MANY);
  const keys = keysAt(data, rows);
  const values = new Float64Array(rows.length);
  using model = await KernelRegression.fit({ keys, values, kernel }, { engine, ...quiet });
  const how = "a rule of thumb (Scott), by the spread of x alone";
  return {
    ...noScores,
    widths: scaled(model.bandwidth, rows.length, data),
    how: problem === "" ? how : `${how}: ${problem}`,
  };
}

/** Ruppert, Sheather and Wand's for regressions, Sheather and Jones's for densities; for kernels other than the Gaussian at equal variance. */
async function byPlugIn(engine: Engine, data: Data, { kernel }: Settings): Promise<Choice> {
  const { x, y } = data;
  const name = y ? "plug-in (Ruppert, Sheather and Wand)" : "plug-in (Sheather and Jones)";
  const ratio = canonicalRatio(kernel)!;
  const choice = (width: number, rows: number, warning?: string): Choice => ({
    ...{ ...noScores, warning },
    widths: scaled([width * ratio], rows, data),
    how: `${name} from ${from(rows, x.length)}`,
  });
  const rows = drawRows(x.length, PLUG_IN_ROWS);
  const first = { keys: takeRows(x, rows), ...(y && { values: takeRows(y, rows) }) };
  using model = first.values
    ? await KernelRegression.fit(
        { ...first, values: first.values, bandwidth: "plug-in" },
        { engine, ...quiet },
      )
    : await KernelDensity.fit({ ...first, bandwidth: "sheather-jones" }, { engine, ...quiet });
  const warning = model.selection?.warning;
  const found = choice(model.bandwidth[0], rows.length, warning);
  if (rows.length === x.length) return found;
  const refine = async (signal: AbortSignal) => {
    await yieldToEventLoop();
    const isAll = x.length <= REFINED_ROWS;
    const more = isAll ? undefined : drawRows(x.length, REFINED_ROWS);
    const { bandwidth } = await inWorker(
      { x: more ? takeRows(x, more) : x, y: more && y ? takeRows(y, more) : y },
      signal,
    );
    return choice(bandwidth, more?.length ?? x.length, warning);
  };
  return { ...found, refine };
}

function inWorker(request: PlugInRequest, signal: AbortSignal): Promise<PlugInAnswer> {
  const worker = new Worker(new URL("./plug-in-worker.ts", import.meta.url), { type: "module" });
  return new Promise<PlugInAnswer>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }: MessageEvent<PlugInAnswer>) => resolve(data);
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

async function byLeavingOneOut(
  engine: Engine,
  data: Data,
  { kernel, degree, y: target }: Settings,
  { signal, onProgress }: ChoiceOptions,
): Promise<Choice> {
  const options = {
    ...{ engine, signal, ...quiet },
    onProgress: ({ done, total }: { done: number; total: number }) => onProgress(done / total),
  };
  const { x, y, second, labels } = data;
  const n = x.length;
  if (labels || second) {
    const rows = drawRows(n, MOST_PAIRED);
    const input = { keys: keysAt(data, rows), kernel, bandwidth: "loo" } as const;
    // A plane for each row of each candidate takes long where rows are many.
    const power = rows.length <= MOST_PLANES ? degree : 0;
    using model = labels
      ? await KernelClassifier.fit({ ...input, labels: Array.from(rows, (i) => labels[i]) }, options)
      : await KernelRegression.fit({ ...input, values: takeRows(y!, rows), degree: power }, options);
    const { bandwidth, candidates, warning } = model.selection!;
    return {
      widths: scaled(bandwidth, rows.length, data),
      ...{ how: `leave-one-out over ${from(rows.length, n)}`, candidates, warning },
      score: labels
        ? { name: "Brier score", isSquare: false }
        : { name: `error, in ${target}`, isSquare: true },
    };
  }
  if (!y) {
    const rows = drawRows(n, MOST_PAIRED);
    using model = await KernelDensity.fit(
      { keys: takeRows(x, rows), kernel, bandwidth: "likelihood" },
      options,
    );
    const { bandwidth, candidates, warning } = model.selection!;
    return {
      widths: scaled(bandwidth, rows.length, data),
      ...{ how: `leave-one-out likelihood over ${from(rows.length, n)}`, candidates, warning },
      score: { name: "−log likelihood", isSquare: false },
    };
  }
  const fitted = await regressionRows(data, signal);
  using model = await KernelRegression.fit({ ...fitted, kernel, degree, bandwidth: "loo" }, options);
  const { bandwidth, candidates, warning } = model.selection!;
  const cells = n > MOST_EXACT ? `, summed in ${count(CELLS)} cells of x` : "";
  return {
    ...{ widths: bandwidth, how: `leave-one-out over all ${count(n)} rows${cells}`, candidates, warning },
    score: { name: `error, in ${target}`, isSquare: true },
  };
}

/** The rows that a regression's bandwidth is chosen for; in cells where they are many. */
async function regressionRows({ x, y, series }: Data, signal: AbortSignal) {
  if (x.length <= MOST_EXACT) return { keys: x, values: y! };
  const own = series.length === 1 ? series[0].cells : undefined;
  const cells = own ?? (await Cells.of(x, y, createYielder({ signal })));
  const { keys, values, sampleWeights } = cells.inCells(CELLS);
  return { keys, values: values!, sampleWeights, weightType: "frequency" } as const;
}

/** A bandwidth that was found from a part of the rows, for all of them: it falls with n^(−1/(d + 4)). */
const scaled = (widths: readonly number[], rows: number, { x, second }: Data) =>
  widths.map((width) => width * (rows / x.length) ** (1 / (second ? 6 : 5)));

const from = (part: number, all: number) =>
  part === all ? `all ${count(all)} rows` : `${count(part)} rows drawn from ${count(all)}`;

/** The keys of some rows. */
const keysAt = ({ x, second }: Data, rows: Uint32Array) =>
  keysOf({ x: takeRows(x, rows), second: second && { ...second, x: takeRows(second.x, rows) } });
