/** The sums of a convolution along lines, two numbers at a time; `convolve.ts` does the same in TypeScript, to the last bit. */
import { assemble, type Code, FunctionWriter, f64x2, i32, type Local, loop } from "./assembler.ts";

/** Sums over memory of its own: output[outputAt + i] += Σ taps[tapAt + t] · input[inputAt + i + t · tapStride]. */
export interface ConvolutionKernel {
  readonly input: Float64Array;
  readonly output: Float64Array;
  readonly taps: Float64Array;
  /** Of `count` numbers, or up to a multiple of AT_ONCE; everything begins at 0 by default. */
  run(
    count: number,
    tapStride: number,
    tapCount: number,
    inputAt?: number,
    outputAt?: number,
    tapAt?: number,
  ): void;
}

/** Vectors that are held in registers at a time. */
const HELD = 8;
/** Numbers that are summed at once; a call's are rounded up to it, so there is room for more. */
export const AT_ONCE = 2 * HELD;
const PAGE = 2 ** 16;

/** For each block of numbers: output += Σ taps[t] · input[· + t steps]. */
function sumsFunction(): FunctionWriter {
  const writer = new FunctionWriter(6);
  const [output, taps, end, tapsEnd, tapBytes, input] = writer.parameters;
  const [block, tap, at] = [1, 2, 3].map(() => writer.local("i32"));
  const factor = writer.local("f64x2");
  const held = Array.from({ length: HELD }, () => writer.local("f64x2"));
  const each = (code: (value: Local, offset: number) => Code) =>
    held.flatMap((value, v) => code(value, 16 * v));
  const to = i32.add(output.get, block.get);
  writer.add(
    loop(block, i32.const(0), end.get, 16 * HELD, [
      ...each((value, o) => value.set(f64x2.load(to, o))),
      ...at.set(i32.add(input.get, block.get)),
      ...loop(tap, taps.get, tapsEnd.get, 8, [
        ...factor.set(f64x2.loadSplat(tap.get, 0)),
        ...each((value, o) => value.set(f64x2.add(value.get, f64x2.mul(factor.get, f64x2.load(at.get, o))))),
        ...at.set(i32.add(at.get, tapBytes.get)),
      ]),
      ...each((value, o) => f64x2.store(to, o, value.get)),
    ]),
  );
  return writer;
}

type Sums = (...numbers: readonly number[]) => void;

let compiled: WebAssembly.Module | undefined;

/** @throws where WebAssembly, or vectors in it, are not available */
export function wasmConvolution(inputs: number, outputs: number, mostTaps: number): ConvolutionKernel {
  compiled ??= new WebAssembly.Module(assemble({ sums: sumsFunction() }));
  const bytes = (numbers: number) => 8 * AT_ONCE * (Math.ceil(numbers / AT_ONCE) + 1);
  const [output, taps] = [bytes(inputs), bytes(inputs) + bytes(outputs)];
  const memory = new WebAssembly.Memory({ initial: Math.ceil((taps + bytes(mostTaps)) / PAGE) });
  const sums = new WebAssembly.Instance(compiled, { memory: { memory } }).exports.sums as Sums;
  return {
    input: new Float64Array(memory.buffer, 0, inputs),
    output: new Float64Array(memory.buffer, output, outputs),
    taps: new Float64Array(memory.buffer, taps, mostTaps),
    run(count, tapStride, tapCount, inputAt = 0, outputAt = 0, tapAt = 0) {
      const firstTap = taps + 8 * tapAt;
      sums(output + 8 * outputAt, firstTap, 8 * count, firstTap + 8 * tapCount, 8 * tapStride, 8 * inputAt);
    },
  };
}
