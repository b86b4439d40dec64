/** The newest wish counts: each begins by cancelling the one before it. */
export class Newest {
  private controller = new AbortController();

  /** The signal of a new wish; that of the former is aborted. */
  begin(): AbortSignal {
    this.cancel();
    this.controller = new AbortController();
    return this.controller.signal;
  }

  /** The signal of the newest wish. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  cancel(): void {
    this.controller.abort();
  }
}

/** Whether an error says only that the work was cancelled. */
export const isAbort = (error: unknown): boolean => (error as Error | undefined)?.name === "AbortError";
