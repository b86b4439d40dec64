/** The vertical axis that all toy figures share, so that the eye can compare them. */
import { queries, type ToyData, truth } from "../toy-data.ts";

export function yAxis({ values }: ToyData): [number, number] {
  const all = [...values, ...queries.map(truth)];
  const [least, largest] = [Math.min(...all), Math.max(...all)];
  const pad = 0.05 * (largest - least);
  return [least - pad, largest + pad];
}
