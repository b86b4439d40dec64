/** Every pair of features: the answer is the reference's, or the pair is refused in words that name both. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { Engine, KernelRegression } from "../index.ts";
import { band, standardError, topWeights } from "../reference/index.ts";
import { completed, has } from "../testing/covering/array.ts";
import { combinations, tuplesOf, wordsOfAll } from "../testing/covering/combinations.ts";
import { type Case, featureNames, features, wordsOf } from "../testing/covering/features.ts";
import { planOf, tableOf } from "../testing/covering/plan.ts";
import { faultOfRefusal, faultsOf, onlyOnGpu } from "../testing/covering/run-case.ts";
import { openFault } from "../testing/open-faults.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create({ backend: "cpu" });
});

const plan = planOf(2);

describe("the cases", () => {
  test("have every pair of values", () => {
    const answered = [...plan.cpu, ...plan.gpu];
    const refused = plan.refused.map(({ given }) => given);
    const faulty = plan.faulty.flatMap(({ cases }) => cases);
    const impossible = combinations.flatMap((each) => (each.kind === "impossible" ? tuplesOf(each) : []));
    const missing: string[] = [];
    for (const [i, first] of featureNames.entries())
      for (const second of featureNames.slice(i + 1))
        for (const a of features[first])
          for (const b of features[second]) {
            const pair = { [first]: a, [second]: b };
            if ([...answered, ...refused, ...faulty].some((given) => has(given, pair))) continue;
            if (impossible.some((values) => has(values as Case, pair))) continue;
            missing.push(wordsOf(pair));
          }
    expect(missing).toEqual([]);
  });

  test("answer every pair that is not refused, impossible, or an open fault by itself", () => {
    const unanswered = combinations.flatMap(tuplesOf).filter((values) => Object.keys(values).length === 2);
    const missing: string[] = [];
    for (const [i, first] of featureNames.entries())
      for (const second of featureNames.slice(i + 1))
        for (const a of features[first])
          for (const b of features[second]) {
            const pair = { [first]: a, [second]: b };
            if ([...plan.cpu, ...plan.gpu].some((given) => has(given, pair))) continue;
            if (unanswered.some((values) => has(values as Case, pair)) || !completed(pair)) continue;
            missing.push(wordsOf(pair));
          }
    expect(missing).toEqual([]);
  });
});

describe("equal the reference:", () => {
  test.each(
    features.asked.filter((asked) => plan.cpu.some((given) => given.asked === asked)),
  )("%s", async (asked) => {
    expect(
      await faultsOf(
        engine,
        plan.cpu.filter((given) => given.asked === asked),
      ),
    ).toEqual([]);
  });
});

test("refused in words that name the features", async () => {
  const faults: string[] = [];
  for (const { given, by } of plan.refused) {
    if (onlyOnGpu(by)) continue;
    const fault = await faultOfRefusal(engine, given, by);
    if (fault) faults.push(`${wordsOf(given)}: ${fault}`);
  }
  expect(faults).toEqual([]);
});

for (const { fault, cases } of plan.faulty) {
  const { issue, finding, what } = fault;
  const onCpu = cases.filter(({ backend }) => backend === "cpu");
  if (onCpu.length === 0) continue;
  let found: Promise<string[]> | undefined;
  const faults = () => (found ??= faultsOf(engine, onCpu)); // computed once for both tests
  openFault(issue, finding, `${what}: ${wordsOfAll(fault)}`, async () => {
    expect(await faults()).toEqual([]);
  });
  test(`each case of them is one: ${what}: ${wordsOfAll(fault)}`, async () => {
    expect(await faults()).toHaveLength(onCpu.length);
  });
}

describe("what the cases avoid", () => {
  const keys = [0, 1, 2.5, 9];
  const values = [1, 2, 4, 3];
  const problem = {
    keys: keys.map((x) => [x]),
    values: values.map((v) => [v]),
    kernel: "gaussian",
    bandwidth: [1],
  } as const;

  test("as many of the heaviest keys as a Gaussian reaches", async () => {
    const model = await KernelRegression.fit({ keys, values, bandwidth: 1 }, { engine });
    for (const query of [0, 3, 30]) {
      const top = await model.topWeights([query], 4);
      const expected = topWeights(problem, [[query]], 4);
      expect(Array.from(top.keys)).toEqual(expected.keys[0]);
      for (const [place, weight] of expected.weights[0].entries())
        expect(top.weights[place] / weight).toBeCloseTo(1, 6);
    }
    // Where shares are no float64, the keys are still in their order.
    const far = await model.topWeights([-1e6], 4);
    expect([Array.from(far.keys), Array.from(far.weights)]).toEqual([
      [0, 1, 2, 3],
      [1, 0, 0, 0],
    ]);
    const box = await KernelRegression.fit({ keys, values, kernel: "boxcar", bandwidth: 1 }, { engine });
    expect(Array.from((await box.topWeights([0.5], 4)).keys)).toEqual([0, 1, -1, -1]);
  });

  test("bands have Student's t for few degrees of freedom", async () => {
    const model = await KernelRegression.fit({ keys, values, bandwidth: 1 }, { engine });
    const options = { standardError: true, confidence: 0.95 };
    const { mean, upper, standardError: found } = await model.predict([1], options);
    expect(found![0]).toBeCloseTo(standardError(problem, [[1]])[0][0], 6);
    expect(upper![0] - mean[0]).toBeCloseTo(band(problem, [[1]], 0.95).upper[0][0] - mean[0], 4);
  });
});

test("docs/reliability.md says how many cases there are", () => {
  expect(readFileSync("docs/reliability.md", "utf8")).toContain(tableOf("pairs", plan));
});
