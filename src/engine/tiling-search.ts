/**
 * Finds the tiling that this adapter runs fastest, while long runs are under way and at no cost but compilation:
 * submissions of a run may each use another tiling, so some are trials, and the fastest serves the rest. What was
 * found is remembered for the adapter, in a browser also for the next visit.
 */
import type { Tiling } from "../../shaders/partials.ts";
import type { Gpu } from "./gpu.ts";

/** Submissions by which a tiling is judged, by their median, as other work may disturb one. */
const TRIALS = 3;

export interface Stage {
  readonly tiling: Tiling;
  readonly pipeline: GPUComputePipeline;
}

/** The searches of one adapter: by the shader's source while the engine lives, by its family (a name) for longer. */
export class Tilings {
  private readonly gpu: Gpu;
  private readonly name: string;
  private readonly found: Map<string, Tiling>;
  private readonly searches = new Map<string, TilingSearch>();

  constructor(gpu: Gpu, adapter: string) {
    this.gpu = gpu;
    this.name = `nadaraya tilings, ${adapter}`;
    this.found = new Map(Object.entries(stored(this.name)));
  }

  /** The search of a family, begun with `planned` unless a better tiling is known. */
  async search(
    family: string,
    planned: Tiling,
    others: readonly Tiling[],
    codeOf: (tiling: Tiling) => string,
  ): Promise<TilingSearch> {
    const source = codeOf(planned);
    const known = this.searches.get(source);
    if (known) return known;
    const found = this.found.get(family);
    const tiling = found ?? planned;
    const compile = (each: Tiling) => this.gpu.pipeline("pairwise", codeOf(each));
    const first = { tiling, pipeline: await compile(tiling) };
    const search = new TilingSearch(first, found ? [] : others, compile, (best) =>
      this.remember(family, best),
    );
    this.searches.set(source, search);
    return search;
  }

  private remember(family: string, tiling: Tiling): void {
    this.found.set(family, tiling);
    try {
      globalThis.localStorage?.setItem(this.name, JSON.stringify(Object.fromEntries(this.found)));
    } catch {
      // Storage may be full or forbidden; then the tiling is remembered for as long as the engine lives.
    }
  }
}

function stored(name: string): Record<string, Tiling> {
  try {
    return JSON.parse(globalThis.localStorage?.getItem(name) ?? "{}");
  } catch {
    return {};
  }
}

export class TilingSearch {
  /** The fastest so far. */
  best: Stage;
  private trial: Stage | undefined;
  private readonly waiting: Tiling[];
  private readonly rates = new Map<Stage, number[]>();
  private readonly compile: (tiling: Tiling) => Promise<GPUComputePipeline>;
  private readonly found: (best: Tiling) => void;

  /** `found` is called with the fastest when `first` and all the others were tried. */
  constructor(
    first: Stage,
    others: readonly Tiling[],
    compile: (tiling: Tiling) => Promise<GPUComputePipeline>,
    found: (best: Tiling) => void,
  ) {
    this.best = first;
    this.trial = others.length > 0 ? first : undefined;
    this.waiting = [...others];
    this.compile = compile;
    this.found = found;
  }

  /** What the next submission of a long run should use: a trial where one is due. */
  get next(): Stage {
    return this.trial ?? this.best;
  }

  /** Pairs per millisecond of a submission that ran `stage`. */
  measured(stage: Stage, rate: number): void {
    if (stage !== this.trial) return;
    const rates = [...(this.rates.get(stage) ?? []), rate];
    this.rates.set(stage, rates);
    if (rates.length < TRIALS) return;
    if (this.rateOf(stage) > this.rateOf(this.best)) this.best = stage;
    this.trial = undefined;
    void this.prepare();
  }

  private rateOf(stage: Stage): number {
    const rates = [...(this.rates.get(stage) ?? [])].sort((a, b) => a - b);
    return rates[Math.floor(rates.length / 2)] ?? 0;
  }

  /** Compiles the next candidate while the best one so far goes on. */
  private async prepare(): Promise<void> {
    const tiling = this.waiting.shift();
    if (!tiling) return this.found(this.best.tiling);
    try {
      this.trial = { tiling, pipeline: await this.compile(tiling) };
    } catch {
      void this.prepare(); // too large for this adapter, or the device is gone: the run itself will say so
    }
  }
}
