/** Compares the two forms of a caller's kernel, TypeScript and WGSL, and measures how well the GPU that will run it knows α. */
import { alpha as alphaShader } from "../../shaders/alpha.ts";
import { NadarayaError } from "../common/errors.ts";
import type { GpuContext } from "../gpu/context.ts";
import { ReadbackUsage, StorageUsage } from "../gpu/gpu.ts";
import { resume } from "../gpu/resume.ts";
import { withScratch } from "../gpu/scratch.ts";
import { threadForEach } from "../gpu/workgroups.ts";
import type { Kernel } from "../kernels/kernel.ts";
import {
  isMeasured,
  type KernelAccuracy,
  noteAccuracy,
  OWN_ROUNDINGS,
} from "../methods/dense/gpu/kernel-accuracy.ts";

/** Agreement in single precision, of the largest weight and of the weight itself. A formula may lose more, and is then left to the CPU. */
const SINGLE = { absolute: 1e-5, relative: 1e-3 } as const;
/** What is known of α where the WGSL is no number, or far from it. */
const NOTHING: KernelAccuracy = { relative: 0, absolute: Infinity };
/** Agreement asked for in float64, of a weight, down to this share of the largest. */
const DOUBLE = { relative: 1e-4, least: 1e-11 } as const;
/** Weights of at least this share of the largest show what single precision errs by as a share of a weight. */
const HEAVY = 1 / 8;
/** How much more than measured is expected elsewhere. */
const MARGIN = 2;
const THREADS = 64;

/** Distances up to 16, and from 1e-6 to 1e6, at no regular step, so that no period hides between them. */
export function distancesTried(): Float64Array {
  const golden = (Math.sqrt(5) - 1) / 2;
  const jittered = (i: number) => i + ((i * golden) % 1);
  const near = Float64Array.from({ length: 2048 }, (_, i) => jittered(i) / 128);
  const far = Float64Array.from({ length: 2048 }, (_, i) => 2 ** ((jittered(i) - 1024) / 51.2));
  return Float64Array.of(...near, ...far);
}

/** What α may be where its argument is off by a few roundings: a step may be on either side. */
function hullOf(kernel: Kernel, x: number): readonly [least: number, most: number] {
  const at = (argument: number) =>
    kernel.alpha(kernel.shader.argument === "squared" ? Math.sqrt(argument) : argument);
  const share = OWN_ROUNDINGS * 2 ** -24;
  const around = [at(x * (1 - share)), at(x), at(x * (1 + share))];
  return [Math.min(...around), Math.max(...around)];
}

/**
 * From α by the WGSL, in single precision, at arguments x: how well it is known. The WGSL in float64 tells what is the caller's from what is rounding.
 * @throws NadarayaError "invalid-kernel" with the first distance where the forms disagree
 */
export function compareForms(
  kernel: Kernel,
  argumentsTried: Float32Array,
  single: ArrayLike<number>,
): KernelAccuracy {
  const { argument, evaluate } = kernel.shader;
  const hulls = Array.from(argumentsTried, (x) => hullOf(kernel, x));
  const largest = hulls.reduce((most, [, high]) => Math.max(most, high), 0);
  const refuse = (x: number, found: number) => {
    const u = argument === "squared" ? Math.sqrt(x) : x;
    throw new NadarayaError(
      "invalid-kernel",
      `kernel "${kernel.name}": at u = ${u} its WGSL gives ${found} and its TypeScript ${kernel.alpha(u)}`,
    );
  };
  const beyond = ([low, high]: readonly [number, number], found: number) =>
    Math.max(low - found, found - high, 0);
  for (const [i, hull] of hulls.entries()) {
    const found = evaluate?.(argumentsTried[i]) ?? single[i];
    const larger = Math.max(hull[1], found || 0);
    const allowed = evaluate
      ? DOUBLE.relative * larger
      : SINGLE.absolute * largest + SINGLE.relative * hull[1];
    if (larger >= DOUBLE.least * largest && !(beyond(hull, found) <= allowed))
      refuse(argumentsTried[i], found);
  }
  let relative = 0;
  for (const [i, hull] of hulls.entries()) {
    const [, high] = hull;
    const error = beyond(hull, single[i]);
    if (!(error <= SINGLE.absolute * largest + SINGLE.relative * high)) return NOTHING;
    if (high >= HEAVY * largest && high > 0) relative = Math.max(relative, (MARGIN * error) / high);
  }
  let absolute = 0;
  for (const [i, hull] of hulls.entries())
    absolute = Math.max(absolute, MARGIN * (beyond(hull, single[i]) - relative * hull[0]));
  return { relative, absolute };
}

/** @throws NadarayaError "invalid-kernel" as `compareForms`; "gpu-error" if it does not compile. */
export async function checkKernel(kernel: Kernel, context: GpuContext): Promise<void> {
  if (isMeasured(kernel)) return;
  const { argument } = kernel.shader;
  const tried = Float32Array.from(distancesTried(), (u) => (argument === "squared" ? u * u : u));
  const found = await resume(context, {}, ({ gpu }) =>
    withScratch(gpu, async (scratch) => {
      const pipeline = await gpu.pipeline("alpha", alphaShader({ kernel: kernel.shader, threads: THREADS }));
      const result = await scratch.buffer("alpha", tried.byteLength, StorageUsage);
      const readback = await scratch.buffer("readback", tried.byteLength, ReadbackUsage);
      const uniform = await scratch.uniform("alpha", [tried.length / 4]);
      const buffers = [uniform, await scratch.storage("arguments", tried), result];
      const workgroups = threadForEach(tried.length / 4, THREADS);
      await gpu.submit([{ pipeline, buffers, workgroups }], [[result, readback, tried.byteLength]]).accepted;
      return gpu.read(readback, tried.length);
    }),
  );
  noteAccuracy(kernel, compareForms(kernel, tried, found));
}
