/** Up to a million keys, dense in places, whose values hide a small ripple under the noise; the same for the same n. */
import { randomLcg, randomNormal, randomUniform } from "d3-random";
import type { ToyData } from "./toy-data.ts";

/** The toy function with a ripple that few keys cannot show. */
export const rippled = (x: number): number => 2 * Math.sin(x) + x + 0.2 * Math.sin(14 * x);

/** Where queries are asked: one for each column of pixels. */
export const range = [0, 5] as const;

let last: ToyData | undefined;

/** The data of the last n is kept, as it is asked for while a width is dragged. */
export function millionPoints(n: number): ToyData {
  if (last?.keys.length === n) return last;
  const source = randomLcg(0.6180339887);
  const uniform = randomUniform.source(source)(...range);
  const normal = randomNormal.source(source)(0, 1);
  const keys = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const million = i % 3 === 0 ? uniform() : i % 3 === 1 ? 1.4 + 0.35 * normal() : 3.9 + 0.3 * normal();
    keys[i] = Math.min(Math.max(million, range[0]), range[1]);
  }
  const values = keys.map((x) => rippled(x) + 1.5 * normal());
  last = { keys, values };
  return last;
}
