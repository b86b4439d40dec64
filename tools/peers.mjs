/**
 * `npm run bench -- --peers [--save]`: what other JavaScript libraries do for the same tasks, as their users call them, in one run on one thread of this
 * machine. Errors are largest differences from float64 over every pair, at some of the places, as a share of the largest value there.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { randomLcg, randomNormal } from "d3-random";
import { regressionLoess as d3Loess } from "d3-regression";
import { density1d, density2d } from "fast-kde";
import pdfast from "pdfast";
import { kernelDensityEstimation } from "simple-statistics";
import { randomKDE, regressionLoess as vegaLoess } from "vega-statistics";
import { say } from "./setup.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const RUNS = 9;
/** What takes longer is run once. */
const PATIENCE = 5000;

const normal = randomNormal.source(randomLcg(0.25))();
const numbers = (count) => Float64Array.from({ length: count }, () => normal());
const grid = (from, to, count) =>
  Float64Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

async function tasksOf({ Engine, KernelDensity, KernelRegression }) {
  const engine = await Engine.create({ backend: "cpu", workers: 0 });
  const quiet = { engine, onWarning() {} };
  const density = (keys, queries, bandwidth) => async (options) => {
    const model = await KernelDensity.fit({ keys, bandwidth }, quiet);
    return (await model.evaluate(queries, options)).density;
  };
  /** Ours: exact everywhere, and to an absolute error as histograms are. */
  const ours = (work, absoluteTolerance) => [
    ["nadaraya, tolerance 1e-6", () => work({ tolerance: 1e-6 })],
    [
      `nadaraya, absoluteTolerance ${absoluteTolerance.toExponential(0)}`,
      () => work({ tolerance: 1e-3, absoluteTolerance }),
    ],
  ];
  /** Every pair in float64, at every so many places. */
  const exactly = (keys, queries, dims, bandwidth, step) => async () => {
    const indices = Array.from({ length: Math.floor(queries.length / dims / step) }, (_, i) => i * step);
    const some = Float64Array.from(indices.flatMap((i) => [...queries.subarray(i * dims, (i + 1) * dims)]));
    const model = await KernelDensity.fit({ keys: { data: keys, dims }, bandwidth }, quiet);
    const { density } = await model.evaluate({ data: some, dims }, { method: "dense" });
    return { indices, density };
  };
  const many = numbers(1e6);
  const [extent, bandwidth] = [[-6, 6], 0.1];
  const places = grid(...extent, 512);
  const list = [...many];
  const kde1 = density(many, places, bandwidth);

  const [width, bins] = [0.2, 256];
  const pairs = numbers(2e6);
  const rows = Array.from({ length: 1e6 }, (_, i) => [pairs[2 * i], pairs[2 * i + 1]]);
  const axis = grid(...extent, bins);
  const square = Float64Array.from({ length: 2 * bins * bins }, (_, i) =>
    i % 2 === 0 ? axis[(i >> 1) % bins] : axis[Math.floor((i >> 1) / bins)],
  );
  const kde2 = density({ data: pairs, dims: 2 }, { data: square, dims: 2 }, width);

  const few = numbers(5000);
  const noisy = Float64Array.from(few, (x) => Math.sin(2 * x) + normal() / 4);
  const points = Array.from(few, (x, i) => ({ x, y: noisy[i] }));
  const line = async () => {
    const input = { keys: few, values: noisy, degree: 1, kernel: "tricube", bandwidth: 0.3 };
    return (await (await KernelRegression.fit(input, quiet)).predict(few)).mean;
  };
  return [
    {
      task: "density of 1e6 points on 512 places, d = 1",
      exact: exactly(many, places, 1, bandwidth, 7),
      by: [
        ...ours(kde1, 4e-5),
        [
          "fast-kde",
          () => Float64Array.from(density1d(list, { bandwidth, extent, bins: 512 }), ({ y }) => y),
        ],
        [
          "pdfast (triangular)",
          () => {
            const step = 12 / 511;
            const options = { min: -6, max: 6, size: 512, width: Math.round((2.45 * bandwidth) / step) };
            return Float64Array.from(pdfast.create(list, options), ({ y }) => y / step);
          },
        ],
        [
          "vega-statistics",
          () => {
            const { pdf } = randomKDE(list, bandwidth);
            return places.map((x) => pdf(x));
          },
        ],
        [
          "simple-statistics",
          () => {
            const pdf = kernelDensityEstimation(list, "gaussian", bandwidth);
            return places.map((x) => pdf(x));
          },
        ],
      ],
    },
    {
      task: "density of 1e6 points on 256 × 256 places, d = 2",
      exact: exactly(pairs, square, 2, width, 517),
      by: [
        ...ours(kde2, 4e-5),
        [
          "fast-kde",
          () => {
            const options = { bandwidth: [width, width], extent: [extent, extent], bins: [bins, bins] };
            return Float64Array.from(density2d(rows, options), ({ z }) => z);
          },
        ],
      ],
    },
    {
      task: "5,000 points smoothed at themselves by local lines (ours: fixed window; loess: nearest fifth)",
      by: [
        ["nadaraya", line],
        [
          "d3-regression loess",
          () =>
            d3Loess()
              .x(({ x }) => x)
              .y(({ y }) => y)
              .bandwidth(0.2)(points),
        ],
        [
          "vega-statistics loess",
          () =>
            vegaLoess(
              points,
              ({ x }) => x,
              ({ y }) => y,
              0.2,
            ),
        ],
      ],
    },
  ];
}

