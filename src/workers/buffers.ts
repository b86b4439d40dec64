/** The memory of the typed arrays in plain objects and lists, each once; not what is shared. */
export function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (Array.isArray(value) && typeof value[0] !== "object") return found;
  else if (typeof value === "object" && value !== null)
    for (const part of Object.values(value)) buffersOf(part, found);
  return found;
}

/** How much memory that is. */
export function bytesOf(value: unknown): number {
  let bytes = 0;
  for (const { byteLength } of buffersOf(value)) bytes += byteLength;
  return bytes;
}
