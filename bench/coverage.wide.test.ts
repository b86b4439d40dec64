/** Bands hold the truth as often as bench/results/coverage.json has it. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Engine } from "../src/index.ts";
import { type CoverageResults, type CoverageRow, coverageOf } from "./coverage.ts";

const results: CoverageResults = JSON.parse(
  readFileSync(new URL("results/coverage.json", import.meta.url), "utf8"),
);
const engine = await Engine.create({ backend: "cpu", workers: 0 });
const SAMPLES = 60;
/** Places of one sample are as good as that number of independent ones. */
const PLACES = { inside: 4, ends: 2, simultaneous: 1 };

const rows = [0, 1, 2, 4, 15, 18, 21].map((i) => results.curves[i]);
const cases = [...rows, ...results.difficulties.filter((_, i) => i % 2 === 0)];

test.each(cases.map((row): [string, CoverageRow] => [JSON.stringify(row), row]))("%s", async (_, row) => {
  const again = await coverageOf(row, engine, SAMPLES, 10_001);
  for (const what of ["inside", "ends", "simultaneous"] as const) {
    const share = Math.min(Math.max(row[what], 0.05), 0.97);
    const variance = (share * (1 - share) * (1 / SAMPLES + 1 / row.samples)) / PLACES[what];
    expect(Math.abs(again[what] - row[what]), what).toBeLessThan(4 * Math.sqrt(variance));
  }
});
