import { expect, test } from "vitest";
import { centresOf, extentsOf } from "./extents.ts";

test("the extents of columns, and their middles", () => {
  const matrix = { data: Float64Array.of(-3, 7, -1, -2, -2, 0), dims: 2, count: 3 };
  expect(extentsOf(matrix)).toEqual([
    { least: -3, most: -1 },
    { least: -2, most: 7 },
  ]);
  expect([...centresOf(matrix)]).toEqual([-2, 2.5]);
  expect(extentsOf({ data: Float64Array.of(-1, 0), dims: 1 })).toEqual([{ least: -1, most: 0 }]);
});

test("a number that is none shows in both ends, wherever it is", () => {
  for (const data of [
    [NaN, 1, 2],
    [1, NaN, 2],
    [1, 2, NaN],
  ])
    expect(extentsOf({ data: Float64Array.from(data), dims: 1 })).toEqual([{ least: NaN, most: NaN }]);
});

test("they are found once", () => {
  const matrix = { data: Float64Array.of(1, 2), dims: 1 };
  expect(extentsOf(matrix)).toBe(extentsOf(matrix));
});
