/** Progress of a call that computes in several parts. A leaf that all rooms may use. */

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** The parts of a call, reported as one whole. */
export interface Whole {
  /** Ends the part before, and returns the options of the next one, which takes this share of the whole. */
  part(share: number): RunOptions;
  /** Reports that all is done, and nothing afterwards; without `succeeded` it reports nothing any more. */
  end(succeeded: boolean): void;
}

/**
 * `total` is constant, `done` only grows, and reaches `total` once: at the end.
 * @param total unless the first part that reports any determines it
 */
export function wholeOf({ signal, onProgress }: RunOptions, total = 0): Whole {
  let [start, size, most] = [0, 0, 0];
  const report = (share: number) => {
    const done = Math.floor(share * total);
    if (done <= most || done >= total) return;
    most = done;
    onProgress?.({ done, total });
  };
  return {
    part(share) {
      const first = start + size;
      [start, size] = [first, share];
      report(first);
      if (!onProgress) return { signal };
      return {
        signal,
        onProgress: ({ done, total: all }) => {
          if (!(all > 0)) return;
          total ||= Math.round(all / share);
          report(first + (share * done) / all);
        },
      };
    },
    end(succeeded) {
      total ||= 1;
      if (succeeded) onProgress?.({ done: total, total });
      most = total;
    },
  };
}

/** Calls `work` with the parts of its progress. */
export async function asWhole<T>(
  options: RunOptions,
  work: (whole: Whole) => Promise<T>,
  total?: number,
): Promise<T> {
  const whole = wholeOf(options, total);
  let succeeded = false;
  try {
    const result = await work(whole);
    succeeded = true;
    return result;
  } finally {
    whole.end(succeeded);
  }
}
