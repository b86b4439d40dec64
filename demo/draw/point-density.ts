/** A great many points as a picture of their density, in the resolution of the screen, whatever part of them is shown. */
import { createYielder, yieldToEventLoop } from "../../src/common/yield.ts";
import { type DensityView, GpuCounts } from "./point-counts.ts";

/** Pixels of a cell, at least. */
const CELL = 1.5;
/** Points of a sample by which the grain of numbers is found. */
const SAMPLE = 20_000;

/** What is shown, and on how many pixels. */
export interface DensityPicture {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly width: number;
  readonly height: number;
}

/** Counts whose shade is found once, not for every cell. */
const SMALL = 256;
/** Points between two looks at the clock. */
const BLOCK = 65_536;

export class PointDensity {
  /** What is drawn now; it stays the same element. */
  private readonly canvas = document.createElement("canvas");
  private readonly x: Float64Array;
  private readonly y: Float64Array;
  private readonly gpu: Promise<GpuCounts | undefined>;
  private drawn = "";
  private grains: readonly [number, number] | undefined;
  private wanted: { readonly picture: DensityPicture; readonly colour: string } | undefined;
  private busy = false;

  constructor(
    x: Float64Array,
    y: Float64Array,
    xRange: readonly [number, number],
    yRange: readonly [number, number],
  ) {
    [this.x, this.y] = [x, y];
    this.gpu = GpuCounts.of(x, y, xRange, yRange).catch(() => undefined);
  }

  /** The canvas, which shows the view as soon as its points are counted; of several views that are asked for meanwhile, the last. */
  show(picture: DensityPicture, colour: string): HTMLCanvasElement {
    this.wanted = { picture, colour };
    void this.work();
    return this.canvas;
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    await yieldToEventLoop();
    try {
      while (this.wanted) {
        const { picture, colour } = this.wanted;
        this.wanted = undefined;
        const key = JSON.stringify([picture, colour]);
        if (key === this.drawn) continue;
        this.grains ??= [await grainOf(this.x), await grainOf(this.y)];
        const { view, across, up } = this.viewOf(picture);
        const cells = paint(await this.count(view), view, colour);
        const { canvas } = this;
        [canvas.width, canvas.height] = [picture.width, picture.height];
        const context = canvas.getContext("2d")!;
        context.imageSmoothingEnabled = false;
        // The cells' own rectangle may reach beyond the picture's.
        const place = (value: number, [from, to]: readonly [number, number], pixels: number) =>
          ((value - from) / (to - from)) * pixels;
        const left = place(across[0], picture.x, picture.width);
        const right = place(across[1], picture.x, picture.width);
        const bottom = place(up[0], picture.y, picture.height);
        const top = place(up[1], picture.y, picture.height);
        context.drawImage(cells, left, picture.height - top, right - left, top - bottom);
        this.drawn = key;
        canvas.dataset.drawn = String(1 + Number(canvas.dataset.drawn ?? 0));
      }
    } finally {
      this.busy = false;
    }
  }

  /** Cells of about the screen's resolution; where numbers have a grain, whole numbers of it, so that no stripes appear. */
  private viewOf({ x, y, width, height }: DensityPicture) {
    const [across, columns] = cellsOf(x, width, this.grains![0]);
    const [up, rows] = cellsOf(y, height, this.grains![1]);
    return { view: { x: across, y: up, columns, rows }, across, up };
  }

  private async count(view: DensityView): Promise<Uint32Array> {
    const gpu = await this.gpu;
    const counts = await gpu?.count(view).catch(() => undefined);
    return counts ?? countOnCpu(this.x, this.y, view);
  }
}

async function countOnCpu(
  x: Float64Array,
  y: Float64Array,
  { x: [left, right], y: [low, high], columns, rows }: DensityView,
): Promise<Uint32Array> {
  const pause = createYielder({});
  const counts = new Uint32Array(columns * rows);
  const [perX, perY] = [columns / (right - left), rows / (high - low)];
  for (let i = 0; i < x.length; i++) {
    if (i % BLOCK === 0) await pause();
    if (!(x[i] >= left && x[i] <= right && y[i] >= low && y[i] <= high)) continue;
    const column = Math.min(Math.floor((x[i] - left) * perX), columns - 1);
    const row = Math.min(Math.floor((high - y[i]) * perY), rows - 1);
    counts[row * columns + column]++;
  }
  return counts;
}

/** The step of numbers that are whole multiples of one, such as whole minutes; 0 where there is none. */
async function grainOf(numbers: Float64Array): Promise<number> {
  await yieldToEventLoop();
  const step = Math.max(Math.floor(numbers.length / SAMPLE), 1);
  const sample = new Float64Array(Math.min(numbers.length, SAMPLE));
  for (let i = 0; i < sample.length; i++) sample[i] = numbers[i * step];
  sample.sort();
  let grain = Infinity;
  let different = 1;
  for (let i = 1; i < sample.length; i++) {
    const apart = sample[i] - sample[i - 1];
    if (apart === 0) continue;
    different++;
    grain = Math.min(grain, apart);
  }
  return different < sample.length / 2 && Number.isFinite(grain) ? grain : 0;
}

/** The stretch that cells cover, and how many they are. */
function cellsOf(
  [from, to]: readonly [number, number],
  pixels: number,
  grain: number,
): [[number, number], number] {
  const finest = ((to - from) / pixels) * CELL;
  if (grain === 0) return [[from, to], Math.max(Math.round(pixels / CELL), 1)];
  const size = Math.ceil(finest / grain) * grain;
  const first = Math.floor((from + grain / 2) / size) * size - grain / 2;
  const count = Math.max(Math.ceil((to - first) / size), 1);
  return [[first, first + count * size], count];
}

/** A cell is the darker, the more points it holds, on a logarithmic scale. */
function paint(counts: Uint32Array, { columns, rows }: DensityView, colour: string): OffscreenCanvas {
  let most = 1;
  for (const count of counts) if (count > most) most = count;
  const canvas = new OffscreenCanvas(columns, rows);
  const context = canvas.getContext("2d")!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  const image = new ImageData(columns, rows);
  const { data } = image;
  const scale = 1 / Math.log1p(most);
  const alphaOf = (count: number) => 255 * (0.12 + 0.68 * Math.log1p(count) * scale);
  const small = Uint8ClampedArray.from({ length: SMALL }, (_, count) => alphaOf(count));
  for (let i = 0, at = 0; i < counts.length; i++, at += 4) {
    if (counts[i] === 0) continue;
    data[at] = r;
    data[at + 1] = g;
    data[at + 2] = b;
    data[at + 3] = counts[i] < SMALL ? small[counts[i]] : alphaOf(counts[i]);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
