import { expect, test } from "vitest";
import { randomFrom } from "../common/random.ts";
import { ExactSums, productError } from "./exact-sums.ts";

const digits = (sums: ExactSums) => [...sums.tops, ...sums.bins];

/** Numbers of very different sizes and signs, which cancel. */
function terms(count: number, seed: number): [number, number][] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => [random() - 0.5, Math.floor((random() - 0.5) * 300)]);
}

function sumOf(all: readonly (readonly [number, number])[]): ExactSums {
  const sums = new ExactSums(1);
  for (const [x, exponent] of all) sums.add(0, x, exponent);
  return sums;
}

test("the sum is the same to the last bit in whatever order and grouping it is added", () => {
  for (let seed = 0; seed < 50; seed++) {
    const all = terms(200, seed);
    const whole = sumOf(all);
    const random = randomFrom(seed + 1000);
    const shuffled = [...all].sort(() => random() - 0.5);
    expect(digits(sumOf(shuffled))).toEqual(digits(whole));
    // In groups, which are merged from the last one on.
    const merged = new ExactSums(1);
    for (let first = 150; first >= 0; first -= 50) merged.addAll(sumOf(all.slice(first, first + 50)));
    expect(digits(merged)).toEqual(digits(whole));
  }
});

test("the sum is that of integers, to 97 bits below its largest term", () => {
  for (let seed = 0; seed < 50; seed++) {
    const all = terms(100, seed).map(([x, exponent]) => [Math.trunc(x * 2 ** 53), exponent] as const);
    const least = Math.min(...all.map(([, exponent]) => exponent));
    const expected = all.reduce((sum, [x, exponent]) => sum + (BigInt(x) << BigInt(exponent - least)), 0n);
    const { integer, exponent } = sumOf(all).readInteger(0);
    const scale = BigInt(Math.max(exponent - least, 0));
    const difference = (integer << scale) - (expected >> BigInt(Math.max(least - exponent, 0)));
    const largest = all.reduce((most, [x, e]) => {
      const size = (x < 0 ? -BigInt(x) : BigInt(x)) << BigInt(e - least);
      return size > most ? size : most;
    }, 0n);
    const error = difference < 0n ? -difference : difference;
    expect(error <= (largest >> 97n) * 100n + 100n).toBe(true);
  }
});

test("what cancels leaves what is small", () => {
  const sums = sumOf([
    [1e20, 0],
    [1, -10],
    [-1e20, 0],
  ]);
  const { x, exponent } = sums.read(0);
  expect(x * 2 ** exponent).toBe(2 ** -10);
});

test("exponents may be far outside float64, and subnormal numbers count", () => {
  const { x, exponent } = sumOf([
    [1.5, -1e6],
    [1.5, -1e6],
  ]).read(0);
  expect(x * 2 ** (exponent + 1e6)).toBe(3);
  const small = sumOf([[5e-324, 0]]).read(0);
  expect(small.x * 2 ** (small.exponent + 1074)).toBe(1);
  const large = sumOf([[Number.MAX_VALUE, 0]]).read(0);
  expect(large.x * 2 ** large.exponent).toBe(Number.MAX_VALUE);
});

test("nothing added is 0, and what is not finite is refused", () => {
  expect(new ExactSums(1).read(0).x).toBe(0);
  expect(new ExactSums(1).readInteger(0).integer).toBe(0n);
  expect(() => sumOf([[Number.NaN, 0]])).toThrow("a sum's term is NaN");
});

test("a product and its error are the product in full", () => {
  const random = randomFrom(3);
  for (let i = 0; i < 100; i++) {
    const [a, b] = [Math.trunc(random() * 2 ** 52), Math.trunc(random() * 2 ** 52)];
    const product = a * b;
    expect(BigInt(product) + BigInt(productError(a, b, product))).toBe(BigInt(a) * BigInt(b));
  }
});
