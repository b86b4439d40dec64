/** Open faults of the lesson's text and of the explorer's parts that need no page (issue R); e2e/open-faults.spec.ts has the others. */
// cspell:ignore consisten minibatch overfits rotat translat
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";
import { expect, test } from "vitest";
import { Engine } from "../src/index.ts";
import { openFault } from "../src/testing/open-faults.ts";
import { draw } from "../src/testing/random.ts";
import { dataOf } from "./explore/data.ts";
import { fitPicture } from "./explore/fit.ts";
import type { ReadTable } from "./explore/reader.ts";
import { beginning } from "./explore/state.ts";
import { encodeText } from "./explore/text-column.ts";

const { document } = new JSDOM(readFileSync(new URL("index.html", import.meta.url), "utf8")).window;
const textOf = (selector: string) =>
  [...document.querySelectorAll(selector)]
    .map(({ textContent }) => textContent!.replace(/\s+/g, " "))
    .join("\n");
const section = (heading: string) => textOf(`section[aria-labelledby=h-${heading}]`);
const exercise = (number: number) => textOf(`.exercises > li:nth-child(${number})`);
const lesson = textOf("header, main");

test("the lesson's text is read", () => {
  expect(section("weights")).toContain("along the diagonal");
  expect(exercise(2)).toContain("gradient descent");
});

for (const [what, text, words] of [
  [
    "estimates are alike because their weights are alike",
    section("estimates") + section("weights"),
    /\balike\b[^.]*\bweights\b|\bweights\b[^.]*\balike\b/i,
  ],
  [
    "the ends of the heat maps are dark as fewer neighbours share the 1",
    section("weights"),
    /\bends?\b[^.]*(fewer|dark)|fewer[^.]*\bends?\b/i,
  ],
  [
    "a boxcar's rows are even: one over the number in reach",
    section("weights"),
    /boxcar[^.]*(equal|even|same|one over|1\/)/i,
  ],
  ["classes are one-hot values", section("classes"), /one-hot/i],
  [
    "kernels ignore translations and rotations",
    lesson,
    /(translat|shift)[^.]*rotat|rotat[^.]*(translat|shift)/i,
  ],
  ["there is no training", lesson, /(no|without|not need|needs no) training\b/i],
  [
    "the estimate is consistent",
    textOf("main > section:not([aria-labelledby=h-exercises]), .toy"),
    /consisten|Mack/i,
  ],
  ["adaptive widths are Silverman's", section("density"), /Silverman/],
  ["relative representations are named", lesson, /ASIF|relative representation/i],
  ["exercise 1 asks for the difference of densities", exercise(1), /difference/i],
  ["exercise 2 is solved by stochastic gradient descent", exercise(2), /stochastic|SGD|minibatch/i],
  [
    "exercise 2 says whether leaving out still overfits",
    exercise(2).split("(b)").at(-1)!.split("(c)")[0],
    /overfit/i,
  ],
  ["there is a summary", textOf("h2"), /summary/i],
  ["a button sets everything as in the book", textOf("button"), /as in the (book|chapter)/i],
] as const)
  openFault("R", "pages 13", what, () => {
    expect(text).toMatch(words);
  });

openFault("R", "pages 16", "28 % of the keys are not called a third", () => {
  expect(section("density")).not.toMatch(/a third of them within 0\.1/);
});

const answers = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"];
const survey = (): ReadTable => {
  const random = draw(16);
  const rows = Array.from({ length: 200 }, (_, i) => i);
  const age = Float64Array.from(rows, () => random.uniform(18, 80));
  const score = age.map((each) => each / 10 + random.normal());
  return {
    ...{ names: ["age", "score", "answer"], rows: rows.length, dates: [] },
    columns: { age, score, answer: encodeText(rows.map((i) => answers[(i * 7) % 5])) },
  };
};
const signal = new AbortController().signal;
const choice = { x: "age", x2: "", y: "score", group: "answer" };

openFault("R", "pages 16", "groups of answers are in the order of agreement", async () => {
  const { series } = await dataOf(survey(), choice, signal);
  expect(series.map(({ name }) => name)).toEqual(answers);
});

openFault("R", "pages 16", "classes of answers are in the order of agreement", async () => {
  const engine = await Engine.create({ backend: "cpu", workers: 0 });
  const state = { ...beginning, ...choice, y: "answer", group: "" };
  const data = await dataOf(survey(), state, signal);
  const fit = await fitPicture(engine, data, state, { signal, widths: [8], isDragging: false });
  expect(fit.kind === "classes" && fit.classes).toEqual(answers);
});
