/** Compiles shaders before they are needed. */
import type { GpuContext } from "../gpu/context.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { isGaussian, kernels } from "../kernels/builtin.ts";
import { trackOf } from "../methods/dense/gpu/encode.ts";
import { denseStages } from "../methods/dense/gpu/sums.ts";
import { SHARES } from "../methods/gauss-transform/gauss-transform.ts";
import { gridStages } from "../methods/gauss-transform/gpu/build-grid.ts";
import { sortStages } from "../methods/gauss-transform/gpu/sort-points.ts";
import { readStage } from "../methods/gauss-transform/gpu/sums.ts";
import { windowFor } from "../methods/transform/window.ts";
import type { WarmShape } from "./options.ts";

/** Many keys at many queries, at few, and few keys: these have tilings of their own. */
const SIZES = [
  { n: 2 ** 17, m: 2 ** 17 },
  { n: 2 ** 17, m: 512 },
  { n: 64, m: 2 ** 17 },
] as const;
/** Those of predictions, by default. */
const TOLERANCE = 1e-6;

/** Compiles, by the calibration of large problems; failures are those of the calls that will need the shaders. */
export async function warmUp(context: GpuContext, shapes: readonly WarmShape[]): Promise<void> {
  try {
    await context.calibrated.ready(Infinity);
  } catch {
    return; // the first call measures
  }
  const { current } = context.devices;
  for (const shape of shapes)
    for (const compiled of [dense(context, current, shape), transform(current, shape)])
      compiled.catch(() => {});
}

function dense(context: GpuContext, gpu: Gpu, { kernel = "gaussian", dims, columns = 1 }: WarmShape) {
  const all = SIZES.map(({ n, m }) => {
    const rows = (width: number) => ({ data: new Float64Array(), count: n, dims: width });
    const found = kernels.get(kernel)!;
    const bandwidth = new Array<number>(dims).fill(1);
    const problem = {
      keys: rows(dims),
      values: rows(columns),
      kernel: found,
      shape: "radial",
      bandwidth,
    } as const;
    const isFixed = found.tail === "compact" || (columns === 0 && found.tail === "exponential");
    return denseStages(
      problem,
      m,
      { encoding: isFixed ? "fixed" : "float", probe: undefined },
      trackOf(found),
      {
        ...context,
        calibration: context.calibrated.of(n * m),
      },
    ).stages(gpu);
  });
  return Promise.all(all);
}

async function transform(gpu: Gpu, { kernel = "gaussian", dims, columns = 1 }: WarmShape) {
  if (!isGaussian(kernels.get(kernel)!) || dims > SHARES.length) return;
  const window = windowFor(TOLERANCE / SHARES[dims - 1])!;
  const charges = 1 + columns;
  await Promise.all([
    sortStages(gpu, dims),
    gridStages(gpu, dims, charges, window, window.errors.length - 1),
    ...[false, true].map((sorted) => readStage(gpu, dims, charges, window, sorted)),
  ]);
}
