/** The minima of a score of two numbers over a grid. */

export interface GridPoint {
  readonly at: readonly [number, number];
  readonly score: number;
}

/** The points of a grid that no point beside or diagonal to them is lower than, the lowest first. Infinite scores are none. */
export async function minimaOfPlane(
  [first, second]: readonly [readonly number[], readonly number[]],
  f: (at: readonly [number, number]) => Promise<number>,
): Promise<GridPoint[]> {
  const scores: number[][] = [];
  for (const x of first) {
    const row: number[] = [];
    for (const y of second) row.push(await f([x, y]));
    scores.push(row);
  }
  const isLowest = (i: number, k: number) => {
    for (let near = Math.max(0, i - 1); near <= Math.min(first.length - 1, i + 1); near++)
      for (let beside = Math.max(0, k - 1); beside <= Math.min(second.length - 1, k + 1); beside++)
        if (scores[near][beside] < scores[i][k]) return false;
    return scores[i][k] < Infinity;
  };
  return scores
    .flatMap((row, i) => row.flatMap((score, k) => (isLowest(i, k) ? [{ i, k, score }] : [])))
    .map(({ i, k, score }) => ({ at: [first[i], second[k]] as const, score }))
    .sort((a, b) => a.score - b.score);
}
