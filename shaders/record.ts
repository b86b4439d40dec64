/**
 * How keys lie in GPU memory: one record a key, its scaled coordinates, then its value columns, in as few vectors as
 * hold them. The engine writes records, the stages read them, both by this description.
 */
export interface RecordLayout {
  /** Components of a vector of the record. */
  readonly width: 1 | 2 | 4;
  /** Vectors in a record. */
  readonly vectors: number;
  /** Numbers in a record: width × vectors. */
  readonly stride: number;
}

export function recordLayout(dims: number, columns: number): RecordLayout {
  const used = dims + columns;
  const width = used === 1 ? 1 : used === 2 ? 2 : 4;
  const vectors = Math.ceil(used / width);
  return { width, vectors, stride: width * vectors };
}

/** WGSL for number `index` of the record whose vectors are the variables r0, r1, … */
export function recordPart(layout: RecordLayout, index: number): string {
  const vector = `r${Math.floor(index / layout.width)}`;
  return layout.width === 1 ? vector : `${vector}.${"xyzw"[index % layout.width]}`;
}
