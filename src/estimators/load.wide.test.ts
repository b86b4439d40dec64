/** Many models and calls at once, aborted or forgotten: answers are those of calls alone, and no memory stays. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Engine, KernelRegression } from "../index.ts";
import { fixSlices, gpuOf, ownGpuEngine } from "../testing/engines.ts";
import { draw } from "../testing/random.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await ownGpuEngine();
});
afterAll(() => engine.dispose());

function data(n: number, seed: number) {
  const random = draw(seed);
  const keys = Float64Array.from({ length: n }, () => random.uniform(0, 5));
  return { keys, values: keys.map((x) => seed * Math.sin(x) + random.normal()), bandwidth: 0.2 };
}
const queries = Float64Array.from({ length: 200 }, (_, i) => i / 40);
const dense = { method: "dense" } as const;

test("ten models, a hundred calls each, all at once: every answer is its model's", async () => {
  const models = await Promise.all(
    Array.from({ length: 10 }, (_, i) => KernelRegression.fit(data(500 + 40 * i, i + 1), { engine })),
  );
  const expected: Float64Array[] = [];
  for (const model of models) expected.push((await model.predict(queries, dense)).mean);
  let wrong = 0;
  await Promise.all(
    models.flatMap((model, i) =>
      Array.from({ length: 100 }, async () => {
        const { mean } = await model.predict(queries, dense);
        if (mean.some((x, q) => x !== expected[i][q])) wrong++;
      }),
    ),
  );
  expect(wrong).toBe(0);
  for (const model of models) model.dispose();
});

test("a short call is answered between the slices of a long one", async () => {
  const engine = await ownGpuEngine();
  fixSlices(engine); // hundreds for the long call, however fast the adapter is
  const long = await KernelRegression.fit(data(100_000, 1), { engine });
  const short = await KernelRegression.fit(data(100, 2), { engine });
  await short.predict(queries, dense);
  let longIsDone = false;
  const many = Float64Array.from({ length: 4000 }, (_, i) => i / 800);
  const running = long.predict(many, dense).then(() => {
    longIsDone = true;
  });
  for (let call = 0; call < 3; call++) await short.predict(queries, dense);
  expect(longIsDone).toBe(false);
  await running;
  engine.dispose();
});

/** More of them: `NADARAYA_ABORTS=100 npx vitest run src/estimators/load.wide.test.ts` aborts a thousand. */
const ROUNDS = Number(process.env.NADARAYA_ABORTS ?? 30);

test("calls aborted at random moments leave right answers and no memory", async () => {
  const model = await KernelRegression.fit(data(4000, 1), { engine });
  const { mean } = await model.predict(queries, dense);
  const random = draw(5);
  const many = Float64Array.from({ length: 3000 }, (_, i) => i / 600);
  const options = [dense, { method: "cull", tolerance: 1e-4 }, { method: "expand" }] as const;
  let aborted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const controller = new AbortController();
        const { signal } = controller;
        const call = model.predict(many, { ...options[i % 3], signal });
        const turns = random.integer(0, 40);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        if (turns > 30) await new Promise((resolve) => setImmediate(resolve));
        controller.abort();
        await call.catch((error: Error) => {
          if (error.name !== "AbortError") throw error;
          aborted++;
        });
      }),
    );
  }
  expect(aborted).toBeGreaterThan(5 * ROUNDS);
  expect((await model.predict(queries, dense)).mean).toEqual(mean);
  model.dispose();
  const { memory } = gpuOf(engine);
  expect(memory.freeCaches()).toBe(0);
});

test("fit, predict and dispose, again and again: as many bytes on the GPU as after the first", async () => {
  const { memory } = gpuOf(engine);
  let bytes = 0;
  for (let round = 0; round < 200; round++) {
    const model = await KernelRegression.fit(data(1000, 1), { engine });
    await model.predict(queries, dense);
    model.dispose();
    if (round === 1) bytes = memory.liveBytes;
  }
  expect(memory.liveBytes).toBe(bytes);
});

test("what a model held on the GPU is freed when the model is collected", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { memory } = gpuOf(engine);
  memory.freeCaches();
  await (async () => {
    const model = await KernelRegression.fit(data(100_000, 1), { engine });
    await model.predict(queries, dense);
  })();
  memory.trim();
  expect(memory.liveBytes).toBeGreaterThan(0); // the keys
  for (let turn = 0; turn < 100 && memory.liveBytes > 0; turn++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
    memory.trim();
  }
  expect(memory.liveBytes).toBe(0);
});
