/** Figure 7: which penguin is it? Class probabilities over two of four measurements. */
import { csvParseRows } from "d3-dsv";
import text from "../data/penguins.csv?raw";
import { type ClassMap, drawClassMap } from "../draw/class-map.ts";
import { figure } from "../figure.ts";

const [[, ...names], ...rows] = csvParseRows(text); // objects would need eval, which the page forbids itself
export const measurements = names;
const labels = rows.map(([species]) => species);

const COLUMNS = 96;
const ROWS = 64;

function column(index: number) {
  const data = rows.map((row) => +row[1 + index]);
  const mean = data.reduce((sum, x) => sum + x / data.length, 0);
  const deviation = Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (data.length - 1));
  const [least, largest] = [Math.min(...data), Math.max(...data)];
  const pad = 0.06 * (largest - least);
  return { data, deviation, range: [least - pad, largest + pad] as const };
}

/** One measurement of every bird, and its species. */
export function birds(index: number) {
  const { data, deviation } = column(index);
  return { x: Float64Array.from(data), labels, spread: deviation };
}

/** The middle of pixel i of `count` over a range. */
const cellCentre = ([from, to]: readonly [number, number], i: number, count: number) =>
  from + ((i + 0.5) / count) * (to - from);

export const penguinsFigure = figure<ClassMap>({
  id: "penguins",
  uses: ["birdX", "birdY", "birdSigma"],
  async compute(computeService, { birdX, birdY, birdSigma }) {
    const [x, y] = [column(birdX), column(birdY)];
    const keys = x.data.map((value, i) => [value, y.data[i]]);
    const grid = new Float64Array(COLUMNS * ROWS * 2);
    for (let i = 0; i < COLUMNS * ROWS; i++) {
      grid[2 * i] = cellCentre(x.range, i % COLUMNS, COLUMNS);
      grid[2 * i + 1] = cellCentre(y.range, Math.floor(i / COLUMNS), ROWS);
    }
    const bandwidth = [birdSigma * x.deviation, birdSigma * y.deviation];
    const { probability, classes } = await computeService.classify(keys, labels, bandwidth, {
      data: grid,
      dims: 2,
    });
    return {
      classes,
      columns: COLUMNS,
      rows: ROWS,
      probability,
      x: x.range,
      y: y.range,
      xLabel: measurements[birdX],
      yLabel: measurements[birdY],
      what: "penguins",
      points: keys.map(([px, py], i) => ({ x: px, y: py, label: labels[i] })),
    };
  },
  draw: drawClassMap,
  table: ({ classes, probability, columns, rows, x, y, xLabel, yLabel }) => ({
    columns: [xLabel, yLabel, ...classes],
    rows: Array.from({ length: columns * rows }, (_, i) => [
      cellCentre(x, i % columns, columns),
      cellCentre(y, Math.floor(i / columns), rows),
      ...probability.subarray(i * classes.length, (i + 1) * classes.length),
    ]),
  }),
});
