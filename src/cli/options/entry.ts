/** What the table says of an option, and the commands that have some of them in common. */

/** An option of one or several commands. */
export interface Entry {
  /** As commander writes it: "--name <value>". */
  readonly flags: string;
  /** For --help: a whole phrase. */
  readonly text: string;
  readonly commands: readonly string[];
  /** The heading of its group in --help, in place of "Options:". */
  readonly group?: string;
  readonly choices?: readonly string[];
  readonly default?: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: commander passes what it was given before
  readonly parse?: (text: string, before: any) => unknown;
  readonly isRequired?: boolean;
  /** Whether jobs over shards take it; a text says why they refuse it, in place of "needs all rows in one place". */
  readonly overShards?: boolean | string;
  /** The library's options that it sets, if they have other names. */
  readonly sets?: readonly string[];
}

/** Commands that fit a model to a table. */
export const FITS = ["regress", "plot", "density", "classify", "bandwidth", "weights"];
/** Commands that weigh the rows of a table. */
export const WEIGHTED = [...FITS, "partial"];
/** Commands that answer at places. */
export const AT_PLACES = ["regress", "density", "classify", "weights"];
/** Commands that sum over all rows by a method. */
export const SUMMED = ["regress", "plot", "density", "classify", "partial"];
/** Commands that make an engine. */
export const ENGINES = [...WEIGHTED, "info", "bench"];
/** Commands that read tables. */
export const READERS = [...WEIGHTED, "info"];
/** Commands that may run over shards. */
export const SHARDED = ["regress", "density"];
