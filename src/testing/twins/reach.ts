import type { Shape } from "../../kernels/kernel.ts";
import type { Boxes } from "../../methods/cull/tile-boxes.ts";

/** For every block the indices of its tiles; limits are distances in bandwidths, in the product shape along any coordinate. */
export function reach(
  tiles: Boxes,
  blocks: Boxes,
  limits: Float64Array,
  bandwidth: readonly number[],
  shape: Shape,
): number[][] {
  const dims = bandwidth.length;
  return Array.from(limits, (limit, block) => {
    const reached: number[] = [];
    for (let tile = 0; tile < tiles.least.count; tile++) {
      const gaps = bandwidth.map((h, j) => {
        const [t, b] = [tile * dims + j, block * dims + j];
        const gap = Math.max(
          tiles.least.data[t] - blocks.most.data[b],
          blocks.least.data[b] - tiles.most.data[t],
          0,
        );
        return gap / h;
      });
      const distance = shape === "product" ? Math.max(...gaps) : Math.hypot(...gaps);
      if (distance <= limit) reached.push(tile);
    }
    return reached;
  });
}
