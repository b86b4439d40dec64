/** Keys on the GPU stay where they are as long as anything reads them. */
import { afterAll, beforeEach, expect, test } from "vitest";
import { findDevice } from "../../../gpu/device.ts";
import { Gpu } from "../../../gpu/gpu.ts";
import { Scratch } from "../../../gpu/scratch.ts";
import { kernels } from "../../../kernels/builtin.ts";
import type { Problem } from "../../../problem/problem.ts";
import { encoder } from "./encode.ts";
import { KeyBuffers } from "./key-buffers.ts";

const found = await findDevice();
let gpu: Gpu;
beforeEach(() => {
  gpu = new Gpu({ ...found, owned: false }, 2 ** 26);
});
afterAll(() => found.device.destroy());

const BUDGET = 2 ** 24;

function keyBuffers(count = 1000): KeyBuffers {
  const keys = { data: Float64Array.from({ length: count }, (_, i) => i), count, dims: 1 };
  const kernel = kernels.get("gaussian")!;
  const problem: Problem = { keys, values: keys, kernel, shape: "radial", bandwidth: [1] };
  return new KeyBuffers(problem, encoder(problem));
}

test.each(["forget", "close"] as const)("%s while two slices read leaves the buffer to them", async (end) => {
  const buffers = keyBuffers();
  const [first, second] = [new Scratch(gpu), new Scratch(gpu)];
  const read = await buffers.chunk(0, 1000, BUDGET, first);
  expect(await buffers.chunk(0, 1000, BUDGET, second)).toBe(read);
  buffers[end]();
  const { size, usage } = read;
  const other = () => gpu.buffer("other", size, usage);
  expect(await other()).not.toBe(read);
  first.release();
  expect(await other()).not.toBe(read);
  second.release();
  expect(await other()).toBe(read);
});

test("another cut of the keys takes a buffer's place once its reader is done", async () => {
  const buffers = keyBuffers();
  const [first, second] = [new Scratch(gpu), new Scratch(gpu)];
  const whole = await buffers.chunk(0, 1000, BUDGET, first);
  const half = await buffers.chunk(0, 500, BUDGET, second);
  expect(half).not.toBe(whole);
  const before = gpu.memory.liveBytes;
  expect(await gpu.buffer("other", whole.size, whole.usage)).not.toBe(whole);
  first.release();
  expect(await gpu.buffer("other", whole.size, whole.usage)).toBe(whole);
  expect(gpu.memory.liveBytes).toBe(before + whole.size);
  second.release();
  expect(await buffers.chunk(0, 500, BUDGET, new Scratch(gpu))).toBe(half); // is kept
});

test("runs that ask at once share one buffer, and keys beyond half the budget are lent for one slice", async () => {
  const buffers = keyBuffers();
  const scratches = [new Scratch(gpu), new Scratch(gpu), new Scratch(gpu)];
  const chunks = await Promise.all(scratches.map((scratch) => buffers.chunk(0, 1000, BUDGET, scratch)));
  expect(new Set(chunks).size).toBe(1);
  for (const scratch of scratches) scratch.release();
  const scratch = new Scratch(gpu);
  const lent = await buffers.chunk(0, 1000, 4096, scratch);
  expect(lent).not.toBe(chunks[0]);
  scratch.release();
  expect(await gpu.buffer("other", lent.size, lent.usage)).toBe(lent);
  buffers.close();
  const after = new Scratch(gpu);
  const closed = await buffers.chunk(0, 1000, BUDGET, after);
  after.release();
  expect(await gpu.buffer("other", closed.size, closed.usage)).toBe(closed);
});
