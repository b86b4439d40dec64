/** Measures the coverage of bands, as JSON on standard output. */
import { Engine } from "../src/index.ts";
import { coverageOf } from "./coverage.ts";
import { type CoverageCase, cases } from "./coverage-cases.ts";

const SAMPLES = 160;

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const measured = async (list: readonly CoverageCase[]) => {
  const rows = [];
  for (const each of list) {
    rows.push(await coverageOf(each, engine, SAMPLES));
    console.error(JSON.stringify(rows.at(-1)));
  }
  return rows;
};
const results = {
  curves: await measured(cases.curves),
  difficulties: await measured(cases.difficulties),
  surfaces: await measured(cases.surfaces),
};
process.stdout.write(`${JSON.stringify(results, null, 1)}\n`);
