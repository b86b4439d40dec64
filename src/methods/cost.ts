/** What a method is expected to take. */

/** Milliseconds of one core: once for all calls of a problem, and for one call. */
export interface Cost {
  readonly once: number;
  readonly call: number;
}
