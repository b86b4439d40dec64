/** Tables of the documents against what is measured: the windows of the fast Gauss transform, and bench/results/scale.json. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Window, windowFor } from "./methods/transform/window.ts";
import { root } from "./testing/app.ts";

const textOf = (path: string) => readFileSync(join(root, path), "utf8");

/** The rows of the Markdown table with this head. */
function tableOf(path: string, head: string): string[][] {
  const [, rest] = textOf(path).split(`\n${head}\n`);
  if (rest === undefined) throw new Error(`${path} has no table ${head}`);
  const [, ...rows] = rest.split("\n\n")[0].split("\n");
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const oneDigit = (x: number) => Number(x.toPrecision(1)).toExponential(0);

/** The windows that are chosen for some tolerance, by their width and step. */
function windowsFor(power: number): Map<string, Window> {
  const found = new Map<string, Window>();
  for (let wanted = 1e-5; wanted > 1e-15; wanted /= 1.05) {
    const window = windowFor(wanted, power);
    if (window) found.set(`${window.width} ${window.spacing}`, window);
  }
  return found;
}

test("docs/accuracy.md has the error of each window", () => {
  const rows = tableOf("docs/accuracy.md", "| points touched | step δ | largest ε |");
  const found = [...windowsFor(0).values()].map(({ width, spacing, error }) => [
    ...[String(width), String(spacing)],
    oneDigit(error),
  ]);
  expect(rows).toEqual(found);
});

test("docs/accuracy.md has the error of each window of moments", () => {
  const rows = tableOf(
    "docs/accuracy.md",
    "| points touched | step δ | largest ε, p ≤ 2 | largest ε, p ≤ 4 |",
  );
  const [two, four] = [windowsFor(2), windowsFor(4)];
  const found = [...two.keys()].map((name) => [
    ...name.split(" "),
    ...[two, four].map((windows) => oneDigit(windows.get(name)!.error)),
  ]);
  expect(rows).toEqual(found);
});

test("docs/scale.md has the figures of bench/results/scale.json", () => {
  interface Run {
    readonly workers: number;
    readonly shards: number;
    readonly places: number;
    readonly measured: number;
    readonly predicted: number;
  }
  interface Saved {
    readonly constants: {
      readonly task: number;
      readonly row: number;
      readonly sum: number;
      readonly merge: number;
    };
    readonly latency: number;
    readonly start: number;
    readonly results: readonly Run[];
    readonly far: readonly { readonly what: string; readonly seconds: number }[];
  }
  const { constants, latency, start, results, far }: Saved = JSON.parse(textOf("bench/results/scale.json"));
  const seconds = (ms: number) => (ms / 1000).toFixed(2);
  const rows = tableOf(
    "docs/scale.md",
    "| workers | shards | places | measured, s | predicted, s | predicted ÷ measured |",
  );
  expect(rows).toEqual(
    results.map(({ workers, shards, places, measured, predicted }) => [
      ...[workers, shards].map(String),
      places.toLocaleString("en-US"),
      ...[measured, predicted].map(seconds),
      (predicted / measured).toFixed(2),
    ]),
  );
  const { task, row, sum, merge } = constants;
  const text = textOf("docs/scale.md").replace(/\s+/g, " ");
  for (const words of [
    `a task t₀ = ${task.toFixed(0)} ms, a row t_row = ${(1000 * row).toFixed(2)} µs`,
    `a sum at a place t_sum = ${(1000 * sum).toFixed(1)} µs`,
    `t_merge = ${(1000 * merge).toFixed(1)} µs`,
    `${latency.toFixed(1)} ms a task and ${(start / 1000).toFixed(2)} s a job`,
  ])
    expect(text).toContain(words);
  const larger = tableOf(
    "docs/scale.md",
    "| rows | shards | workers | bytes read | time of all workers | on the wall |",
  );
  const wall = (s: number) => (s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${s % 60} s`);
  expect(
    larger.map(([n, shards, workers, , , time]) => [`${n} rows, ${shards} shards, ${workers} workers`, time]),
  ).toEqual(far.map(({ what, seconds }) => [what, wall(seconds)]));
});
