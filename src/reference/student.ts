/** Student's t distribution. */
import { logIntegralTo } from "./quadrature.ts";

/**
 * The t that |T| stays below with this probability. With T = √ν cot y the tail is the share of sin^(ν − 1) between 0 and y, of all up to π/2.
 */
export function studentBound(probability: number, freedom: number): number {
  const upTo = (end: number) => logIntegralTo(end, (y) => (freedom - 1) * Math.log(Math.sin(y)));
  const tail = Math.log(1 - probability) + upTo(Math.PI / 2);
  let [low, high] = [0, Math.PI / 2];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (upTo(middle) < tail) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) / Math.tan((low + high) / 2);
}
