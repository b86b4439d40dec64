/** The command `worker`: does the tasks of a queue until it is interrupted. */

import { redisAddress, withoutPassword } from "../distributed/queue/connect.ts";
import { QueueWorker } from "../distributed/queue/queue-worker.ts";
import { SIGNALS } from "./interrupts.ts";

export interface WorkerOptions {
  readonly redis?: string;
  readonly concurrency: number;
  readonly queue: string;
  readonly store?: string;
  readonly allow?: readonly string[];
  readonly lostAfter: number;
  readonly quiet?: boolean;
}

const causesOf = ({ cause }: Error): string[] => (cause instanceof Error ? [cause.message] : []);

const say = (line: string) => process.stderr.write(`${line}\n`);

export async function worker({
  redis: given,
  concurrency,
  queue,
  store,
  allow,
  lostAfter,
  quiet,
}: WorkerOptions): Promise<void> {
  const redis = redisAddress(given);
  let last = "";
  const started = await QueueWorker.start(redis, {
    ...{ concurrency, queue, store, allow, lostAfter },
    onTask: ({ name }, milliseconds, failure) => {
      // What crosses the queue quotes no cells; this machine's own log does.
      if (failure) say([name, failure.message, ...causesOf(failure)].join(": "));
      else if (!quiet) say(`${name}: ${Math.round(milliseconds)} ms`);
    },
    // A server that is away says the same many times a second.
    onError: ({ message }) => {
      if (message !== last) say(`${withoutPassword(redis)}: ${message}`);
      last = message;
    },
  });
  if (allow === undefined)
    say(
      "whoever writes to this Redis may have every file read that this user may read; --allow <path> limits it",
    );
  say(`waiting for tasks of the queue ${queue} at ${withoutPassword(redis)}`);
  await new Promise<void>((resolve) => {
    // The task that it does is finished first; a second signal does not wait for that.
    for (const [signal, code] of SIGNALS) {
      process.removeAllListeners(signal);
      process.once(signal, () => {
        process.once(signal, () => process.exit(code));
        started.close().then(resolve, resolve);
      });
    }
  });
}
