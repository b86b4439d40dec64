/** The command `jobs`: lists the jobs of a queue, cancels them, and removes their results. */
import { NadarayaError, show } from "../common/errors.ts";
import { checkQueueName, connect, loadBullmq, redisAddress } from "../distributed/queue/connect.ts";
import { cancelRun, listJobs, removeRun, runsOf } from "../distributed/queue/jobs.ts";

export const JOB_ACTIONS = ["list", "cancel", "remove"] as const;

export interface JobsOptions {
  readonly redis?: string;
  readonly queue: string;
  readonly store?: string;
  readonly json?: boolean;
}

export async function jobs(
  action: (typeof JOB_ACTIONS)[number],
  names: readonly string[],
  { redis: given, queue: queueName, store, json }: JobsOptions,
): Promise<void> {
  if ((action === "list") !== (names.length === 0))
    throw new NadarayaError(
      "invalid-input",
      action === "list"
        ? "list takes no names"
        : `${action} needs the names of jobs: nadaraya jobs lists them`,
    );
  checkQueueName(queueName);
  const { Queue } = await loadBullmq();
  const redis = await connect(redisAddress(given));
  const queue = new Queue(queueName, { connection: redis });
  queue.on("error", () => {});
  try {
    if (action === "list") {
      const found = await listJobs(redis, queue);
      const lines = json
        ? found.map((job) => JSON.stringify(job))
        : [
            ["job", "state", "tasks", "begun"].join("\t"),
            ...found.map(({ run, state, done, total, begun }) =>
              [run, state, `${done}/${total}`, new Date(begun).toISOString()].join("\t"),
            ),
          ];
      process.stdout.write(`${lines.join("\n")}\n`);
      return;
    }
    for (const name of names) {
      const runs = await runsOf(redis, queueName, name);
      if (runs.length === 0)
        throw new NadarayaError("invalid-input", `there is no job ${show(name)} in the queue ${queueName}`);
      for (const run of runs) {
        await (action === "cancel" ? cancelRun(redis, queue, run) : removeRun(redis, queue, run, store));
        process.stderr.write(`${run}: ${action === "cancel" ? "cancelled" : "removed"}\n`);
      }
    }
  } finally {
    await queue.close();
    redis.disconnect();
  }
}
