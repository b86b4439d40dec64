/** Keeps figures up to date with the state: one computation at a time, always from the newest state, never a queue. */
import type { Figure, Table } from "./figure.ts";
import type { Lab } from "./lab.ts";
import type { State } from "./state.ts";

interface Shown {
  readonly figure: Figure;
  readonly body: HTMLElement;
  result?: unknown;
}

export class Live {
  private readonly lab: Lab;
  private readonly shown: Shown[];
  private readonly settled: (lab: Lab) => void;
  private readonly dirty = new Set<Shown>();
  private readonly visible = new Set<Shown>();
  private state: Readonly<State>;
  private running = false;

  /** `settled` is called each time nothing is left to do. */
  constructor(lab: Lab, figures: readonly Figure[], state: Readonly<State>, settled: (lab: Lab) => void) {
    this.lab = lab;
    this.state = state;
    this.settled = settled;
    this.shown = figures.map((figure) => ({ figure, body: bodyOf(figure.id) }));
    for (const each of this.shown) this.dirty.add(each);
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const each = this.shown.find(({ body }) => body === target)!;
        if (isIntersecting) this.visible.add(each);
        else this.visible.delete(each);
      }
    });
    for (const { body } of this.shown) observer.observe(body);
    new ResizeObserver(debounced(() => this.redraw())).observe(document.body);
  }

  /** Takes a new state; figures that use what has changed are computed again. */
  update(state: Readonly<State>): void {
    for (const each of this.shown) {
      if (each.figure.uses.some((key) => state[key] !== this.state[key])) this.dirty.add(each);
    }
    this.state = state;
    void this.run();
  }

  /** Computes what is out of date, what is on the screen first. */
  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.lab.reset();
    while (this.dirty.size > 0) {
      const next = [...this.dirty].find((each) => this.visible.has(each)) ?? [...this.dirty][0];
      this.dirty.delete(next);
      try {
        next.result = await next.figure.compute(this.lab, this.state);
        next.figure.draw(next.body, next.result);
        next.body.removeAttribute("data-failed");
      } catch (error) {
        next.body.dataset.failed = "";
        next.body.textContent = `This figure could not be computed: ${error instanceof Error ? error.message : error}`;
      }
    }
    this.running = false;
    this.settled(this.lab);
  }

  private redraw(): void {
    for (const { figure, body, result } of this.shown) if (result !== undefined) figure.draw(body, result);
  }

  table(id: string): Table {
    const { figure, result } = this.shown.find((each) => each.figure.id === id)!;
    return figure.table(result);
  }

  /** Computes every figure again with another lab; for each, its table beside the other's. */
  async compare(other: Lab): Promise<{ id: string; ours: Table; theirs: Table }[]> {
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
