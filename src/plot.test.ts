/** Marks of Observable Plot: their numbers are the library's, and Plot draws them. */
import * as Plot from "@observablehq/plot";
import { JSDOM } from "jsdom";
import { expect, test } from "vitest";
import { KernelRegression } from "./index.ts";
import { band, curve, smooth, smoothRows } from "./plot.ts";
import { draw } from "./testing/random.ts";

const random = draw(12);
const rows = Array.from({ length: 90 }, (_, i) => {
  const x = random.uniform(0, 5);
  return { x, y: i === 7 ? null : Math.sin(x) + random.normal() / 9, kind: i % 3 === 0 ? "a" : "b" };
});
const { document } = new JSDOM("").window;
const drawn = (marks: Plot.Markish[]) => Plot.plot({ document, marks });

test("a curve with its band is the regression of the rows that are whole", async () => {
  const found = await smoothRows(rows, { x: "x", y: ({ y }) => y, bandwidth: 0.5, degree: 1, points: 50 });
  const whole = rows.filter(({ y }) => y !== null);
  const keys = whole.map(({ x }) => x);
  const model = await KernelRegression.fit({
    keys,
    values: whole.map(({ y }) => y!),
    bandwidth: 0.5,
    degree: 1,
  });
  const places = found.map(({ x }) => Number(x));
  expect([places[0], places.at(-1)]).toEqual([Math.min(...keys), Math.max(...keys)]);
  const { mean, lower, upper } = await model.predict(places, { confidence: 0.95 });
  expect(found).toHaveLength(50);
  found.forEach((row, i) => {
    expect(row.y).toBeCloseTo(mean[i], 5);
    expect(row.lower).toBeCloseTo(lower![i], 5);
    expect(row.upper).toBeCloseTo(upper![i], 5);
  });
});

test("one curve for each group, drawn with a band of the same colour", async () => {
  const marks = await smooth(rows, { x: "x", y: "y", z: "kind", bandwidth: 0.5 });
  const svg = drawn([marks]);
  const [areas, lines] = [
    svg.querySelectorAll("g[aria-label=area] path"),
    svg.querySelectorAll("g[aria-label=line] path"),
  ];
  expect([areas.length, lines.length]).toEqual([2, 2]);
  const colours = [...lines].map((path) => path.getAttribute("stroke"));
  expect(new Set(colours).size).toBe(2);
  expect([...areas].map((path) => path.getAttribute("fill"))).toEqual(colours);
  for (const path of lines) expect(path.getAttribute("d")).not.toMatch(/NaN/);
});

test("dates stay dates, channels may be arrays, and the band may be left out", async () => {
  const x = rows.map((row) => new Date(Date.UTC(2026, 0, 1) + row.x * 86_400_000));
  const y = rows.map((row) => row.y);
  const found = await smoothRows(rows, { x, y, confidence: null, points: 10 });
  expect(found[0].x).toBeInstanceOf(Date);
  expect(found[0]).not.toHaveProperty("lower");
  const svg = drawn([band(found), curve(found, { stroke: "red", strokeWidth: 3 })]);
  expect(svg.querySelectorAll("g[aria-label=area] path")).toHaveLength(0);
  expect(svg.querySelector("g[aria-label=line]")!.getAttribute("stroke")).toBe("red");
});

test("what is wrong is said", async () => {
  await expect(smoothRows(rows, { x: "weight", y: "y" })).rejects.toThrow('x is "weight", which no row has');
  await expect(smoothRows(rows, { x: "kind" as "x", y: "y" })).rejects.toThrow(
    'x of row 1 is "a", expected a number or a date',
  );
  await expect(smoothRows(rows, { x: [1, 2], y: "y" })).rejects.toThrow(
    "x has 2 values, expected one for each of the 90 rows",
  );
  await expect(smoothRows(rows, { x: "x", y: "y", points: 1 })).rejects.toThrow(
    "points is 1, expected a whole number from 2 to",
  );
});
