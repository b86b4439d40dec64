/** Class probabilities over a plane: each pixel mixes the classes' colours by their probabilities; the data on top. */
import * as Plot from "@observablehq/plot";
import { rgb } from "d3-color";
import { schemeObservable10 } from "d3-scale-chromatic";
import { asImage, cellsOf } from "./line-panels.ts";
import { layUnder } from "./underlay.ts";

/** Okabe and Ito's colours, told apart by most eyes; more classes get those of a longer scheme. */
export const classColours = ["#e69f00", "#0072b2", "#009e73"] as const;
export const coloursFor = (classes: number): readonly string[] =>
  classes <= classColours.length ? classColours : schemeObservable10;
const symbols = [
  "circle",
  "triangle",
  "square",
  "diamond",
  "cross",
  "star",
  "wye",
  "asterisk",
  "plus",
  "times",
];

export interface ClassMap {
  readonly classes: readonly string[];
  /** Grid of columns × rows points, row by row from the bottom; probabilities grid × classes. */
  readonly columns: number;
  readonly rows: number;
  readonly probability: Float64Array;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly label: string }[];
  /** What the points are, in words. */
  readonly what: string;
  /** In pixels, where it does not follow from the width. */
  readonly height?: number;
  readonly xIsDate?: boolean;
  readonly yIsDate?: boolean;
}

export function drawClassMap(body: HTMLElement, map: ClassMap): void {
  const [cell] = cellsOf(body, 1);
  const width = cell.clientWidth;
  const height = map.height ?? Math.round(Math.min(width * 0.62, 460));
  const dated = (isDate = false, value: number) => (isDate ? new Date(value) : value);
  const canvas = document.createElement("canvas");
  paint(canvas, map);
  const plot = Plot.plot({
    width,
    height,
    marginLeft: map.yIsDate ? 76 : 56,
    marginBottom: 40,
    marginTop: 24,
    style: { fontSize: "12px" },
    x: {
      domain: map.x.map((x) => dated(map.xIsDate, x)),
      label: map.xLabel,
      type: map.xIsDate ? "utc" : "linear",
      ticks: Math.max(3, Math.round(width / 110)),
    },
    y: {
      domain: map.y.map((y) => dated(map.yIsDate, y)),
      label: map.yLabel,
      type: map.yIsDate ? "utc" : "linear",
    },
    symbol: { domain: [...map.classes], range: symbols.slice(0, map.classes.length) },
    color: { domain: [...map.classes], range: coloursFor(map.classes.length).slice(0, map.classes.length) },
    marks: [
      Plot.dot(map.points, {
        x: ({ x }) => dated(map.xIsDate, x),
        y: ({ y }) => dated(map.yIsDate, y),
        className: "penguins",
        symbol: "label",
        fill: "label",
        stroke: "white",
        strokeWidth: 0.8,
        r: 4,
      }),
    ],
  });
  asImage(
    plot,
    `class probabilities of ${map.classes.join(", ")} by ${map.xLabel} and ${map.yLabel}, with ${map.points.length} ${map.what}`,
  );
  layUnder(cell, canvas, plot);
}

/** The colour of a point whose classes have these probabilities: their mixture, paled so that the data stands out. */
export function mixture(probabilities: ArrayLike<number>): [number, number, number] {
  const mixed: [number, number, number] = [0, 0, 0];
  coloursFor(probabilities.length)
    .slice(0, probabilities.length)
    .forEach((colour, c) => {
      const { r, g, b } = rgb(colour);
      [r, g, b].forEach((channel, i) => {
        mixed[i] += probabilities[c] * (255 - 0.6 * (255 - channel));
      });
    });
  return mixed;
}

function paint(canvas: HTMLCanvasElement, { columns, rows, probability, classes }: ClassMap): void {
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = (row * columns + column) * classes.length;
      const colour = mixture(probability.subarray(at, at + classes.length));
      image.data.set([...colour, 255], 4 * ((rows - 1 - row) * columns + column));
    }
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}
