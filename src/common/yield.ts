/** Long work on the CPU lets the page live. */

/** How long it computes between two breaths, in milliseconds. */
const YIELD_INTERVAL = 12;

/** To be awaited often: lets other tasks run now and then, and throws once the work is aborted. */
export function createYielder({ signal }: { readonly signal?: AbortSignal }): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < YIELD_INTERVAL) return;
    await yieldToEventLoop();
    signal?.throwIfAborted();
    last = performance.now();
  };
}

/** Lets other tasks of the thread run. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** No breath, where nothing else waits for the thread: in a worker. */
export const neverYield = async (): Promise<void> => {};
