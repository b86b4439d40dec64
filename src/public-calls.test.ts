/** Rules that all public calls keep: what they are given is copied at once, and progress is that of the whole call. */
import { describe, expect, test } from "vitest";
import {
  Engine,
  KernelDensity,
  type KernelInput,
  KernelRegression,
  learnBandwidth,
  type RunOptions,
} from "./index.ts";
import { asyncNames, digest, overwrite, publicCalls } from "./testing/public-calls.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const calls = await publicCalls(engine);

/** Calls that take no data: their rows would test nothing. */
const WITHOUT_DATA = ["Engine.selfTest", "Engine.calibrate"];
/** Calls whose options have no `onProgress`. */
const WITHOUT_PROGRESS = [
  "Engine.create",
  "KernelClassifier.add",
  "KernelDensity.add",
  "KernelModel.remove",
  "KernelRegression.add",
  "decodePartial",
  "encodePartial",
];

const baseOf = (name: string) => name.split(":")[0];

test("every call of the API reports that returns a promise is in the table", () => {
  const names = asyncNames();
  expect(names).toContain("KernelRegression.predict");
  expect(new Set([...calls.map(({ name }) => baseOf(name)), ...WITHOUT_DATA])).toEqual(new Set(names));
});

test.each(calls)("$name answers for what it was given, though that is overwritten", async ({ prepare }) => {
  const expected = digest(await (await prepare()).start({}));
  const { given, start } = await prepare();
  const answer = start({});
  for (const each of given) if (each !== null && !isSums(each)) overwrite(each);
  expect(digest(await answer)).toBe(expected);
});

/** Partial sums are results, which callers do not overwrite. */
const isSums = (given: unknown) => given?.constructor.name === "PartialSums";

describe("progress", () => {
  const reporting = calls.filter(({ name }) => !WITHOUT_PROGRESS.includes(baseOf(name)));

  test.each(reporting)("$name reports it as one whole", async ({ prepare }) => {
    const { start } = await prepare();
    const reports: { done: number; total: number }[] = [];
    await start({ onProgress: ({ done, total }) => reports.push({ done, total }) });
    expect(reports.length).toBeGreaterThan(0);
    for (const [i, { done, total }] of reports.entries()) {
      expect(total).toBe(reports[0].total);
      expect(done).toBeGreaterThan(reports[i - 1]?.done ?? 0);
    }
    expect(reports.at(-1)!.done).toBe(reports[0].total);
  });

  test.each(reporting)("$name reports nothing once it has been aborted", async ({ prepare }) => {
    const { start } = await prepare();
    const abort = new AbortController();
    let reports = 0;
    const options: RunOptions = {
      signal: abort.signal,
      onProgress: () => {
        reports++;
        abort.abort(new Error("enough"));
      },
    };
    const outcome = await start(options).then(
      () => "done",
      (error: Error) => error.message,
    );
    expect(["done", "enough"]).toContain(outcome);
    const before = reports;
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(reports).toBe(before);
  });
});

describe("seeds", () => {
  const input = { keys: [1, 2, 3, 4], values: [1, 3, 2, 5], bandwidth: 1 };
  const takers = {
    bootstrap: async (seed: unknown) =>
      (await KernelRegression.fit(input, { engine })).bootstrap([2], { seed, replicates: 20 } as object),
    learnBandwidth: (seed: unknown) => learnBandwidth(input, { engine, seed, batch: 2, steps: 1 } as object),
  };
  const entries = Object.entries(takers);

  test.each(entries)("%s takes whole numbers from 0 to 2^32 − 1 and no others", async (_, take) => {
    for (const seed of [NaN, Infinity, 0.5, 1.5, 2 ** 32, -1, "1", null])
      await expect(take(seed)).rejects.toThrow("expected a whole number from 0 to 4294967295");
    for (const seed of [0, 1, 2 ** 31, 2 ** 32 - 1]) await expect(take(seed)).resolves.toBeDefined();
  });
});

test("settings that change after the call change nothing", async () => {
  const keys = [0, 1, 2.5, 4, 7, 8];
  const engine = await Engine.create({ backend: "cpu" });
  const input: { -readonly [K in keyof KernelInput]: KernelInput[K] } = { keys, bandwidth: 1 };
  const at = [0.3, 3];
  const settings = [
    { kernel: "gaussian" },
    { kernel: "epanechnikov", shape: "product" },
    { kernel: "gaussian", neighbours: 3 },
    { kernel: "gaussian", adaptive: 0.5 },
  ] as const;
  const models = settings.map((each) => {
    Object.assign(input, { neighbours: undefined, adaptive: undefined, shape: undefined }, each);
    return KernelDensity.fit(input, { engine });
  });
  input.kernel = "boxcar";
  for (const [i, model] of (await Promise.all(models)).entries()) {
    const { density } = await (
      await KernelDensity.fit({ keys, bandwidth: 1, ...settings[i] }, { engine })
    ).evaluate(at);
    expect((await model.evaluate(at)).density).toEqual(density);
  }
});
