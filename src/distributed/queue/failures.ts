/** What goes between workers and jobs besides results: why a task failed, and which are done. */
import { type ErrorCode, NadarayaError } from "../../common/errors.ts";
import type { Task } from "../tasks.ts";

/** The set of a job's tasks that are done; one that is done twice is in it once. */
export const doneKey = (root: string): string => `nadaraya:done:${root}`;

/** A reason as BullMQ keeps it: a text. */
export const writeFailure = (error: unknown): string =>
  error instanceof NadarayaError
    ? `[${error.code}] ${error.message}`
    : error instanceof Error
      ? error.message
      : String(error);

/** Of a reason that others may have written: control characters would reach a terminal. */
const CONTROL = /\p{Cc}/gu;

export function readFailure(given: string, { name, work }: Task): NadarayaError {
  const reason = given.replace(CONTROL, " ");
  const [, code, message] = /^\[([a-z-]+)\] (.*)$/s.exec(reason) ?? [];
  if (code) return new NadarayaError(code as ErrorCode, message);
  const of = work.kind === "merge" ? name : work.shard.name;
  const isLost = /stalled/.test(reason);
  return new NadarayaError(
    "unavailable",
    isLost
      ? `${of}: the workers that had it were lost, again and again; it may need more memory than they have`
      : `${of}: ${reason}`,
  );
}
