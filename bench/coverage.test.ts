/** The coverage of bands that the documentation reports is the measured one. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type CoverageResults, cases, coverageExtents, coverageTables } from "./coverage.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const results: CoverageResults = JSON.parse(read("results/coverage.json"));
const guide = read("../docs/guide/uncertainty.md");

test("the tables of the guide are those of bench/results/coverage.json", () => {
  for (const table of Object.values(coverageTables(results))) expect(guide).toContain(table);
  expect(guide).toContain(coverageExtents(results));
  expect(guide).toContain(`over ${results.curves[0].samples} samples of each kind`);
});

test("all cases were measured", () => {
  for (const name of ["curves", "difficulties"] as const)
    expect(
      results[name].map(({ truth, design, noise, n, fit }) => ({ truth, design, noise, n, fit })),
    ).toEqual(cases[name].map(({ truth, design, noise, n, fit }) => ({ truth, design, noise, n, fit })));
});
