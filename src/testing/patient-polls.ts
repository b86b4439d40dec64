/**
 * While something is waited for, Dawn looks for finished work in a loop of `setImmediate`, which takes a whole core from the software adapter beside it.
 * With this setup file of Vitest it looks once a millisecond.
 */
const MILLISECONDS = 1;

const { setImmediate } = globalThis;

/** Dawn's callback is the only one that is native and has no name. */
const isDawns = (callback: unknown, args: readonly unknown[]) =>
  typeof callback === "function" &&
  args.length === 0 &&
  callback.name === "" &&
  Function.prototype.toString.call(callback).includes("[native code]");

globalThis.setImmediate = Object.assign(
  (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    isDawns(callback, args) ? setTimeout(callback, MILLISECONDS) : setImmediate(callback, ...args),
  setImmediate,
) as unknown as typeof setImmediate;
