/** The public types are those of the reports in api/. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiReports } from "../tools/api.mjs";
import { root } from "./testing/app.ts";

const folder = join(root, "api");
const reports = apiReports();

test("there is a report for each entry point with types", () => {
  expect(readdirSync(folder).toSorted()).toEqual(Object.keys(reports).toSorted());
});

test.each(
  Object.keys(reports),
)("%s is up to date; npm run api updates it, and a reviewer reads the diff", (name) => {
  expect(reports[name]).toBe(readFileSync(join(folder, name), "utf8"));
});

test("the reports hold the options, and no comment or private member", () => {
  const text = Object.values(reports).join("\n");
  expect(text).toContain("readonly bandwidth?: number | readonly number[] | TypedArray | BandwidthRule;");
  expect(text).not.toMatch(/\/\*|\bprivate |\bprotected /);
});
