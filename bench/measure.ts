/** Repeats a piece of work after a warm-up and keeps the median with the least and the most: one number says little here. */
export interface Timing {
  /** Milliseconds. */
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly runs: number;
}

export async function measure(work: () => Promise<unknown>, runs = 5, warmUps = 1): Promise<Timing> {
  for (let i = 0; i < warmUps; i++) await work();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: times[Math.floor(runs / 2)], least: times[0], most: times[runs - 1], runs };
}
