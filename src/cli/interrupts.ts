/** What is done before the process ends by a signal. */
const cleanUps = new Set<() => Promise<unknown>>();

/** The signals that end a command, with its exit codes. */
export const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const;

/** Milliseconds until the process ends although something is not cleaned up. */
const PATIENCE = 4000;

/** Calls a function when the process is interrupted, and waits for it; returns one that takes it back. */
export function onInterrupt(cleanUp: () => Promise<unknown>): () => void {
  cleanUps.add(cleanUp);
  return () => cleanUps.delete(cleanUp);
}

/** Cleans up, for some seconds. */
export async function cleanUp(): Promise<void> {
  const all = Promise.allSettled([...cleanUps].map((each) => each()));
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
}
