/** Another device for an engine that lost its own; loaded when that happens. */
import { NadarayaError } from "../common/errors.ts";
import type { Gpu } from "./gpu.ts";

/** Milliseconds to wait before each request of a device: after a crash of its process a browser has none for a moment. */
const DELAYS = [0, 50, 500];

/** @throws NadarayaError "device-lost" if there is none */
export async function anotherDevice(request: () => Promise<Gpu>, lost: NadarayaError): Promise<Gpu> {
  let cause: unknown;
  for (const delay of DELAYS) {
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    try {
      return await request();
    } catch (failure) {
      cause = failure;
    }
  }
  throw new NadarayaError(
    "device-lost",
    `${lost.message}; there is no other (${String((cause as Error).message)}): make a new Engine, which may compute on the CPU`,
    { cause },
  );
}
