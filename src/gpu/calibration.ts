/** What an adapter can do, as measured: "auto" chooses methods by it, and runs are cut into workgroups by it. */
import { NadarayaError, show } from "../common/errors.ts";

/** What an adapter can do, as measured; engines that are given the same one choose the same methods. */
export interface Calibration {
  readonly version: 1;
  /** Gaussian weights of one coordinate, with one value column, that the adapter computes a millisecond; a power of two. */
  readonly pairsPerMillisecond: number;
  /** Milliseconds of the shortest run, from submission to numbers; a power of two. */
  readonly latency: number;
}

/** Of a processor that runs shaders: by this the measurement itself is planned. */
export const SLOW: Calibration = { version: 1, pairsPerMillisecond: 2 ** 17, latency: 2 };

/** What small problems are planned by, on any adapter. */
export const ASSUMED: Calibration = { version: 1, pairsPerMillisecond: 2 ** 20, latency: 2 };

const RANGES = {
  pairsPerMillisecond: [2 ** 8, 2 ** 32],
  latency: [2 ** -6, 2 ** 10],
} as const;

/** A copy that cannot be changed. @throws NadarayaError "invalid-input" */
export function readCalibration(given: unknown): Calibration {
  if (isCalibration(given)) return fixedCalibration(given);
  throw new NadarayaError(
    "invalid-input",
    `calibration is ${show(given)}, expected what engine.info.calibration holds: version 1, and powers of two for pairsPerMillisecond and latency`,
  );
}

export const fixedCalibration = ({ version, pairsPerMillisecond, latency }: Calibration): Calibration =>
  Object.freeze({ version, pairsPerMillisecond, latency });

export function isCalibration(given: unknown): given is Calibration {
  if (typeof given !== "object" || given === null) return false;
  const numbers = given as Record<string, unknown>;
  return (
    numbers.version === 1 &&
    Object.entries(RANGES).every(([name, [least, most]]) => {
      const value = numbers[name];
      return (
        typeof value === "number" && value >= least && value <= most && Number.isInteger(Math.log2(value))
      );
    })
  );
}

/** The nearest power of two in range. */
export function rounded(name: keyof typeof RANGES, x: number): number {
  const [least, most] = RANGES[name];
  return Math.min(Math.max(2 ** Math.round(Math.log2(x)), least), most);
}
