/** The error of a command line that is wrong, whatever the data is. */
import { type ErrorCode, NadarayaError } from "../common/errors.ts";

/** Ends the command with exit code 2. */
export class UsageError extends NadarayaError {
  constructor(message: string, code: ErrorCode = "invalid-input") {
    super(code, message);
  }
}

/** Calls a check of the library on a value of the command line. @throws UsageError where it refuses the value */
export function checkedUsage<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof NadarayaError ? new UsageError(error.message, error.code) : error;
  }
}
