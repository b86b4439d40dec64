/** Guards constructors that only the library calls: `new Engine()` by a user would give an object whose methods all fail. */
import { NadarayaError } from "./errors.ts";

/** The first argument of such constructors. No entry point exports it. */
export const INTERNAL = Symbol();

/** @throws NadarayaError "invalid-input" that names the function to call instead, if the token is not INTERNAL */
export function assertInternal(token: unknown, name: string, instead: string): void {
  if (token !== INTERNAL)
    throw new NadarayaError("invalid-input", `new ${name} is not for callers: use ${instead}`);
}
