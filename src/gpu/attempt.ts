/** Calls of WebGPU that throw or reject: every failure is a NadarayaError. */
import { NadarayaError } from "../common/errors.ts";

/** Runs a synchronous call. @throws NadarayaError "gpu-error", or "out-of-memory" where the process has no room */
export function attempt<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw asNadarayaError(what, error);
  }
}

export function asNadarayaError(what: string, error: unknown): NadarayaError {
  if (error instanceof NadarayaError) return error;
  const code = error instanceof RangeError ? "out-of-memory" : "gpu-error";
  return new NadarayaError(code, `the GPU refused ${what}: ${String(error)}`, { cause: error });
}
