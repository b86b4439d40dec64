/**
 * What one core of this machine can do at best, measured, and what share of it each method on the CPU reaches: the least operations that its algorithm needs at the
 * rate of vectors that stay in registers, or the bytes that it has to move at the rate of the memory, whichever takes longer.
 */
import { cpus } from "node:os";
import { Engine, type KernelName, KernelRegression } from "../src/index.ts";
import { kernels } from "../src/kernels/builtin.ts";
import { GaussTransform } from "../src/methods/gauss-transform/gauss-transform.ts";
import {
  assemble,
  FunctionWriter,
  f64,
  f64x2,
  i32,
  loop,
} from "../src/methods/gauss-transform/wasm/assembler.ts";
import { measure } from "./measure.ts";
import { normalWorkload } from "./methods.ts";

interface CpuCeilings {
  /** Pairs of float64 multiplied and added, a second. */
  readonly vectors: number;
  /** Exponentials in JavaScript, a second. */
  readonly exponentials: number;
  /** Bytes copied a second, each read and written, of more than a cache holds. */
  readonly bytes: number;
}

interface LimitRow {
  readonly task: string;
  readonly milliseconds: number;
  /** What operations and bytes take at their ceilings, in milliseconds. */
  readonly operations: number;
  readonly memory: number;
}

const CHAINS = 8;

/** A loop that multiplies and adds in registers: as many chains as hide what one step takes. */
function vectorLoop(): (steps: number) => void {
  const writer = new FunctionWriter(1);
  const [steps] = writer.parameters;
  const step = writer.local("i32");
  const chains = Array.from({ length: CHAINS }, () => writer.local("f64x2"));
  const factor = writer.local("f64x2");
  writer.add(factor.set(f64x2.splat(f64.const(0.5))));
  const body = chains.flatMap((x) => x.set(f64x2.add(f64x2.mul(x.get, factor.get), factor.get)));
  writer.add(loop(step, i32.const(0), steps.get, 1, body));
  // Or there would be nothing to compute.
  const sum = chains.reduce((all, x) => f64x2.add(all, x.get), f64x2.zero);
  writer.add(f64x2.store(i32.const(0), 0, sum));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(assemble({ run: writer }));
  return new WebAssembly.Instance(module, { memory: { memory } }).exports.run as (steps: number) => void;
}

async function cpuCeilings(): Promise<CpuCeilings> {
  const run = vectorLoop();
  const steps = 2e7;
  const vectors = await measure(async () => run(steps), 5, 3);
  const numbers = Float64Array.from({ length: 1e6 }, (_, i) => -i / 1e6);
  let kept = 0;
  const exponentials = await measure(
    async () => {
      for (let i = 0; i < numbers.length; i++) kept += Math.exp(numbers[i]);
    },
    5,
    3,
  );
  if (!(kept > 0)) throw new Error("the exponentials were not computed");
  const [from, to] = [new Float64Array(2 ** 24).fill(1), new Float64Array(2 ** 24)];
  const bytes = await measure(async () => to.set(from), 5, 2);
  return {
    vectors: (steps * CHAINS) / (vectors.least / 1000),
    exponentials: numbers.length / (exponentials.least / 1000),
    bytes: from.byteLength / (bytes.least / 1000),
  };
}

/** Pairs of multiplications and additions of two numbers, and bytes read and written, that the fast Gauss transform of one column needs at least. */
function transformNeeds(n: number, m: number, dims: number, bandwidth: number) {
  const { keys, values } = normalWorkload(n, 1, dims, bandwidth);
  const problem = {
    kernel: kernels.get("gaussian")!,
    shape: "radial" as const,
    bandwidth: new Array<number>(dims).fill(bandwidth),
    keys: { data: keys, dims, count: n },
    values: { data: values, dims: 1, count: n },
  };
  const transform = GaussTransform.plan(problem, 1e-6);
  if (typeof transform === "string") throw new Error(transform);
  const { window, points, charges } = transform.grid;
  const { width, taps, largest } = window;
  // In one coordinate a point adds to the moments of its cell, or reads a polynomial; in more it has a window on each axis.
  const perPoint =
    dims === 1 ? (charges * width) / 2 : (charges * width ** dims) / 2 + (dims * width * width) / 4;
  const convolutions = dims * (charges * (2 * taps.length - 1) + 2 * (2 * largest.length - 1));
  const numbers = n * (dims + 1) + m * (dims + 1) + dims * (charges + 2) * points;
  return { vectors: (n + m) * perPoint + (points * convolutions) / 2, bytes: 8 * numbers };
}

async function limits() {
  const ceilings = await cpuCeilings();
  const engine = await Engine.create({ backend: "cpu", workers: 0 });
  const rows: LimitRow[] = [];
  const time = async (
    n: number,
    m: number,
    dims: number,
    method: "dense" | "cull" | "expand",
    h?: number,
  ) => {
    const kernel: KernelName = method === "cull" ? "epanechnikov" : "gaussian";
    const work = normalWorkload(n, m, dims, h);
    const { keys, values, queries, bandwidth } = work;
    let pairs = 0;
    const taken = await measure(
      async () => {
        const input = { keys: { data: keys, dims }, values, kernel, bandwidth };
        const model = await KernelRegression.fit(input, { engine, onWarning() {} });
        const { report } = await model.predict({ data: queries, dims }, { method });
        pairs = report.evaluatedPairs;
        await model.dispose();
      },
      5,
      1,
    );
    return { milliseconds: taken.median, pairs, bandwidth };
  };
  const add = (task: string, milliseconds: number, operations: number, bytes: number) => {
    rows.push({ task, milliseconds, operations: 1000 * operations, memory: (1000 * bytes) / ceilings.bytes });
  };
  for (const dims of [1, 2, 3]) {
    const [n, m] = [1e6, 1e6];
    const { milliseconds, bandwidth } = await time(n, m, dims, "expand", [0.05, 0.1, 0.2][dims - 1]);
    const { vectors, bytes } = transformNeeds(n, m, dims, bandwidth);
    add(`expand, 1e6 × 1e6, d = ${dims}`, milliseconds, vectors / ceilings.vectors, bytes);
  }
  /** A pair: differences, their squares, and sums of weight and value; two numbers at a time. */
  const perPair = (dims: number) => (2 * dims + 2) / 2;
  for (const dims of [1, 3]) {
    const [n, m] = [2e4, 5e3];
    const { milliseconds } = await time(n, m, dims, "dense");
    const each = perPair(dims) / ceilings.vectors + 1 / ceilings.exponentials;
    add(`dense, 2e4 × 5e3, d = ${dims}`, milliseconds, n * m * each, 8 * n * (dims + 1));
  }
  for (const dims of [2, 3]) {
    const { milliseconds, pairs } = await time(1e5, 1e5, dims, "cull", 0.1);
    const operations = (pairs * perPair(dims)) / ceilings.vectors;
    add(`cull, epanechnikov, 1e5 × 1e5, d = ${dims}`, milliseconds, operations, 8 * 2e5 * (dims + 1));
  }
  engine.dispose();
  return {
    version: 1,
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0].model,
    ceilings,
    rows,
  };
}

console.log(JSON.stringify(await limits()));
process.exit(0);
