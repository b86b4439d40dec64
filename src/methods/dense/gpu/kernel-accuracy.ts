/** How well single precision knows the α of callers' kernels: measured, as nothing else says it. */
import type { Kernel } from "../../../kernels/kernel.ts";

/** |α in WGSL − α| is at most relative · α + absolute, besides what α changes by within OWN_ROUNDINGS of its argument. */
export interface KernelAccuracy {
  readonly relative: number;
  readonly absolute: number;
}

/** By this multiple of 2⁻²⁴ of itself may the argument be off inside of the expression, for example by the rounding of a constant that it is compared with. */
export const OWN_ROUNDINGS = 2;

/** What single precision flushes to 0. */
const LEAST: KernelAccuracy = { relative: 2 ** -23, absolute: 2 ** -126 };

const measured = new WeakMap<Kernel, KernelAccuracy>();

/** Of a kernel that was not measured, what every formula of a few operations keeps. */
export const accuracyOf = (kernel: Kernel): KernelAccuracy => measured.get(kernel) ?? LEAST;

export const isMeasured = (kernel: Kernel): boolean => measured.has(kernel);

/** Notes what was measured; of several devices, the worst. */
export function noteAccuracy(kernel: Kernel, { relative, absolute }: KernelAccuracy): void {
  const before = accuracyOf(kernel);
  measured.set(kernel, {
    relative: Math.max(before.relative, relative),
    absolute: Math.max(before.absolute, absolute),
  });
}
