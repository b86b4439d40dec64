/** Calibrations of adapters, as long as the process or page lives, and in a browser for its next visits. */
import { type Calibration, fixedCalibration, isCalibration, rounded } from "../gpu/calibration.ts";

interface Dated {
  readonly calibration: Calibration;
  /** When it was measured, in milliseconds since 1970. */
  readonly at: number;
}

/** Drivers, browsers and other loads change what an adapter can do. */
const MOST_AGE = 28 * 24 * 3600 * 1000;

const known = new Map<string, Dated>();

/** The calibration of an adapter, unless it is too old or there is none. */
export function recall(adapter: string): Calibration | undefined {
  const found = known.get(adapter) ?? stored(adapter);
  if (!found) return undefined;
  const age = Date.now() - found.at;
  if (!(age >= 0 && age < MOST_AGE)) return undefined;
  known.set(adapter, found);
  return found.calibration;
}

export function remember(adapter: string, calibration: Calibration, at = Date.now()): void {
  known.set(adapter, { calibration: fixedCalibration(calibration), at });
  try {
    globalThis.localStorage?.setItem(nameOf(adapter), JSON.stringify({ ...calibration, at }));
  } catch {
    // Storage may be full or forbidden: the next visit measures again.
  }
}

/** Raises the rate of an adapter to one that was observed, as old as it is: a busy moment may have been measured before. */
export function raise(adapter: string, pairsPerMillisecond: number): void {
  const before = known.get(adapter);
  const rate = rounded("pairsPerMillisecond", pairsPerMillisecond);
  if (!before || rate <= before.calibration.pairsPerMillisecond) return;
  remember(adapter, { ...before.calibration, pairsPerMillisecond: rate }, before.at);
}

/** What an adapter is known by, with the browser's version: names alone are few (Firefox and Safari hide them). */
const nameOf = (adapter: string) =>
  `nadaraya calibration 2, ${adapter}, ${(globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent}`;

function stored(adapter: string): Dated | undefined {
  try {
    const found: unknown = JSON.parse(globalThis.localStorage?.getItem(nameOf(adapter)) ?? "null");
    if (!isCalibration(found)) return undefined;
    return { calibration: fixedCalibration(found), at: Number((found as { at?: unknown }).at) };
  } catch {
    return undefined; // nothing is stored, or no text of ours, or storage is forbidden
  }
}
