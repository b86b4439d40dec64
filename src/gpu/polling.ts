/**
 * Firefox looks for finished work every 100 ms, and with every submission. While something is waited for, empty submissions bring
 * the answer within milliseconds.
 */

const INTERVAL = 2;

const isFirefox = /\bFirefox\//.test(globalThis.navigator?.userAgent ?? "");

interface Polling {
  waiting: number;
  timer: ReturnType<typeof setInterval>;
}

const polled = new WeakMap<GPUDevice, Polling>();

/** Keeps the device looking for finished work until the returned function is called. */
export function keepPolling(device: GPUDevice): () => void {
  if (!isFirefox) return nothing;
  const polling = polled.get(device) ?? {
    waiting: 0,
    timer: setInterval(() => device.queue.submit([]), INTERVAL),
  };
  polling.waiting++;
  polled.set(device, polling);
  return () => {
    if (--polling.waiting > 0) return;
    clearInterval(polling.timer);
    polled.delete(device);
  };
}

const nothing = () => {};
