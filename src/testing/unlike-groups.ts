/** Samples on which leave-one-out has many valleys in two coordinates. */
import { draw } from "./random.ts";

/** Groups of keys of unlike widths in two coordinates, each with a level and, in some, separate waves. */
export function unlikeGroups(seed: number, n: number) {
  const random = draw(((seed * 7919 + 13) % 100003) / 100003);
  const both = (number: () => number) => [number(), number()] as const;
  const groups = Array.from({ length: random.integer(2, 6) }, () => ({
    centre: both(() => random.uniform(0, 10)),
    width: both(() => 10 ** random.uniform(-2, 0.5)),
    period: both(() => 10 ** random.uniform(-0.5, 1)),
    waves: [random.uniform(0, 1) < 0.7, random.uniform(0, 1) < 0.5],
    level: random.normal(),
  }));
  const sd = [0.05, 0.2, 0.5][random.integer(0, 3)];
  const rows = Array.from({ length: n }, (_, i) => {
    const { centre, width, period, waves, level } = groups[i % groups.length];
    const place = both(() => random.normal());
    const wave = place.map((x, j) => (waves[j] ? Math.sin((2 * Math.PI * x) / period[j]) : 0));
    return {
      key: place.map((x, j) => centre[j] + width[j] * x),
      value: level + wave[0] + wave[1] + sd * random.normal(),
    };
  });
  return { keys: rows.map(({ key }) => key), values: rows.map(({ value }) => value) };
}

/** The mean squared error of leaving one out with a Gaussian in two coordinates, by its definition. */
export function errorsOf(keys: readonly (readonly number[])[], values: readonly number[]) {
  const squares = [0, 1].map((j) => keys.map((a) => keys.map((b) => (a[j] - b[j]) ** 2)));
  const logs = new Float64Array(keys.length);
  return ([first, second]: readonly number[]): number => {
    let squared = 0;
    for (const [i, own] of values.entries()) {
      let largest = -Infinity;
      for (let k = 0; k < logs.length; k++) {
        logs[k] =
          k === i ? -Infinity : -squares[0][i][k] / (2 * first ** 2) - squares[1][i][k] / (2 * second ** 2);
        largest = Math.max(largest, logs[k]);
      }
      let [sum, all] = [0, 0];
      for (let k = 0; k < logs.length; k++) {
        if (logs[k] < largest - 40) continue;
        const weight = Math.exp(logs[k] - largest);
        sum += weight * values[k];
        all += weight;
      }
      squared += (own - sum / all) ** 2;
    }
    return squared / keys.length;
  };
}
