/** Runs trees of tasks, in which a task begins when those whose results it reads have ended. */
import type { Store } from "./store.ts";
import { isLasting, type Task } from "./tasks.ts";

export interface TaskNode {
  readonly task: Task;
  /** What has to be done before. */
  readonly children: readonly TaskNode[];
}

export interface RunnerOptions {
  readonly signal?: AbortSignal;
  /** Called with the tasks that are done, of so many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Where tasks are done: in this process, in others, or by the workers of a queue. */
export interface Runner {
  /** Where their results are, and what they read. */
  readonly store: Store;
  /** Resolves when all are done. @throws NadarayaError, the first that comes again wherever its task is done, or too often */
  run(forest: readonly TaskNode[], options: RunnerOptions): Promise<void>;
  /** Ends what may still be done of a run that is given up, and removes its results; its store is cleared by default. */
  abandon?(run: string): Promise<void>;
  /** Frees what it holds. */
  dispose(): Promise<void>;
}

/** What does one task at a time. */
export interface Executor {
  perform(task: Task, signal: AbortSignal): Promise<void>;
  dispose(): Promise<void>;
}

/** How often a task is done again where it failed for a reason that may pass. */
export const MOST_ATTEMPTS = 4;

/** Gives tasks to executors of this machine. */
export class LocalRunner implements Runner {
  readonly store: Store;
  private readonly executors: readonly Executor[];

  constructor(store: Store, executors: readonly Executor[]) {
    this.store = store;
    this.executors = executors;
  }

  async run(forest: readonly TaskNode[], { signal, onProgress }: RunnerOptions): Promise<void> {
    const queue = new ReadyTasks(forest);
    const { total } = queue;
    const failed = new AbortController();
    const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    let done = 0;
    const work = async (executor: Executor) => {
      for (let node = await queue.next(); node; node = await queue.next()) {
        stop.throwIfAborted();
        await again(() => executor.perform(node!.task, stop), stop);
        queue.finish(node);
        onProgress?.(++done, total);
      }
    };
    const works = this.executors.map((executor) =>
      work(executor).catch((error) => {
        failed.abort(error);
        queue.close();
        throw error;
      }),
    );
    // All have ended before this does: none writes into the store afterwards.
    const ended = await Promise.allSettled(works);
    signal?.throwIfAborted();
    if (failed.signal.aborted) throw failed.signal.reason;
    for (const each of ended) if (each.status === "rejected") throw each.reason;
  }

  /** Ends the executors. */
  async dispose(): Promise<void> {
    await Promise.all(this.executors.map((executor) => executor.dispose()));
  }
}

async function again(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || isLasting(error) || attempt === MOST_ATTEMPTS) throw error;
    }
}

/** Tasks that can be begun: those without children first, and a parent as soon as its last child has ended, so that few results wait. */
class ReadyTasks {
  readonly total: number;
  private readonly parents = new Map<TaskNode, TaskNode>();
  private readonly open = new Map<TaskNode, number>();
  private readonly ready: TaskNode[] = [];
  private waiting: (() => void)[] = [];
  private left: number;

  constructor(forest: readonly TaskNode[]) {
    const add = (node: TaskNode): number => {
      let count = 1;
      for (const child of node.children) {
        this.parents.set(child, node);
        count += add(child);
      }
      this.open.set(node, node.children.length);
      if (node.children.length === 0) this.ready.push(node);
      return count;
    };
    this.total = forest.reduce((sum, root) => sum + add(root), 0);
    this.left = this.total;
    this.ready.reverse();
  }

  /** Undefined when there are none, and will be none. */
  async next(): Promise<TaskNode | undefined> {
    while (this.left > 0 && this.ready.length === 0)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.left > 0 ? this.ready.pop() : undefined;
  }

  finish(node: TaskNode): void {
    this.left--;
    const parent = this.parents.get(node);
    if (parent) {
      const open = this.open.get(parent)! - 1;
      this.open.set(parent, open);
      if (open === 0) this.ready.push(parent);
    }
    this.wake();
  }

  close(): void {
    this.left = 0;
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
