/** How far the columns of a matrix extend: found once for each matrix, since nothing changes the numbers of one. */

/** Row-major numbers, as a Matrix has. */
interface Rows {
  readonly data: Float64Array;
  readonly dims: number;
}

/** The least and the largest number of a column; NaN where one of its numbers is. */
export interface Extent {
  readonly least: number;
  readonly most: number;
}

const known = new WeakMap<Rows, readonly Extent[]>();

/** Of every column; of no rows from Infinity to −Infinity. */
export function extentsOf(matrix: Rows): readonly Extent[] {
  const extents = known.get(matrix) ?? find(matrix);
  known.set(matrix, extents);
  return extents;
}

function find({ data, dims }: Rows): Extent[] {
  return Array.from({ length: dims }, (_, j) => {
    let [least, most] = [Infinity, -Infinity];
    for (let i = j; i < data.length; i += dims) {
      least = Math.min(least, data[i]);
      most = Math.max(most, data[i]);
    }
    return { least, most };
  });
}

/** The middle of every column's range: no value of a column differs from it by more than half the range. */
export const centresOf = (matrix: Rows): Float64Array =>
  Float64Array.from(extentsOf(matrix), ({ least, most }) => least + (most - least) / 2);
