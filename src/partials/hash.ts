/** SHA-256 of numbers, as 32 hexadecimal digits: of each array, and of these together. */
export async function hashOf(arrays: readonly Float64Array[]): Promise<string> {
  const digests = await Promise.all(arrays.map((array) => digestOf(array)));
  const together = await digestOf(new Uint8Array(digests.flatMap((digest) => [...digest])));
  return hexOf(together.subarray(0, 16));
}

/** A short name for what can be written as JSON: 12 hexadecimal digits. */
export async function fingerprintOf(value: unknown): Promise<string> {
  const digest = await digestOf(new TextEncoder().encode(JSON.stringify(value)));
  return hexOf(digest.subarray(0, 6));
}

const hexOf = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const digestOf = async ({ buffer, byteOffset, byteLength }: Float64Array | Uint8Array) =>
  new Uint8Array(
    await crypto.subtle.digest("SHA-256", new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)),
  );
