/** Executors in processes of their own, one Dawn device each: all processors and GPUs of a machine, with nothing to install. */
import { type ChildProcess, fork } from "node:child_process";
import type { ErrorCode } from "../common/errors.ts";
import { NadarayaError } from "../common/errors.ts";
import type { Executor } from "./runner.ts";
import type { Task } from "./tasks.ts";

/** What the child says of a task. */
export type Answer =
  | { readonly name: string; readonly ok: true }
  | { readonly name: string; readonly ok: false; readonly code?: ErrorCode; readonly message: string };

/** What the child is told. */
export interface ChildSetting {
  readonly folder: string;
  readonly version: string;
  /** Threads that share what is computed on the CPU, besides the process's own. */
  readonly workers: number;
}

/** Does tasks in a process of its own, which is started with the first, and again where it ended. */
export class ProcessExecutor implements Executor {
  private readonly setting: ChildSetting;
  private child: ChildProcess | undefined;

  /** @param setting the folder of the store, which the child shares */
  constructor(setting: ChildSetting) {
    this.setting = setting;
  }

  /** The process, for tests that end it. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** @throws NadarayaError as the task; "unavailable" where the process ended before it was done */
  perform(task: Task, signal: AbortSignal): Promise<void> {
    this.child ??= this.start();
    const { child } = this;
    return new Promise<void>((resolve, reject) => {
      const onAnswer = (answer: Answer) => {
        if (answer.name !== task.name) return;
        settle();
        if (answer.ok) resolve();
        else if (answer.code) reject(new NadarayaError(answer.code, answer.message));
        else reject(new Error(answer.message));
      };
      const lost = (how: string) => {
        settle();
        child.kill("SIGKILL");
        if (this.child === child) this.child = undefined;
        reject(
          new NadarayaError(
            "unavailable",
            `a worker process ended (${how}) before its task was done: ${task.name}`,
          ),
        );
      };
      const onEnd = (code: number | null, ended: NodeJS.Signals | null) => lost(ended ?? `exit code ${code}`);
      const onAbort = () => {
        settle();
        this.child = undefined;
        child.kill("SIGKILL");
        reject(signal.reason);
      };
      const settle = () => {
        child.off("message", onAnswer).off("exit", onEnd);
        signal.removeEventListener("abort", onAbort);
      };
      child.on("message", onAnswer).on("exit", onEnd);
      signal.addEventListener("abort", onAbort);
      child.send(task, (error) => {
        if (error) lost(error.message);
      });
    });
  }

  /** Ends the process. */
  async dispose(): Promise<void> {
    this.child?.kill("SIGKILL");
    this.child = undefined;
  }

  private start(): ChildProcess {
    const child = fork(new URL("./process-main.js", import.meta.url), [JSON.stringify(this.setting)], {
      serialization: "advanced",
    });
    const forget = () => {
      if (this.child === child) this.child = undefined;
    };
    child.once("exit", forget).on("error", forget); // also between two tasks
    return child;
  }
}
