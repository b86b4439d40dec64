/** Waits for what other processes do. */

/** Asks again and again, for as long as it takes: the time limit of a test ends what hangs. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
