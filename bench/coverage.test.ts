/** The coverage of bands that the documentation reports is the measured one, and it promises no more. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type CoverageResults, type CoverageRow, SHARES } from "./coverage.ts";
import { type CoverageTable, cases } from "./coverage-cases.ts";
import { coverageExtents, coverageTables, promisedShare, promiseOf } from "./coverage-tables.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const results: CoverageResults = JSON.parse(read("results/coverage.json"));
const guide = read("../docs/guide/uncertainty.md");
const tables = Object.keys(cases) as CoverageTable[];

test("the tables of the guide are those of bench/results/coverage.json", () => {
  for (const table of Object.values(coverageTables(results))) expect(guide).toContain(table);
  const [fewest, most] = [Math.min, Math.max].map((of) =>
    of(...tables.flatMap((table) => results[table].map(({ samples }) => samples))),
  );
  expect(guide).toContain(`over ${fewest} to ${most} samples of each kind`);
  expect(guide).toContain(coverageExtents(results));
});

test("all cases were measured", () => {
  const caseOf = ({
    truth,
    design,
    noise,
    n,
    fit,
  }: Omit<CoverageRow, "samples" | (typeof SHARES)[number]>) => ({
    ...{ truth, design, noise, n, fit },
  });
  for (const table of tables) expect(results[table].map(caseOf)).toEqual(cases[table].map(caseOf));
});

test("no band is promised to hold more often than it was measured to", () => {
  const broken = tables.flatMap((table) =>
    results[table].flatMap((row) => {
      const promised = promiseOf(row);
      if (!promised) return [];
      return SHARES.filter((share) => row[share] < promisedShare(promised, share)).map(
        (share) => `${JSON.stringify(row)}: ${share}`,
      );
    }),
  );
  expect(broken).toEqual([]);
});
