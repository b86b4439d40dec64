/** Which steps `npm test` runs, and in which order. */
import { expect, test } from "vitest";
import { failed, outcomeOf, runLanes, type Step, selectSteps, skipped } from "./steps.mjs";

const steps: readonly Step[] = [
  { name: "build" },
  { name: "unit" },
  { name: "unit-gpu", lane: "gpu" },
  { name: "pages", lane: "gpu", needs: ["chromium", "site"] },
  { name: "docs", wide: true },
  { name: "firefox", wide: true, needs: ["site"] },
];

test.each([
  [[], ["build", "unit", "unit-gpu", "pages"], []],
  [["--wide"], ["build", "docs", "firefox"], []],
  [["unit"], ["unit", "unit-gpu"], []],
  [["pages", "docs"], ["build", "pages", "docs"], []],
  [["nothing"], [], ["nothing"]],
])("%j chooses %j", (words, names, unknown) => {
  const selected = selectSteps(steps, words);
  expect(selected.chosen.map(({ name }) => name)).toEqual(names);
  expect(selected.unknown).toEqual(unknown);
});

test("lanes run side by side, pages wait for the build, and a failed step stops no other", async () => {
  const order: string[] = [];
  let endBuild = () => {};
  const building = new Promise<void>((resolve) => {
    endBuild = resolve;
  });
  const results = await runLanes(selectSteps(steps, []).chosen, async ({ name }) => {
    order.push(name);
    if (name === "build") await building;
    if (name === "unit-gpu") setImmediate(endBuild);
    return { outcome: outcomeOf(name === "build" ? 1 : name === "pages" ? 77 : 0, 77) };
  });
  expect(order.slice(0, 2)).toEqual(["build", "unit-gpu"]);
  expect(order.slice(2).sort()).toEqual(["pages", "unit"]);
  expect(results.map(({ name }) => name)).toEqual(["build", "unit", "unit-gpu", "pages"]);
  expect(failed(results)).toEqual(["build"]);
  expect(skipped(results)).toEqual(["pages"]);
});
