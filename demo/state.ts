/** What the page shows, as one small record that lives in the address, so that a link shows the same. */
import { type KernelName, kernelNames } from "../src/index.ts";

export interface State {
  /** The toy data: how many keys, how noisy, drawn from which seed. */
  n: number;
  noise: number;
  seed: number;
  /** Where the first figure asks. */
  query: number;
  /** The bandwidth of the toy figures. */
  sigma: number;
  /** The step of the formula that is shown, from 1 to 5. */
  stage: number;
  /** The kernel of the figure with any bandwidth. */
  kernel: KernelName;
  /** The fourth of the four kernels. */
  fourth: KernelName;
  /** Whether the four have the same variance, that of a Gaussian of `sigma`, or the same σ. */
  equal: "variance" | "sigma";
  rideKernel: KernelName;
  /** In milliseconds. */
  rideSigma: number;
  /** Columns of the penguins' measurements. */
  birdX: number;
  birdY: number;
  /** In standard deviations of each measurement. */
  birdSigma: number;
  /** How far the learning of a width has got, from 1 on. */
  learnStep: number;
  /** The query on the circle, in degrees, and the temperature of its attention. */
  angle: number;
  temperature: number;
  /** Between the Gaussian, 0, and the dot product, 1. */
  lambda: number;
  /** Keys of the million, and its bandwidth. */
  million: number;
  millionSigma: number;
}

export const defaults: Readonly<State> = {
  n: 40,
  noise: 1,
  seed: 6,
  query: 2.2,
  sigma: 0.5,
  stage: 1,
  kernel: "gaussian",
  fourth: "triangular",
  equal: "variance",
  rideKernel: "gaussian",
  rideSigma: 1.5,
  birdX: 0,
  birdY: 1,
  birdSigma: 0.3,
  learnStep: 80,
  angle: 40,
  temperature: 0.1,
  lambda: 0,
  million: 100_000,
  millionSigma: 0.05,
};

const ranges: { [K in keyof State]?: readonly [number, number] } = {
  n: [5, 2000],
  noise: [0, 3],
  seed: [1, 9999],
  query: [0, 5],
  sigma: [0.02, 5],
  stage: [1, 5],
  rideSigma: [0.1, 20],
  birdX: [0, 3],
  birdY: [0, 3],
  birdSigma: [0.05, 2],
  learnStep: [1, 80],
  angle: [0, 360],
  temperature: [0.01, 5],
  lambda: [0, 1],
  million: [1000, 1e6],
  millionSigma: [0.001, 2],
};

/** The state in an address's hash; what is missing or makes no sense is the default's. */
export function readHash(hash: string): State {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const state: State = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof State)[]) {
    const text = given.get(key);
    if (text === null) continue;
    const range = ranges[key];
    const value = range ? Number(text) : text;
    const fits = range
      ? Number.isFinite(value) && +value >= range[0] && +value <= range[1]
      : key === "equal"
        ? text === "variance" || text === "sigma"
        : isKernel(text);
    if (fits) Object.assign(state, { [key]: value });
  }
  return state;
}

const isKernel = (name: string) => kernelNames.includes(name) && name !== "von-mises-fisher";

/** Only what differs from the defaults. */
export function writeHash(state: State): string {
  const changed = (Object.keys(defaults) as (keyof State)[]).filter((key) => state[key] !== defaults[key]);
  return new URLSearchParams(changed.map((key) => [key, String(state[key])])).toString();
}
