/** The least value of a function of one number. */

export interface Point {
  readonly x: number;
  readonly score: number;
}

/** The golden section's share of the longer part. */
const GOLDEN = (3 - Math.sqrt(5)) / 2;

/**
 * Brent's method (Brent 1973, ch. 5): a parabola through the three best points where it helps, the golden section where it does
 * not.
 * @param known a point between the ends, the best so far
 * @param precision the least distance of two points that are tried
 */
export async function minimumBetween(
  ends: readonly [number, number],
  known: Point,
  precision: number,
  f: (x: number) => Promise<number>,
): Promise<Point> {
  let [low, high] = ends;
  let [best, second, third] = [known, known, known];
  let [step, before] = [0, 0];
  let wasParabola = false;
  for (;;) {
    const middle = (low + high) / 2;
    if (Math.abs(best.x - middle) <= 2 * precision - (high - low) / 2) return best;
    let parabola: number | undefined;
    if (Math.abs(before) > precision) {
      const r = (best.x - second.x) * (best.score - third.score);
      const q = (best.x - third.x) * (best.score - second.score);
      const p = (best.x - third.x) * q - (best.x - second.x) * r;
      const move = -p / (2 * (q - r));
      const isInside = best.x + move > low && best.x + move < high;
      if (Number.isFinite(move) && isInside && Math.abs(move) < Math.abs(before) / 2) parabola = move;
      // The last parabola's bottom is this one's.
      if (parabola !== undefined && Math.abs(move) < precision && wasParabola) return best;
    }
    wasParabola = parabola !== undefined;
    if (parabola === undefined) {
      before = best.x < middle ? high - best.x : low - best.x;
      step = GOLDEN * before;
    } else {
      before = step;
      step = parabola;
      // Not closer to an end than the precision.
      const x = best.x + step;
      if (x - low < 2 * precision || high - x < 2 * precision)
        step = best.x < middle ? precision : -precision;
    }
    const x = best.x + (Math.abs(step) >= precision ? step : Math.sign(step) * precision);
    const next = { x, score: await f(x) };
    if (next.score <= best.score) {
      if (x < best.x) high = best.x;
      else low = best.x;
      [best, second, third] = [next, best, second];
    } else {
      if (x < best.x) low = x;
      else high = x;
      if (next.score <= second.score || second === best) [second, third] = [next, second];
      else if (next.score <= third.score || third === best || third === second) third = next;
    }
  }
}
