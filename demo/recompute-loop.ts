/**
 * Keeps the figures up to date with the state: one computation at a time, always from the newest state, never a queue. Those on the screen, or
 * near it, come first; the others follow when nothing else is to do.
 */

import { ComputeService } from "./compute-service.ts";
import { onSchemeChange } from "./draw/colours.ts";
import type { Figure, Table } from "./figure.ts";
import { messageOf } from "./message.ts";
import type { PageEngine } from "./page-engine.ts";
import type { State } from "./state.ts";

interface Shown {
  readonly figure: Figure;
  readonly body: HTMLElement;
  result?: unknown;
  /** Its last computation, done or under way. */
  pending?: Promise<void>;
}

export class RecomputeLoop {
  private readonly pageEngine: PageEngine;
  private readonly computeService: ComputeService;
  private readonly shown: Shown[];
  private readonly settled: (computeService: ComputeService) => void;
  private readonly dirty = new Set<Shown>();
  private readonly near = new Set<Shown>();
  private state: Readonly<State>;
  private running = false;
  /** Whether `run` was called while something was computed. */
  private isWanted = false;
  /** Whether it is known which figures are near. */
  private observed = false;

  /** `settled` is called each time nothing is left to do. */
  constructor(
    pageEngine: PageEngine,
    figures: readonly Figure[],
    state: Readonly<State>,
    settled: (computeService: ComputeService) => void,
  ) {
    this.pageEngine = pageEngine;
    this.computeService = new ComputeService(pageEngine.current);
    this.state = state;
    this.settled = settled;
    this.shown = figures.map((figure) => ({ figure, body: bodyOf(figure.id) }));
    for (const each of this.shown) this.mark(each);
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          const each = this.shown.find(({ body }) => body === target)!;
          if (isIntersecting) this.near.add(each);
          else this.near.delete(each);
        }
        this.observed = true;
        void this.run();
      },
      { rootMargin: "50% 0px" },
    );
    for (const { body } of this.shown) observer.observe(body);
    // Heights change whenever a figure is filled in; drawings depend on the width alone.
    let width = document.body.clientWidth;
    const resized = debounced(() => {
      if (document.body.clientWidth === width) return;
      width = document.body.clientWidth;
      this.redraw();
    });
    new ResizeObserver(resized).observe(document.body);
    onSchemeChange(() => this.redraw());
    window.addEventListener("beforeprint", () => void this.all());
  }

  /** Takes a new state; figures that use what has changed are computed again. */
  update(state: Readonly<State>): void {
    for (const each of this.shown) {
      if (each.figure.uses.some((key) => state[key] !== this.state[key])) this.mark(each);
    }
    this.state = state;
    void this.run();
  }

  /** Computes what is out of date and near the screen. */
  async run(): Promise<void> {
    if (this.running) this.isWanted = true;
    if (this.running || !this.observed) return;
    this.running = true;
    this.computeService.reset();
    for (;;) {
      const next = [...this.dirty].find((each) => this.near.has(each));
      if (!next) break;
      await this.bring(next);
    }
    this.running = false;
    this.isWanted = false;
    this.settled(this.computeService);
    this.computeLater();
  }

  /** Where nothing else is to do, the figures out of sight, one at a time: so none is blank when it comes into sight. */
  private computeLater(): void {
    whenIdle(async () => {
      const next = [...this.dirty].find(({ body }) => body.clientWidth > 0); // not of a figure that is not shown at all
      if (!next || this.running) return;
      this.running = true;
      await this.bring(next);
      this.running = false;
      if (this.isWanted) void this.run();
      else this.computeLater();
    });
  }

  private mark(each: Shown): void {
    this.dirty.add(each);
    each.body.dataset.stale = "";
  }

  private bring(each: Shown): Promise<void> {
    this.dirty.delete(each);
    each.pending = this.compute(each);
    return each.pending;
  }

  private async compute(each: Shown): Promise<void> {
    const { figure, body } = each;
    try {
      each.result = await this.pageEngine.run((engine) => {
        this.computeService.engine = engine;
        return figure.compute(this.computeService, this.state);
      });
      figure.draw(body, each.result);
      body.removeAttribute("data-failed");
    } catch (error) {
      body.dataset.failed = "";
      body.textContent = `This figure could not be computed: ${messageOf(error)}`;
    }
    if (!this.dirty.has(each)) body.removeAttribute("data-stale");
  }

  /** Everything, whether on the screen or not. */
  async all(): Promise<void> {
    for (const { figure } of this.shown) await this.table(figure.id);
  }

  private redraw(): void {
    for (const { figure, body, result } of this.shown) if (result !== undefined) figure.draw(body, result);
  }

  /** The figure's numbers, of the newest state. */
  async table(id: string): Promise<Table> {
    const each = this.shown.find(({ figure }) => figure.id === id)!;
    while (this.dirty.has(each)) await this.bring(each);
    await each.pending;
    return each.figure.table(each.result);
  }

  /** Computes every figure again with another lab; for each, its table next to the other's. */
  async compare(other: ComputeService): Promise<{ id: string; ours: Table; theirs: Table }[]> {
    await this.all();
    const state = this.state;
    const pairs = [];
    for (const { figure, result } of this.shown) {
      if (result === undefined || state !== this.state) continue;
      const theirs = figure.table(await figure.compute(other, state));
      pairs.push({ id: figure.id, ours: figure.table(result), theirs });
    }
    return pairs;
  }
}

function bodyOf(id: string): HTMLElement {
  return document.querySelector<HTMLElement>(`#${id} .body`)!;
}

/** Safari has no idle callbacks: there a pause has to do. */
function whenIdle(work: () => Promise<void>): void {
  if ("requestIdleCallback" in window) requestIdleCallback(() => void work());
  else setTimeout(() => void work(), 200);
}

function debounced(work: () => void): () => void {
  let frame = 0;
  return () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(work);
  };
}

/** The largest difference of two tables' numbers, as a share of the range of their column. */
export function largestDifference(ours: Table, theirs: Table): number {
  let largest = 0;
  ours.columns.forEach((_, c) => {
    const pairs = ours.rows.map((row, r) => [row[c], theirs.rows[r][c]]);
    const numbers = pairs.filter((pair): pair is [number, number] => pair.every(Number.isFinite));
    if (pairs.some(([a, b]) => Number.isNaN(a) !== Number.isNaN(b))) largest = Infinity;
    let [low, high] = [Infinity, -Infinity];
    for (const [, b] of numbers) [low, high] = [Math.min(low, b), Math.max(high, b)];
    for (const [a, b] of numbers) largest = Math.max(largest, Math.abs(a - b) / (high - low || 1));
  });
  return largest;
}
