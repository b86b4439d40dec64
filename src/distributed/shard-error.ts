/** What may be told of a shard that fails: who writes to a queue must not read files by the messages of its workers. */
import { NadarayaError } from "../common/errors.ts";

/** An error whose message holds no cell of a file: a path, a reason of the file system, what may be done. */
export class ShardError extends NadarayaError {}

const REASON = "its rows cannot be used; the reason is in the log of the worker";

/** The kinds of errors that quote cells. */
const QUOTING: ReadonlySet<string> = new Set(["invalid-input"]);

/** The result of work with the rows of a shard. @throws ShardError in place of an error that can quote cells, which is its cause */
export async function withheld<T>({ name }: { readonly name: string }, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ShardError) throw error;
    if (error instanceof NadarayaError && !QUOTING.has(error.code))
      throw new ShardError(error.code, `${name}: ${error.message}`, { cause: error });
    if (error instanceof NadarayaError)
      throw new ShardError(error.code, `${name}: ${REASON}`, { cause: error });
    throw new Error(
      `${name}: it failed by a ${(error as Error)?.name}; the reason is in the log of the worker`,
      {
        cause: error,
      },
    );
  }
}

/** Whether it is the error of a shard of this name that keeps its reason back. */
export const isWithheld = (error: unknown, name: string): boolean =>
  error instanceof NadarayaError && error.message === `${name}: ${REASON}`;
