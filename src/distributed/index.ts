/** `nadaraya/distributed`: regressions and densities over shards, in this process, in others, or by the workers of a queue. For Node. */
export type { Choice } from "./choose-bandwidth.ts";
export { ProcessExecutor } from "./processes.ts";
export { type QueueOptions, QueueRunner } from "./queue/queue-runner.ts";
export { QueueWorker, type QueueWorkerOptions } from "./queue/queue-worker.ts";
export { type Job, type JobOptions, type JobProgress, type JobResult, runJob } from "./run-job.ts";
export { LocalRunner, type Runner } from "./runner.ts";
export type { JobSettings } from "./settings.ts";
export { FolderStore, MemoryStore, type Store } from "./store.ts";
export { TaskPerformer } from "./tasks.ts";
