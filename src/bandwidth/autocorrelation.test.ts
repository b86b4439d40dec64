/** Warnings of correlated noise: what raises them, and how rarely white noise does. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../index.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import { noiseCorrelation } from "./autocorrelation.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

type Random = ReturnType<typeof draw>;
type Curve = (x: number) => number;

/** n keys in rising order. */
const layouts = {
  "equally spaced": (_: Random, n: number) => Float64Array.from({ length: n }, (_, i) => i / n),
  "at random": (random: Random, n: number) =>
    Float64Array.from({ length: n }, () => random.uniform(0, 1)).sort(),
  "log-normal": (random: Random, n: number) =>
    Float64Array.from({ length: n }, () => Math.exp(random.normal())).sort(),
  "in groups of 30, far apart": (random: Random, n: number) => grouped(random, n, 30, 100),
  "in groups of 15, 6 apart": (random: Random, n: number) => grouped(random, n, 15, 6),
  "in groups of 5, far apart": (random: Random, n: number) => grouped(random, n, 5, 100),
};
type Layout = keyof typeof layouts;

/** Groups of a number of keys, 1 wide and at random distances. */
function grouped(random: Random, n: number, size: number, distance: number): Float64Array {
  const starts = Array.from(
    { length: Math.ceil(n / size) },
    (_, g) => distance * (g + random.uniform(0, 0.5)),
  );
  return Float64Array.from(
    { length: n },
    (_, i) => starts[Math.floor(i / size)] + random.uniform(0, 1),
  ).sort();
}

const curves = {
  "no curve": () => 0,
  "a line": (x: number) => 3 * x,
  "a wave of length 1": (x: number) => Math.sin(2 * Math.PI * x),
  "a wave of length 6": Math.sin,
  "a rise that levels off": (x: number) => x / (1 + x),
};

/** n values of a curve with noise whose correlation is so much from one key to the next. */
function sample(random: Random, layout: Layout, n: number, correlation: number, curve: Curve) {
  const keys = layouts[layout](random, n);
  let noise = random.normal();
  const values = keys.map((x) => {
    noise = correlation * noise + Math.sqrt(1 - correlation ** 2) * random.normal();
    return curve(x) + 0.3 * noise;
  });
  return { keys, values };
}
const found = ({ keys, values }: { keys: Float64Array; values: Float64Array }) =>
  noiseCorrelation(
    { data: keys, count: keys.length, dims: 1 },
    { data: values, count: keys.length, dims: 1 },
  );
/** The share of `runs` samples that are found to be correlated. */
function share(runs: number, of: (random: Random) => ReturnType<typeof sample>): number {
  const random = draw(55);
  return (
    Array.from({ length: runs }, () => found(of(random))).filter((each) => each !== undefined).length / runs
  );
}
const RUNS = isWideRing ? 1000 : 20;

test.each(["loo", "aicc", "kfold", "plug-in"] as const)('"%s" warns of it', async (bandwidth) => {
  const input = sample(draw(5), "equally spaced", 150, 0.9, curves["a wave of length 1"]);
  const { selection } = await KernelRegression.fit({ ...input, degree: 1, bandwidth }, quiet);
  expect(selection!.warning).toMatch(/the noise is correlated/);
});

/** Curves and keys of which a wave has 60 keys or more. */
const SMOOTH = (Object.keys(layouts) as Layout[]).flatMap((layout) =>
  Object.entries(curves)
    .filter(([curve]) => curve !== "a wave of length 1" || !layout.startsWith("in groups"))
    .map(([curve, of]): [Layout, string, Curve] => [layout, curve, of]),
);

test.each(SMOOTH)("white noise at keys %s on %s raises 1 warning in 100 at most", (layout, _, curve) => {
  expect(share(RUNS, (random) => sample(random, layout, 150, 0, curve))).toBeLessThanOrEqual(0.01);
});

test("white noise with heavy tails, skewed or of changing variance raises 1 warning in 100 at most", () => {
  const student = ({ normal }: Random) => normal() / Math.hypot(normal(), normal(), normal());
  const noises: readonly ((random: Random, x: number) => number)[] = [
    student,
    (random) => -Math.log(random.uniform(0, 1)),
    (random, x) => (0.1 + x) * random.normal(),
  ];
  for (const noise of noises)
    expect(
      share(RUNS, (random) => {
        const keys = layouts["at random"](random, 150);
        return { keys, values: keys.map((x) => Math.sin(6 * x) + 0.3 * noise(random, x)) };
      }),
    ).toBeLessThanOrEqual(0.01);
});

/** The least share of samples of 150 keys that have the warning, for noise of these correlations from key to key; docs/guide/bandwidth.md has the table. */
const CORRELATIONS = [0.3, 0.5, 0.6, 0.8];
const FOUND: readonly { layout: Layout; curve: keyof typeof curves; least: readonly number[] }[] = [
  { layout: "equally spaced", curve: "a wave of length 1", least: [0.3, 0.8, 0.9, 0.8] },
  { layout: "at random", curve: "a wave of length 1", least: [0.2, 0.75, 0.85, 0.9] },
  { layout: "log-normal", curve: "a wave of length 1", least: [0.1, 0.5, 0.65, 0.7] },
  { layout: "in groups of 30, far apart", curve: "a wave of length 6", least: [0.15, 0.6, 0.7, 0.8] },
];

test.each(FOUND)("correlated noise at keys $layout is found", ({ layout, curve, least }) => {
  for (const [i, correlation] of CORRELATIONS.entries()) {
    const found = share(RUNS, (random) => sample(random, layout, 150, correlation, curves[curve]));
    // Known to 3 standard deviations.
    expect(found, String(correlation)).toBeGreaterThanOrEqual(least[i] - 3 * Math.sqrt(0.25 / RUNS));
  }
});

test("the guide has these shares", () => {
  const guide = readFileSync(new URL("../../docs/guide/bandwidth.md", import.meta.url), "utf8");
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  for (const { layout, least } of FOUND)
    expect(guide).toContain(`| ${[layout, ...least.map(percent)].join(" | ")} |`);
});

test("keys that coincide are one, and units and order do not matter", () => {
  const { keys, values } = sample(draw(8), "equally spaced", 200, 0.7, curves["a wave of length 1"]);
  const correlation = found({ keys, values })!;
  expect(correlation).toBeGreaterThan(0.3);
  const backwards = {
    keys: keys.toReversed().map((x) => 1e9 * x),
    values: values.toReversed().map((y) => 1e-9 * y),
  };
  expect(found(backwards)).toBeCloseTo(correlation, 6);
  const twice = { keys: Float64Array.of(...keys, ...keys), values: Float64Array.of(...values, ...values) };
  expect(found(twice)).toBeCloseTo(correlation, 10);
  expect(found({ keys: keys.map((x) => Math.round(20 * x)), values })).toBeUndefined();
});
