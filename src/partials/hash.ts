/** SHA-256 of numbers, as 32 hexadecimal digits: of each array, and of these together. */
export async function hashOf(arrays: readonly Float64Array[]): Promise<string> {
  const digests = await Promise.all(arrays.map((array) => digestOf(array)));
  const together = await digestOf(new Uint8Array(digests.flatMap((digest) => [...digest])));
  return Array.from(together.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const digestOf = async ({ buffer, byteOffset, byteLength }: Float64Array | Uint8Array) =>
  new Uint8Array(
    await crypto.subtle.digest("SHA-256", new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)),
  );
