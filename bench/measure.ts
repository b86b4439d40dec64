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
  return { median: median(times), least: Math.min(...times), most: Math.max(...times), runs };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
