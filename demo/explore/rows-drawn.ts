/** How the rows themselves are drawn: the range of y that shows them, how many lie along x, and a density where they are too many for dots. */
import { PointDensity } from "../draw/point-density.ts";
import { type Data, rangeOf } from "./data.ts";
import type { Curves } from "./fit.ts";

/** Parts of x whose rows are counted below the curve. */
const PARTS = 150;

/** The densities of rows, which stay while the bandwidth is dragged. */
const densities = new WeakMap<Data, PointDensity>();

/** All values and the curves where they are few; else what is not rare, so that a few outliers do not flatten the rest. */
export function verticalRange(data: Data, { curves, kept: others }: Curves): [number, number] {
  const { y } = data;
  const finite = (list: Float64Array | undefined) => (list ? list.filter(Number.isFinite) : []);
  const lines = [...curves, ...others].map(({ curve }) => rangeOf(finite(curve)));
  if (!y) return [0, 1.05 * Math.max(...lines.map(([, most]) => most), 1e-300)];
  const padded = ([least, most]: readonly [number, number]): [number, number] => {
    const pad = 0.04 * (most - least || Math.abs(most) || 1);
    return [least - pad, most + pad];
  };
  if (!data.yUsual) {
    const own = rangeOf(y);
    // A band may be wide where rows are few: it may take the rows' own range again, and is cut off beyond.
    const room = 0.5 * (own[1] - own[0]);
    const bands = curves.map(({ lower, upper }) => [...rangeOf(finite(lower)), ...rangeOf(finite(upper))]);
    const all = [...lines, ...bands].flat().filter(Number.isFinite);
    const within = all.map((v) => Math.min(Math.max(v, own[0] - room), own[1] + room));
    return padded(rangeOf([...own, ...within]));
  }
  return padded(data.yUsual);
}

/** Where rows lie along x: the parts of the view with their rows, as shares of the fullest. */
export function stripOf(
  { series }: Data,
  [from, to]: readonly [number, number],
): readonly { readonly from: number; readonly to: number; readonly share: number }[] {
  const counts = new Float64Array(PARTS);
  const scale = PARTS / (to - from);
  for (const { x, cells } of series) {
    if (cells) cells.countInto(counts, from, to);
    else
      for (const key of x) {
        const part = Math.floor((key - from) * scale);
        if (part >= 0 && part < PARTS) counts[part]++;
        else if (key === to) counts[PARTS - 1]++;
      }
  }
  const most = Math.max(...counts);
  const width = (to - from) / PARTS;
  return Array.from(counts, (count, i) => ({
    ...{ from: from + i * width, to: from + (i + 1) * width },
    share: count === 0 ? 0 : 0.15 + 0.85 * Math.sqrt(count / most),
  })).filter(({ share }) => share > 0);
}

/** The rows as a density, as fine as the screen; counted on the GPU where there is one, and painted as soon as it is known. */
export function underlayOf(
  data: Data,
  x: readonly [number, number],
  y: readonly [number, number],
  cell: HTMLElement,
  { width, height }: { readonly width: number; readonly height: number },
): HTMLCanvasElement {
  const density = densities.get(data) ?? new PointDensity(data.x, data.y!, data.range, data.yRange!);
  densities.set(data, density);
  const colour = getComputedStyle(cell).getPropertyValue("--data");
  return density.show({ x, y, width: Math.max(Math.round(width), 1), height }, colour);
}
