// The public types of nadaraya/distributed, written by `npm run api`.

interface Choice {
  readonly rule: string;
  readonly bandwidth: readonly number[];
  readonly sampled: number;
  readonly rows: number;
  readonly candidates: readonly Candidate[];
  readonly warning?: string;
}

class FolderStore implements Store {
  constructor(folder: string);
  get(name: string): Promise<Uint8Array | undefined>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  has(name: string): Promise<boolean>;
  runs(): Promise<KeptRun[]>;
  clear(run: string): Promise<void>;
}

interface Job extends JobSettings {
  readonly files: readonly string[];
  readonly bandwidth: number | readonly number[] | string;
  readonly queries: Float64Array | ((ranges: readonly (readonly [number, number])[]) => Float64Array);
  readonly shards?: number | "auto";
  readonly id?: string;
}

interface JobOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: JobProgress) => void;
  readonly sample?: number;
}

interface JobProgress {
  readonly what: "reading" | "choosing a bandwidth" | "computing";
  readonly done: number;
  readonly total: number;
}

interface JobResult {
  readonly sums: PartialSums;
  readonly bandwidth: readonly number[];
  readonly choice?: Choice;
  readonly shards: number;
}

interface JobSettings extends Pick<ShardInput, "shape" | "weightType" | "missing"> {
  readonly x: readonly string[];
  readonly y: readonly string[];
  readonly sampleWeights?: string;
  readonly kernel?: KernelName;
  readonly read?: Omit<TableOptions, "wanted" | "name" | "onProgress" | "signal" | "rowGroups">;
  readonly backend?: "auto" | "webgpu" | "cpu";
  readonly method?: PredictOptions["method"];
  readonly tolerance?: number;
  readonly errors?: boolean;
}

class LocalRunner implements Runner {
  readonly store: Store;
  constructor(store: Store, executors: readonly Executor[]);
  run(forest: readonly TaskNode[], { signal, onProgress }: RunnerOptions): Promise<void>;
  dispose(): Promise<void>;
}

class MemoryStore implements Store {
  get(name: string): Promise<Uint8Array | undefined>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  has(name: string): Promise<boolean>;
  clear(run: string): Promise<void>;
}

class ProcessExecutor implements Executor {
  constructor(setting: ChildSetting);
  get pid(): number | undefined;
  perform(task: Task, signal: AbortSignal): Promise<void>;
  dispose(): Promise<void>;
}

interface QueueOptions {
  readonly queue?: string;
  readonly store?: string;
  readonly timeout?: number;
  readonly onNote?: (note: string) => void;
}

class QueueRunner implements Runner {
  readonly store: RedisStore;
  static connect(url: string, options?: QueueOptions): Promise<QueueRunner>;
  run(forest: readonly TaskNode[], options: RunnerOptions): Promise<void>;
  abandon(run: string): Promise<void>;
  dispose(): Promise<void>;
}

class QueueWorker {
  static start(url: string, options?: QueueWorkerOptions): Promise<QueueWorker>;
  close(): Promise<void>;
}

interface QueueWorkerOptions {
  readonly queue?: string;
  readonly store?: string;
  readonly allow?: readonly string[];
  readonly concurrency?: number;
  readonly lostAfter?: number;
  readonly onTask?: (task: Task, milliseconds: number, failure?: Error) => void;
  readonly onError?: (error: Error) => void;
}

interface Runner {
  readonly store: Store;
  run(forest: readonly TaskNode[], options: RunnerOptions): Promise<void>;
  abandon?(run: string): Promise<void>;
  dispose(): Promise<void>;
}

interface Store {
  get(name: string): Promise<Uint8Array | undefined>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  has(name: string): Promise<boolean>;
  clear(run: string): Promise<void>;
}

class TaskPerformer {
  constructor(store: Store, version: string, workers?: number, access?: Access);
  perform(task: Task, signal?: AbortSignal): Promise<void>;
  dispose(): Promise<void>;
}

function runJob(job: Job, runner: Runner, options?: JobOptions): Promise<JobResult>;

// Types that these use, which are neither exported here nor in another report.

interface Access {
  file(path: string): Promise<string>;
  readonly fetch: typeof fetch;
}

interface ChildSetting {
  readonly folder: string;
  readonly version: string;
  readonly workers: number;
}

interface Executor {
  perform(task: Task, signal: AbortSignal): Promise<void>;
  dispose(): Promise<void>;
}

interface FileState {
  readonly bytes?: number;
  readonly modified?: string;
  readonly tag?: string;
  readonly inode?: string;
  readonly device?: string;
}

interface KeptRun {
  readonly run: string;
  readonly begun: number;
}

interface RunnerOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

interface ShardBox {
  readonly rows: number;
  readonly ranges: readonly (readonly [number, number])[];
  readonly weights: readonly [number, number];
}

interface ShardFile {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly rowGroups?: readonly [from: number, to: number];
  readonly state?: FileState;
}

interface ShardInput extends Pick<KernelInput, "keys" | "kernel" | "shape" | "weightType" | "missing" | "bandwidth"> {
  readonly values?: KernelInput["keys"];
  readonly sampleWeights?: SampleWeights;
}

interface SumsTask {
  readonly shard: ShardFile;
  readonly shards: number;
  readonly queries: string;
  readonly bandwidth: readonly number[];
  readonly floors?: string;
  readonly box?: ShardBox;
}

interface Task {
  readonly version: string;
  readonly name: string;
  readonly work: Work;
  readonly settings: JobSettings;
}

interface TaskNode {
  readonly task: Task;
  readonly children: readonly TaskNode[];
}

type Work = {
  readonly kind: "summary";
  readonly shard: ShardFile;
  readonly sample: number;
} | ({
  readonly kind: "sums";
} & SumsTask)
 | ({
  readonly kind: "leave-one-out";
  readonly first: number;
  readonly count: number;
} & SumsTask)
 | {
  readonly kind: "merge";
  readonly of: readonly string[];
};

