/** Runs that survive the loss of the device and a lack of memory: they go on from what is finished. */
import { NadarayaError } from "../common/errors.ts";
import type { RunOptions } from "../problem/problem.ts";
import type { GpuContext } from "./context.ts";
import type { Devices } from "./devices.ts";
import type { Gpu } from "./gpu.ts";

/** Devices that a run may lose one after the other without finishing anything in between. */
const MOST_LOSSES = 3;
/** The smallest memory budget that is tried. */
const LEAST_BUDGET = 2 ** 18;
/** Failed allocations without finishing anything in between before the failure is the caller's: from 1 GiB to 256 KiB, and some more. */
const MOST_SHORTAGES = 20;

/** What one attempt works with. */
export interface Attempt {
  readonly gpu: Gpu;
  /** Bytes of GPU memory that the run may take at this moment. */
  readonly memoryBudget: () => number;
  /** To be called whenever something is finished that will not be repeated. */
  readonly onFinished: () => void;
}

/**
 * Calls `attempt` again where the device was lost, on another one, and where memory was short, with less of it or when other runs have
 * released theirs. An attempt begins with what is not finished, and has released all its buffers when it throws. Attempts
 * must not be nested: one would wait for the other's memory.
 * @throws NadarayaError "device-lost" after several losses in a row, or where there is no other device; "out-of-memory"
 *   where even the smallest parts do not fit
 */
export function resume<T>(
  { devices, memoryBudget }: Pick<GpuContext, "devices" | "memoryBudget">,
  options: RunOptions,
  attempt: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  return surviveLosses(devices, options, (gpu, onFinished) =>
    withinMemory(gpu, memoryBudget, options, onFinished, attempt),
  );
}

/** Calls `work` again, on another device, where its device was lost. */
export async function surviveLosses<T>(
  devices: Devices,
  { signal }: RunOptions,
  work: (gpu: Gpu, onFinished: () => void) => Promise<T>,
): Promise<T> {
  let losses = 0;
  for (;;) {
    signal?.throwIfAborted();
    const gpu = devices.current;
    try {
      return await work(gpu, () => {
        losses = 0;
      });
    } catch (error) {
      if (!(error instanceof NadarayaError && OF_THE_GPU.includes(error.code))) throw error;
      // A device that is going refuses things before it says that it is lost: in Deno a moment before.
      if (error.code === "gpu-error") await gpu.lostWithin(200);
      if (!gpu.isLost) throw error;
      if (++losses > MOST_LOSSES)
        throw new NadarayaError(
          "device-lost",
          `${losses} GPU devices were lost in a row during the same work; the last: ${error.message}`,
          { cause: error },
        );
      await devices.replace(gpu, error);
    }
  }
}

async function withinMemory<T>(
  gpu: Gpu,
  memoryBudget: number,
  { signal }: RunOptions,
  onFinished: () => void,
  attempt: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const { memory } = gpu;
  let most = memoryBudget;
  let shortages = 0;
  let endTurn: (() => void) | undefined;
  const giveTurnBack = () => {
    endTurn?.();
    endTurn = undefined;
  };
  const options: Attempt = {
    gpu,
    memoryBudget: () => Math.min(most, memory.share),
    onFinished() {
      shortages = 0;
      onFinished();
      giveTurnBack();
    },
  };
  try {
    for (;;) {
      signal?.throwIfAborted();
      try {
        return await memory.countRun(() => attempt(options));
      } catch (error) {
        const isShort = error instanceof NadarayaError && error.code === "out-of-memory";
        if (!isShort || gpu.isLost) throw error;
        const inUse = memory.freeCaches();
        if (!endTurn) endTurn = await memory.turn();
        else if (inUse > 0) await memory.released();
        else if (++shortages > MOST_SHORTAGES) throw error;
        else most = Math.max(Math.min(most, memory.share) / 2, LEAST_BUDGET);
      }
    }
  } finally {
    giveTurnBack();
  }
}

const OF_THE_GPU: readonly string[] = ["device-lost", "gpu-error", "out-of-memory"];
