/** Redis, or Valkey, by ioredis; BullMQ brings no client of its own. Both are loaded only where a queue is used. */
import type { Redis } from "ioredis";
import { NadarayaError } from "../../common/errors.ts";
import { loadPackage } from "../../io/load-package.ts";

/** The queue that jobs and workers have in common, unless they are told another. */
export const QUEUE = "nadaraya";

/** What is used of BullMQ. */
export const loadBullmq = (): Promise<
  Pick<typeof import("bullmq"), "Queue" | "FlowProducer" | "Worker" | "UnrecoverableError">
> => loadPackage("bullmq", () => import("bullmq"));

/** An address without its password, for messages. */
export const withoutPassword = (url: string): string => url.replace(/\/\/[^@/]*@/, "//");

/**
 * A connection that waits out a server that is away for a while.
 * @throws NadarayaError "unavailable" where there is none to begin with; "invalid-input" for what is no address
 */
export async function connect(url: string, onError: (error: Error) => void = () => {}): Promise<Redis> {
  if (!/^(rediss?|valkeys?):\/\/./.test(url))
    throw new NadarayaError(
      "invalid-input",
      `${withoutPassword(url)} is no address of Redis, expected redis://host:port`,
    );
  const { Redis } = await loadPackage("ioredis", () => import("ioredis"));
  const redis = new Redis(url.replace(/^valkey/, "redis"), {
    lazyConnect: true,
    maxRetriesPerRequest: null, // BullMQ asks for it: a blocking read waits as long as it takes
    retryStrategy: (times) => Math.min(100 * 2 ** times, 5000),
  });
  let last: Error | undefined;
  redis.on("error", (error) => {
    last = error;
    onError(error);
  });
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    const cause = last ?? (error as Error);
    const reason = cause.message || (cause as NodeJS.ErrnoException).code;
    throw new NadarayaError("unavailable", `${withoutPassword(url)} cannot be reached: ${reason}`, { cause });
  }
  return redis;
}
