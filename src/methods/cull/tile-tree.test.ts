/** The search for the best point of a tree of tiles. */
import { expect, test } from "vitest";
import { draw } from "../../testing/random.ts";
import { TileTree } from "./tile-tree.ts";

const random = draw(1);
const [count, dims, tile] = [1000, 16, 32];
const data = Float64Array.from({ length: count * dims }, () => random.uniform(-1, 1));
const tree = new TileTree({ data, count, dims }, new Array<number>(dims).fill(1), tile);
const scores = Float64Array.from({ length: count }, (_, i) => 1 - Math.abs(i - 700));

/** With bounds that exclude no tile. */
const search = (tiles?: number) => {
  let scored = 0;
  const score = (place: number) => {
    scored++;
    return scores[tree.order[place]];
  };
  return { ...tree.best(() => 1, score, tiles), scored: () => scored };
};

test("finds the best of all points", () => {
  const { place, score, scored } = search();
  expect([tree.order[place], score, scored()]).toEqual([700, 1, count]);
});

test("scores no more tiles than it may, and returns the best point of these", () => {
  const { place, score, scored } = search(3);
  expect(scored()).toBeGreaterThan(0);
  expect(scored()).toBeLessThanOrEqual(3 * tile);
  expect(score).toBe(scores[tree.order[place]]);
});
