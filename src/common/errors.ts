/** The one error class that users see. Its `code` is stable and may be switched on; its message is for people. */

export type ErrorCode =
  /** A number, array or option is not what the function takes. */
  | "invalid-input"
  /** The kernel's name is not known, or a kernel of the user's own is inconsistent. */
  | "invalid-kernel"
  /** The bandwidth is not a positive finite number, or has the wrong length. */
  | "invalid-bandwidth"
  /** What was asked cannot be computed for this kernel, shape or number of coordinates. */
  | "unsupported"
  /** `backend: "webgpu"` was asked for and there is no adapter. */
  | "no-webgpu"
  /** The GPU ran out of memory, also for the smallest slice of the work. */
  | "out-of-memory"
  /** The GPU device was lost (driver reset, `device.destroy()`); make a new Engine. */
  | "device-lost"
  /** A shader did not compile, or a GPU call was invalid: a bug here or in a kernel of the user's own. */
  | "gpu-error"
  /** A query has no key within the kernel's reach and `empty: "error"` was asked for. */
  | "empty-window"
  /** A file on another machine, or a queue, cannot be reached now. */
  | "unavailable"
  /** The model or the engine was used after `dispose()`. */
  | "disposed";

/** The error that everything here throws; `code` says of what kind, the message what was given, what was expected and where. */
export class NadarayaError extends Error {
  override readonly name = "NadarayaError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A value as it appears in an error message: short, and telling strings from numbers. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (typeof value === "function") return "a function";
  if (value === null || typeof value !== "object") return String(value);
  const kind = kindOf(value);
  if (kind === "Promise") return "a Promise (await it)";
  if (kind !== "Object") return withArticle(kind);
  const names = Object.keys(value);
  const listed = names.slice(0, MOST_NAMES).join(", ") || "no keys";
  return `an object with ${listed}${names.length > MOST_NAMES ? ", …" : ""}`;
}

/** Names of an object's properties in a message, at most. */
const MOST_NAMES = 12;

/** The class of a built-in object of any realm: "Promise", "Date", "Float64Array"; "Object" for a caller's own. */
export function kindOf(value: object): string {
  if (typeof (value as PromiseLike<unknown>).then === "function") return "Promise";
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return /^[A-Z][\w ]*$/.test(kind) ? kind : "Object";
}

// cspell:ignore AEIO
const withArticle = (noun: string) => `${/^[AEIO]/.test(noun) ? "an" : "a"} ${noun}`;
