/**
 * How keys lie in memory. On the GPU, one row of numbers for each coordinate, then one for each value column, so that
 * threads side by side read side by side. In workgroup memory, one record a key, in as few vectors as hold it, so that
 * a key is read at once. The engine writes rows, the stages read them, both by this description.
 */
export interface RecordLayout {
  /** Components of a vector of the record. */
  readonly width: 1 | 2 | 4;
  /** Vectors in a record. */
  readonly vectors: number;
}

export function recordLayout(used: number): RecordLayout {
  const width = used === 1 ? 1 : used === 2 ? 2 : 4;
  return { width, vectors: Math.ceil(used / width) };
}

export interface KeyNumbers {
  readonly dims: number;
  readonly columns: number;
  readonly weighted?: boolean;
  readonly widened?: boolean;
}

/** Where a key's numbers lie: coordinates, then 1 / its width and its weight where it has them, then its value columns. */
export function keyRows({ dims, columns, weighted = false, widened = false }: KeyNumbers) {
  const weight = dims + Number(widened);
  const values = weight + Number(weighted);
  return { perWidth: dims, weight, values, count: values + columns };
}

/** WGSL for number `index` of the record whose vectors are the variables r0, r1, … */
export function recordPart({ width }: RecordLayout, index: number): string {
  const vector = `r${Math.floor(index / width)}`;
  return width === 1 ? vector : `${vector}.${"xyzw"[index % width]}`;
}

/** WGSL for number `row` of the key `key`, of `keys` keys, straight from GPU memory. */
export function keyNumber(row: number, key: string, keys: string): string {
  return row === 0 ? `keys[${key}]` : `keys[${row}u * ${keys} + ${key}]`;
}
