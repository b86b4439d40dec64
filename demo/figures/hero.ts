/** The first figure: one query, and how much each key has to say about it. Drag the query. */
import * as Plot from "@observablehq/plot";
import { weightColour } from "../draw/colours.ts";
import { asImage, cellsOf } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";
import { type ToyData, toyData, truth } from "../toy-data.ts";
import { yAxis } from "./y-axis.ts";

interface Result {
  readonly data: ToyData;
  readonly query: number;
  readonly weights: Float32Array;
  readonly estimate: number;
}

const curve = Array.from({ length: 101 }, (_, i) => [i / 20, truth(i / 20)] as const);

export const heroFigure = figure<Result>({
  id: "hero",
  uses: ["n", "noise", "seed", "sigma", "kernel", "query"],
  async compute(computeService, { query, kernel, sigma, ...state }) {
    const data = toyData(state);
    const input = { ...data, kernel, bandwidth: sigma };
    const weights = await computeService.weigh(input, [query]);
    const [estimate] = await computeService.regress(input, [query]);
    return { data, query, weights, estimate };
  },
  draw(body, { data, query, weights, estimate }) {
    const [cell] = cellsOf(body, 1);
    const largest = weights.reduce((most, w) => Math.max(most, w), 0);
    const share = (i: number) => (largest > 0 ? weights[i] / largest : 0);
    const y = yAxis(data);
    const width = cell.clientWidth;
    const plot = Plot.plot({
      width,
      height: Math.round(Math.max(width * 0.68, 240)),
      marginLeft: 30,
      marginRight: 12,
      marginBottom: 36,
      marginTop: 24,
      style: { fontSize: "11px" },
      x: { domain: [0, 5], label: "x of keys and of the query", ticks: 5 },
      y: { domain: y, label: "value", ticks: 5, grid: true },
      marks: [
        Plot.line(curve, { stroke: "var(--truth)", strokeDasharray: "5 4", strokeOpacity: 0.5, clip: true }),
        Plot.link(
          Array.from(data.keys, (_, i) => i),
          {
            x1: (i: number) => data.keys[i],
            y1: (i: number) => data.values[i],
            x2: query,
            y2: estimate,
            stroke: "var(--estimate)",
            strokeOpacity: (i: number) => (Number.isFinite(estimate) ? 0.5 * share(i) : 0),
            strokeWidth: (i: number) => 2 * share(i),
            clip: true,
          },
        ),
        Plot.dot(
          Array.from(data.keys, (_, i) => i),
          {
            className: "hero",
            x: (i: number) => data.keys[i],
            y: (i: number) => data.values[i],
            r: (i: number) => 2.5 + 6 * Math.sqrt(share(i)),
            fill: (i: number) => weightColour(0.15 + 0.75 * share(i)),
            stroke: "var(--soft)",
            strokeWidth: 0.6,
          },
        ),
        Plot.ruleX([query], { stroke: "var(--estimate)", strokeWidth: 1.5 }),
        Number.isFinite(estimate)
          ? Plot.dot([[query, estimate]], {
              className: "answer",
              r: 7,
              fill: "var(--paper)",
              stroke: "var(--estimate)",
              strokeWidth: 3,
              clip: false,
            })
          : Plot.text(["no key in reach"], { frameAnchor: "top", dy: 8 }),
      ],
      r: { type: "identity" },
      color: { type: "identity" },
      opacity: { type: "identity" },
    });
    asImage(
      plot,
      `query ${query}: estimate ${estimate.toFixed(3)} from ${data.keys.length} keys, each drawn as large as its weight`,
    );
    const [left, right] = plot.scale("x")!.range as [number, number];
    Object.assign(cell.dataset, { left, right });
    cell.replaceChildren(plot);
  },
  table: ({ data, query, weights, estimate }) => ({
    columns: ["query", "estimate", "key", "value", "weight"],
    rows: Array.from(data.keys, (x, i) => [query, estimate, x, data.values[i], weights[i]]),
  }),
});

/** Lets a pointer drag the query across the figure. */
export function dragQuery(move: (query: number) => void): void {
  const body = document.querySelector<HTMLElement>("#hero .body")!;
  const follow = (event: PointerEvent) => {
    const cell = body.firstElementChild as HTMLElement | null;
    if (!cell?.dataset.left) return;
    const [left, right] = [Number(cell.dataset.left), Number(cell.dataset.right)];
    const x = ((event.clientX - cell.getBoundingClientRect().left - left) / (right - left)) * 5;
    move(Math.round(Math.min(Math.max(x, 0), 5) * 100) / 100);
  };
  body.addEventListener("pointerdown", (event) => {
    body.setPointerCapture(event.pointerId);
    follow(event);
  });
  body.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" || body.hasPointerCapture(event.pointerId)) follow(event);
  });
}

/** Hundredths of x that the query moves in a step, and milliseconds between two. */
const [STRIDE, PAUSE] = [2, 40];

/** Moves the query to and fro until the visitor does something; not for who wants less motion, nor out of sight. */
export function moveQueryAlone(query: () => number, move: (query: number) => void): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  let inSight = false;
  let direction = 1;
  const watcher = new IntersectionObserver(([{ isIntersecting }]) => {
    inSight = isIntersecting;
  });
  watcher.observe(document.querySelector("#hero .body")!);
  const timer = setInterval(() => {
    if (!inSight || document.hidden) return;
    const at = Math.round(query() * 100);
    if (at >= 480) direction = -1;
    if (at <= 20) direction = 1;
    move((at + direction * STRIDE) / 100);
  }, PAUSE);
  const stop = () => {
    clearInterval(timer);
    watcher.disconnect();
    for (const kind of ENDS) removeEventListener(kind, stop, true);
  };
  for (const kind of ENDS) addEventListener(kind, stop, true);
}

const ENDS = ["pointerdown", "click", "keydown", "input", "wheel", "touchstart", "hashchange"] as const;
