/** Labels as class codes and one-hot columns. */
import { NadarayaError, show } from "../../common/errors.ts";
import type { Matrix, Places } from "../../data/matrix.ts";

export interface Coded<L> {
  readonly classes: readonly L[];
  /** For each key the index of its class. */
  readonly codes: Uint32Array;
}

export function coded<L>(labels: readonly L[], keys: Matrix, places: Places): Coded<L> {
  if (labels.length !== keys.count) {
    throw new NadarayaError(
      "invalid-input",
      `labels has ${labels.length} entries, expected ${keys.count}, one for each key`,
    );
  }
  const missing = labels.findIndex((label) => label === undefined || label === null || Number.isNaN(label));
  if (missing >= 0) {
    throw new NadarayaError(
      "invalid-input",
      `labels[${places ? places[missing] : missing}] is ${show(labels[missing])}, expected a label`,
    );
  }
  const classes = distinct(labels);
  const codeOf = new Map(classes.map((label, code) => [label, code]));
  return { classes, codes: Uint32Array.from(labels, (label) => codeOf.get(label)!) };
}

export function oneHot(codes: Uint32Array, first: number, columns: number): Matrix {
  const data = new Float64Array(codes.length * columns);
  codes.forEach((code, i) => {
    if (code >= first && code < first + columns) data[i * columns + code - first] = 1;
  });
  return { data, count: codes.length, dims: columns };
}

export function distinct<L>(labels: readonly L[]): L[] {
  const classes = [...new Set(labels)];
  if (classes.every((label) => typeof label === "number"))
    return classes.sort((a, b) => (a as number) - (b as number));
  if (classes.every((label) => typeof label === "string")) return classes.sort();
  return classes;
}
