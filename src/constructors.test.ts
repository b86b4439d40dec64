/** Classes whose objects only the library makes say so: an object of `new Engine()` would fail in each of its methods. */
import { describe, expect, test } from "vitest";
import * as distributed from "./distributed/index.ts";
import * as core from "./index.ts";
import * as io from "./io/index.ts";
import * as partials from "./partials/index.ts";
import * as plot from "./plot.ts";

/** What messages say to call instead. */
const GUARDED: Readonly<Record<string, string>> = {
  Engine: "Engine.create()",
  KernelRegression: "KernelRegression.fit(",
  KernelClassifier: "KernelClassifier.fit(",
  KernelDensity: "KernelDensity.fit(",
  GridFit: "fromGrid(",
  PartialSums: "model.partial(",
  QueueRunner: "QueueRunner.connect(",
  QueueWorker: "QueueWorker.start(",
};
/** Classes that callers construct. */
const PUBLIC = [
  "NadarayaError",
  "ProcessExecutor",
  "LocalRunner",
  "FolderStore",
  "MemoryStore",
  "TaskPerformer",
];

type Constructor = new (...given: unknown[]) => object;
const exported: Readonly<Record<string, unknown>> = { ...core, ...distributed, ...io, ...partials, ...plot };
const isClass = (value: unknown): value is Constructor =>
  typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
const classes: Readonly<Record<string, Constructor>> = Object.fromEntries(
  Object.entries(exported).filter((entry): entry is [string, Constructor] => isClass(entry[1])),
);

test("every exported class is guarded, or is constructed by callers", () => {
  expect(Object.keys(classes).sort()).toEqual([...Object.keys(GUARDED), ...PUBLIC].sort());
});

describe.each(Object.entries(GUARDED))("new %s", (name, instead) => {
  test.each([
    ["nothing", []],
    ["options", [{ keys: [1, 2], values: [1, 2], bandwidth: 1 }]],
    ["a symbol", [Symbol("nadaraya"), {}]],
    ["an object and a name", [{}, {}, "x"]],
  ])("with %s says what to call instead", (_, given) => {
    const message = `new ${name} is not for callers: use `;
    expect(() => new classes[name](...given)).toThrow(
      expect.objectContaining({ code: "invalid-input", message: expect.stringContaining(message) }),
    );
    expect(() => new classes[name](...given)).toThrow(instead);
  });
});

describe("the library constructs them", () => {
  const { Engine, KernelClassifier, KernelDensity, KernelRegression } = core;
  const cpu = Engine.create({ backend: "cpu", workers: 0 });
  const keys = [0, 1, 2];

  test("engines", async () => {
    expect((await cpu).info.backend).toBe("cpu");
  });

  test("models by fit, by load and by changes of their rows", async () => {
    const engine = await cpu;
    const regression = await KernelRegression.fit({ keys, values: keys, bandwidth: 1 }, { engine });
    const loaded = await KernelRegression.load(await regression.save(), { engine });
    expect((await loaded.predict([1])).mean).toEqual((await regression.predict([1])).mean);
    await loaded.add([3], [3]);
    expect(loaded.size).toBe(4);
    const density = await KernelDensity.fit({ keys, bandwidth: 1 }, { engine });
    expect((await KernelDensity.load(await density.save(), { engine })).size).toBe(3);
    const classifier = await KernelClassifier.fit({ keys, labels: ["a", "b", "b"] }, { engine });
    const again = await KernelClassifier.load<string>(await classifier.save(), { engine });
    expect((await again.predict([0])).labels).toEqual((await classifier.predict([0])).labels);
  });

  test("sums of shards, decoded and merged ones, and fits to grids", async () => {
    const engine = await cpu;
    const { decodePartial, encodePartial, fromGrid, meansOfSums, mergePartialSums } = partials;
    const fit = (rows: number[]) =>
      KernelRegression.fit({ keys: rows, values: rows, bandwidth: 1 }, { engine });
    const sums = await (await fit(keys)).partial([1], { id: "a" });
    const others = await (await fit([3])).partial([1], { id: "b" });
    const decoded = await decodePartial(await encodePartial(sums));
    expect(meansOfSums(mergePartialSums([decoded, others])).mean).toHaveLength(1);
    const cells = { x: [0, 0.1, 0.2], weight: [1, 2, 1], sum: [1, 2, 3] };
    const grid = await fromGrid(cells, { bandwidth: 1, engine });
    expect((await grid.predict([0.1])).mean).toHaveLength(1);
  });
});
