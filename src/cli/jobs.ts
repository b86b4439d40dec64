/** The command `jobs`: lists the jobs of a queue or a folder, cancels them, and removes their results. */
import { NadarayaError, show } from "../common/errors.ts";
import { checkQueueName, connect, loadBullmq, redisAddress } from "../distributed/queue/connect.ts";
import { cancelRun, listJobs, type QueuedJob, removeRun, runsOf } from "../distributed/queue/jobs.ts";
import { FolderStore, isRunOf, type KeptRun } from "../distributed/store.ts";
import { isOfQueue } from "./options/check-usage.ts";

export const JOB_ACTIONS = ["list", "cancel", "remove"] as const;

export interface JobsOptions {
  readonly redis?: string;
  readonly queue: string;
  readonly store?: string;
  readonly json?: boolean;
}

type Listed = QueuedJob | (KeptRun & { readonly state: "kept" });

/** Where jobs are: a queue, a folder of results, or both. */
interface Place {
  readonly name: string;
  list(): Promise<readonly Listed[]>;
  runsOf(job: string): Promise<readonly string[]>;
  cancel(run: string): Promise<void>;
  remove(run: string): Promise<void>;
  close(): Promise<void>;
}

export async function jobs(
  action: (typeof JOB_ACTIONS)[number],
  names: readonly string[],
  options: JobsOptions,
): Promise<void> {
  const place = await placeOf(options);
  try {
    if (action === "list") {
      const found = await place.list();
      const lines = options.json
        ? found.map((job) => JSON.stringify(job))
        : [["job", "state", "tasks", "begun"].join("\t"), ...found.map(lineOf)];
      process.stdout.write(lines.map((line) => `${line}\n`).join(""));
      return;
    }
    for (const name of names) {
      const runs = await place.runsOf(name);
      if (runs.length === 0)
        throw new NadarayaError("invalid-input", `there is no job ${show(name)} in ${place.name}`);
      for (const run of runs) {
        await place[action](run);
        process.stderr.write(`${run}: ${action === "cancel" ? "cancelled" : "removed"}\n`);
      }
    }
  } finally {
    await place.close();
  }
}

const lineOf = (job: Listed): string =>
  [
    ...[job.run, job.state, "total" in job ? `${job.done}/${job.total}` : ""],
    new Date(job.begun).toISOString(),
  ].join("\t");

const placeOf = (options: JobsOptions): Promise<Place> | Place =>
  isOfQueue(options) ? queueOf(options) : folderOf(options.store!);

/** Jobs of `--distributed processes --store`. */
function folderOf(path: string): Place {
  const folder = new FolderStore(path);
  return {
    name: `the folder ${path}`,
    list: async () => (await folder.runs()).map((each) => ({ ...each, state: "kept" as const })),
    runsOf: async (job) => (await folder.runs()).map(({ run }) => run).filter((run) => isRunOf(run, job)),
    cancel: async () => {
      throw new NadarayaError(
        "invalid-input",
        "a folder has no jobs that run: end the command itself, or name the queue by --redis",
      );
    },
    remove: (run) => folder.clear(run),
    close: async () => {},
  };
}

async function queueOf({ redis: given, queue: queueName, store }: JobsOptions): Promise<Place> {
  checkQueueName(queueName);
  const { Queue } = await loadBullmq();
  const redis = await connect(redisAddress(given));
  const queue = new Queue(queueName, { connection: redis });
  queue.on("error", () => {});
  // Redis forgets a job after a day, a folder does not.
  const kept = store === undefined ? undefined : folderOf(store);
  const queued = async () => new Set((await listJobs(redis, queue)).map(({ run }) => run));
  return {
    name: `the queue ${queueName}${kept ? ` or in ${kept.name}` : ""}`,
    list: async () => {
      const found = await listJobs(redis, queue);
      const others = (await kept?.list()) ?? [];
      return [...others.filter(({ run }) => !found.some((each) => each.run === run)), ...found];
    },
    runsOf: async (job) => [
      ...new Set([...(await runsOf(redis, queueName, job)), ...((await kept?.runsOf(job)) ?? [])]),
    ],
    cancel: async (run) => {
      if (!(await queued()).has(run))
        throw new NadarayaError("invalid-input", `${run} does not run: the folder has results of it`);
      await cancelRun(redis, queue, run);
    },
    remove: (run) => removeRun(redis, queue, run, store),
    close: async () => {
      await queue.close();
      redis.disconnect();
    },
  };
}
