/** Integrals by the trapezoidal rule after a double exponential substitution (Takahasi and Mori 1974), in logarithms. */
import { logSumOf } from "./pairs.ts";

const STEP = 1 / 64;
const LAST = 6.5;

/** log ∫ e^f(x) dx for x from 0 to ∞, where the integral is finite. */
export function logIntegralToInfinity(f: (x: number) => number): number {
  // x = e^(π/2 sinh t)
  return trapezoid((t) => {
    const logX = (Math.PI / 2) * Math.sinh(t);
    return f(Math.exp(logX)) + logX + Math.log((Math.PI / 2) * Math.cosh(t));
  });
}

/** log ∫ e^f(x) dx for x from 0 to `end`; f also takes end − x, which keeps its digits near the end. */
export function logIntegralTo(end: number, f: (x: number, left: number) => number): number {
  // x = end / (1 + e^(−π sinh t))
  return trapezoid((t) => {
    const s = Math.PI * Math.sinh(t);
    const [x, left] = [end / (1 + Math.exp(-s)), end / (1 + Math.exp(s))];
    return f(x, left) + Math.log(x) + Math.log(left / end) + Math.log(Math.PI * Math.cosh(t));
  });
}

function trapezoid(logTerm: (t: number) => number): number {
  const logs: number[] = [];
  for (let t = -LAST; t <= LAST; t += STEP) {
    const log = logTerm(t);
    if (log > -Infinity && log < Infinity) logs.push(log);
  }
  return logSumOf(logs) + Math.log(STEP);
}
