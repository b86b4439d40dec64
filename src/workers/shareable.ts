/** Numbers that workers see without a copy where memory can be shared: in Node, and in pages that are isolated. */
export function shareableArray(length: number): Float64Array {
  return typeof SharedArrayBuffer === "undefined"
    ? new Float64Array(length)
    : new Float64Array(new SharedArrayBuffer(8 * length));
}
