/** Attention weights as heat maps, keys across and queries up, in one scale of reds; a pointer or the arrow keys read a cell. */
import * as Plot from "@observablehq/plot";
import { rgb } from "d3-color";
import { weightColour } from "./colours.ts";
import { asImage, cellsOf } from "./line-panels.ts";

export interface HeatMap {
  readonly title: string;
  /** keys × queries, row-major; NaN where a query has no key in reach. */
  readonly weights: Float32Array;
  readonly keys: ArrayLike<number>;
  readonly queries: ArrayLike<number>;
  /** What the numbers are; "weight" unless it is said. */
  readonly what?: string;
}

/** How a map is drawn. */
export interface HeatMapLook {
  /** The number that has the last colour. */
  readonly most: number;
  readonly width: number;
  readonly colours?: (share: number) => string;
}

const STEPS = 256;

const margin = { top: 26, right: 8, bottom: 34, left: 34 };

export function drawHeatMaps(body: HTMLElement, maps: readonly HeatMap[]): void {
  const cells = cellsOf(body, maps.length + 1);
  const largest = largestWeight(maps);
  const widths = cells.map((cell) => cell.clientWidth);
  maps.forEach((map, i) => {
    drawHeatMap(cells[i], map, { most: largest, width: widths[i] });
  });
  cells.at(-1)!.className = "cell colour-bar";
  cells.at(-1)!.replaceChildren(colourBar(largest));
}

/** Of all maps; windows without keys (NaN) do not count. */
function largestWeight(maps: readonly HeatMap[]): number {
  let largest = 0;
  for (const { weights } of maps) for (const w of weights) if (w > largest) largest = w;
  return largest;
}

/** One map, in a cell of its own. */
export function drawHeatMap(cell: HTMLElement, map: HeatMap, look: HeatMapLook): void {
  const { width } = look;
  const { what = "weight" } = map;
  const n = map.keys.length;
  const m = map.queries.length;
  const height = Math.round(Math.min(Math.max(width * 0.9, 150), 380));
  const frame = Plot.plot({
    width,
    height,
    marginTop: margin.top,
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    style: { fontSize: "11px" },
    x: { domain: [0, n], label: "key, in order", ticks: 4 },
    y: { domain: [0, m], label: null, ticks: 5 },
    marks: [
      Plot.text([map.title], { frameAnchor: "top", dy: -18, fontWeight: "bold", fontSize: 12 }),
      Plot.text(["query"], {
        frameAnchor: "top-left",
        dy: -16,
        dx: -30,
        textAnchor: "start",
        fillOpacity: 0.75,
      }),
    ],
  });
  frame.setAttribute("aria-hidden", "true");

  const canvas = cell.querySelector("canvas") ?? document.createElement("canvas");
  canvas.width = n;
  canvas.height = m;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute(
    "aria-label",
    `${map.title}: ${what === "weight" ? "attention weights" : what} of ${n} keys for ${m} queries; arrow keys read single cells`,
  );
  canvas.style.left = `${margin.left}px`;
  canvas.style.top = `${margin.top}px`;
  canvas.style.width = `${width - margin.left - margin.right}px`;
  canvas.style.height = `${height - margin.top - margin.bottom}px`;
  paint(canvas, map, look);

  const tip = (cell.querySelector(".tip") as HTMLElement | null) ?? document.createElement("output");
  tip.className = "tip";
  tip.hidden = true;
  listen(canvas, tip, map);
  cell.replaceChildren(frame, canvas, tip);
}

/** One pixel a cell; the first query at the bottom, as on the axis. */
function paint(
  canvas: HTMLCanvasElement,
  { weights, keys, queries }: HeatMap,
  { most, colours = weightColour }: HeatMapLook,
): void {
  const scale = Array.from({ length: STEPS }, (_, i) => rgb(colours(i / (STEPS - 1))));
  const n = keys.length;
  const m = queries.length;
  const image = new ImageData(n, m);
  for (let k = 0; k < n; k++) {
    for (let q = 0; q < m; q++) {
      const weight = weights[k * m + q];
      const at = 4 * ((m - 1 - q) * n + k);
      if (Number.isNaN(weight)) continue; // transparent: no key in reach
      const { r, g, b } = scale[Math.round((STEPS - 1) * (weight / most))];
      image.data.set([r, g, b, 255], at);
    }
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

function listen(canvas: HTMLCanvasElement, tip: HTMLElement, map: HeatMap): void {
  const { weights, keys, queries, what = "weight" } = map;
  const n = keys.length;
  const m = queries.length;
  let [key, query] = [Math.floor(n / 2), Math.floor(m / 2)];
  const show = () => {
    const weight = weights[key * m + query];
    tip.textContent = `key ${key}: x = ${keys[key].toFixed(3)} · query ${queries[query].toFixed(2)} · ${what} ${Number.isNaN(weight) ? "none" : weight.toPrecision(4)}`;
    const left = canvas.offsetLeft + ((key + 0.5) / n) * canvas.offsetWidth;
    tip.style.left = `${Math.min(Math.max(left, 90), canvas.offsetLeft + canvas.offsetWidth - 60)}px`;
    tip.style.top = `${canvas.offsetTop + (1 - (query + 0.5) / m) * canvas.offsetHeight}px`;
    tip.hidden = false;
  };
  canvas.onpointermove = (event) => {
    const box = canvas.getBoundingClientRect();
    key = clamp(Math.floor(((event.clientX - box.left) / box.width) * n), n);
    query = clamp(m - 1 - Math.floor(((event.clientY - box.top) / box.height) * m), m);
    show();
  };
  canvas.onpointerdown = canvas.onpointermove;
  const hide = () => {
    tip.hidden = true;
  };
  canvas.onpointerleave = hide;
  canvas.onblur = hide;
  canvas.onfocus = () => {
    if (canvas.matches(":focus-visible")) show();
  };
  canvas.onkeydown = (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    key = clamp(key + step[0], n);
    query = clamp(query + step[1], m);
    show();
  };
}

const clamp = (index: number, count: number) => Math.min(Math.max(index, 0), count - 1);

function colourBar(largest: number): Element {
  const legend = Plot.legend({
    color: { type: "linear", domain: [0, largest], interpolate: weightColour },
    label: "attention weight",
    ...{ width: 284, marginLeft: 12, marginRight: 12, ticks: 4 },
  });
  return asImage(legend as Element, `colour bar: weights from 0 to ${largest.toPrecision(3)}`);
}
