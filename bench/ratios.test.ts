/** Ratios of saved results, and which of them became smaller. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Peers, ratiosOf, slowerToMarkdown } from "./ratios.ts";
import type { Results } from "./suite.ts";

const saved = (name: string) =>
  JSON.parse(readFileSync(new URL(`results/${name}.json`, import.meta.url), "utf8"));
const results: Results = saved("google-swiftshader-swiftshader-driver-5-0-0-node");
const peers: Peers = saved("peers");

test("a faster or slower machine changes no ratio", () => {
  const tasks = peers.tasks.map(({ task, rows }) => ({
    task,
    rows: rows.map(({ by, milliseconds }) => ({ by, milliseconds: 3 * milliseconds })),
  }));
  expect(ratiosOf({ tasks }).size).toBeGreaterThan(5);
  for (const [name, ratio] of ratiosOf({ tasks }))
    expect(ratio, name).toBeCloseTo(ratiosOf(peers).get(name)!, 12);
});

test("rows give shares of the ceiling and ratios to peers of the same problem", () => {
  const ratios = ratiosOf(results);
  const [ours, peer] = results.rows;
  const name = "every pair, gaussian, n = 16384, d = 1, 1 columns, m = 16384";
  expect(ratios.get(`${name}: share of the ceiling`)).toBe(ours.ofCeiling);
  expect(ratios.get(`${name}: beside one thread per query`)).toBe(ours.pairsPerSecond / peer.pairsPerSecond);
  expect(
    [...ratios.keys()].filter((key) => key.includes("workers beside one thread")).length,
  ).toBeGreaterThan(0);
  for (const ratio of ratios.values()) expect(ratio).toBeGreaterThan(0);
});

test("only what became slower is listed, the worst first", () => {
  expect(slowerToMarkdown("same", ratiosOf(results), ratiosOf(results))).toMatch(/^\*\*same\*\*: 0 of \d\d/);
  const before = new Map([
    ["a", 10],
    ["b", 10],
    ["c", 10],
    ["gone", 1],
  ]);
  const after = new Map([
    ["a", 7],
    ["b", 2],
    ["c", 9],
    ["new", 1],
  ]);
  expect(slowerToMarkdown("these", before, after).split("\n")).toEqual([
    "**these**: 2 of 3 ratios are below 0.8 of the committed ones.",
    "",
    "| what | committed | now | now / committed |",
    "| --- | --- | --- | --- |",
    "| b | 10.0 | 2.00 | 0.20 |",
    "| a | 10.0 | 7.00 | 0.70 |",
    "",
  ]);
});
