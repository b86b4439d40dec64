/** Bands of other samples hold the truth as often as bench/results/coverage.json has it. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Engine } from "../src/index.ts";
import { type CoverageResults, type CoverageRow, coverageOf, SHARES } from "./coverage.ts";
import { errorOf } from "./coverage-tables.ts";

const results: CoverageResults = JSON.parse(
  readFileSync(new URL("results/coverage.json", import.meta.url), "utf8"),
);
const engine = await Engine.create({ backend: "cpu", workers: 0 });
const SAMPLES = 60;

const rows = [
  ...[0, 1, 2, 4, 15, 18, 21].map((i) => results.curves[i]),
  ...results.difficulties.filter((_, i) => i % 2 === 0),
  ...[0, 1, 6].map((i) => results.surfaces[i]),
];

test.each(rows.map((row): [string, CoverageRow] => [JSON.stringify(row), row]))("%s", async (_, row) => {
  const again = await coverageOf(row, engine, SAMPLES, 10_001);
  for (const share of SHARES) {
    const p = Math.min(Math.max(row[share], 0.05), 0.97);
    const error = Math.hypot(errorOf(row.samples, share, p), errorOf(SAMPLES, share, p));
    expect(Math.abs(again[share] - row[share]), share).toBeLessThan(4 * error);
  }
});
