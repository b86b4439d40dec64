import { expect, test } from "vitest";
import { studentBound as referenceBound } from "../../reference/student.ts";
import { normalBound, studentBound } from "./quantiles.ts";

test.each([
  [0.5, 0.674489750196082],
  [0.95, 1.95996398454005],
  [0.99, 2.5758293035489],
  [0.999999999, 6.10941020938345],
])("the normal distribution's bound of %d", (level, bound) => {
  expect(normalBound(level) / bound).toBeCloseTo(1, 12);
});

// scipy 1.16: stats.t.isf((1 - level) / 2, freedom)
const freedoms = [0.5, 1, 2, 2.7, 5, 30, 193, 195, 1000, 1e6];
const bounds: readonly [number, readonly number[]][] = [
  [
    0.5,
    [
      1.55377397403, 1, 0.81649658092773, 0.77598628374527, 0.72668684380042, 0.68275569332129,
      0.67576304888468, 0.67574996776332, 0.67473516460701, 0.67448999553109,
    ],
  ],
  [
    0.95,
    [
      164.55767348049, 12.706204736175, 4.3026527297495, 3.3921483831738, 2.5705818356363, 2.0422724563012,
      1.9723316757957, 1.9722040512684, 1.9623390808264, 1.9599663568141,
    ],
  ],
  [
    0.99,
    [
      4113.9645888042, 63.656741162872, 9.9248432009183, 6.5331284334085, 4.0321429835552, 2.7499956535672,
      2.6015425226213, 2.6012763552362, 2.580754698066, 2.5758342201053,
    ],
  ],
  [
    0.999999,
    [
      411396462502.88, 636619.77234875, 999.99924998547, 202.81378403081, 28.47847346282, 6.1190756203739,
      5.0541292310678, 5.0524156297237, 4.9222895234238, 4.8916689607047,
    ],
  ],
];

test.each(bounds)("Student's bounds of %d for all degrees of freedom", (level, expected) => {
  const boundOf = studentBound(level);
  for (const [i, freedom] of freedoms.entries()) expect(boundOf(freedom) / expected[i]).toBeCloseTo(1, 10);
});

test("Student's bounds agree with an integral of the density where one formula takes over from another", () => {
  for (const level of [0.05, 0.8, 0.95, 0.9999]) {
    const boundOf = studentBound(level);
    const border = 40 * (1 + normalBound(level) ** 2);
    for (const freedom of [1.5, 4.4, 15, border * 0.999, border * 1.001])
      expect(boundOf(freedom) / referenceBound(level, freedom)).toBeCloseTo(1, 9);
  }
});
