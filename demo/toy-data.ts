/** The toy data: y = 2 sin x + x + ε at sorted uniform x, ε normal; the same for the same seed, everywhere. */
import { randomLcg, randomNormal, randomUniform } from "d3-random";
import type { State } from "./state.ts";

export interface ToyData {
  readonly keys: Float64Array;
  readonly values: Float64Array;
}

export const truth = (x: number): number => 2 * Math.sin(x) + x;

/** 0, 0.1, … 4.9. */
export const queries: Float64Array = Float64Array.from({ length: 50 }, (_, i) => i / 10);

export function toyData({ n, noise, seed }: Pick<State, "n" | "noise" | "seed">): ToyData {
  const source = randomLcg(seed / 10_000);
  const uniform = randomUniform.source(source)(0, 5);
  const normal = randomNormal.source(source)(0, 1);
  const keys = Float64Array.from({ length: n }, () => uniform()).sort();
  const values = keys.map((x) => truth(x) + noise * normal());
  return { keys, values };
}