export async function peers(save) {
  const library = await import(pathToFileURL(`${root}/dist/src/index.js`).href);
  const tasks = [];
  for (const { task, exact, by } of await tasksOf(library)) {
    const truth = exact && (await exact());
    const largest = truth?.density.reduce((most, x) => Math.max(most, x), 0);
    const measured = by.map(([name, work]) => ({ name, work, times: [], error: undefined }));
    // In turn, so that what else the machine does meets all of them alike.
    for (let run = 0; run <= RUNS; run++)
      for (const each of measured) {
        if (each.times[0] > PATIENCE) continue;
        const start = performance.now();
        const answer = await each.work();
        each.times.push(performance.now() - start);
        if (truth)
          each.error =
            truth.density.reduce((most, x, i) => Math.max(most, Math.abs(x - answer[truth.indices[i]])), 0) /
            largest;
      }
    const rows = measured.map(({ name, times, error }) => {
      const counted = times.length > 1 ? times.slice(1) : times;
      say(`${task}: ${name} ${median(counted).toFixed(1)} ms`);
      return { by: name, milliseconds: median(counted), runs: counted.length, error };
    });
    tasks.push({ task, rows });
  }
  const results = {
    version: 1,
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0].model,
    tasks,
  };
  if (save) writeFileSync(`${root}/bench/results/peers.json`, `${JSON.stringify(results, null, 1)}\n`);
  console.log(peersTable(results));
}

/** The saved results as tables. */
export function peersTable({ node, cpu, tasks }) {
  const lines = [`## Beside other libraries`, "", `One thread, Node ${node}, ${cpu}; medians.`, ""];
  for (const { task, rows } of tasks) {
    lines.push(
      `**${task}**`,
      "",
      "| by | time | beside our fastest that is no less exact | error |",
      "| --- | --- | --- | --- |",
    );
    const isOurs = ({ by }) => by.startsWith("nadaraya");
    for (const row of rows) {
      const exactEnough = rows.filter((each) => isOurs(each) && !(each.error > row.error));
      // Where a peer is more exact than any of ours, our most exact one.
      const [ours = rows[0]] = exactEnough.toSorted((a, b) => a.milliseconds - b.milliseconds);
      const ratio = isOurs(row) ? "" : `we are ${(row.milliseconds / ours.milliseconds).toPrecision(2)} ×`;
      const error = row.error === undefined ? "another smoother" : row.error.toExponential(0);
      lines.push(`| ${row.by} | ${row.milliseconds.toPrecision(3)} ms | ${ratio} | ${error} |`);
    }
    lines.push("");
  }
  return lines.join("\n");
}
