/** What callers are given and the library goes on reading cannot be changed. A leaf that all rooms may use. */

/** Freezes a value with all plain objects and arrays in it; typed arrays cannot be frozen. Returns the value. */
export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return value;
  for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}
