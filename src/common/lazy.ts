/** Things that are made when they are first asked for. */

/** A value made once, and shared by all callers, also by those that ask while it is being made. */
export class Lazy<T> {
  private pending: Promise<T> | undefined;

  /** The value; where another caller failed to make it (its work was aborted, say), this one tries itself. */
  async get(make: () => Promise<T>): Promise<T> {
    for (;;) {
      const shared = this.pending;
      if (!shared) {
        const started = make();
        this.pending = started;
        try {
          return await started;
        } catch (error) {
          this.forget(started);
          throw error;
        }
      }
      try {
        return await shared;
      } catch {
        this.forget(shared);
      }
    }
  }

  /** The value, where it is made or being made. */
  get value(): Promise<T> | undefined {
    return this.pending;
  }

  private forget(failed: Promise<T>): void {
    if (this.pending === failed) this.pending = undefined;
  }
}
