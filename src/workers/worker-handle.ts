/** The pool's side of one worker, which computes one input at a time and keeps the states of the last tasks. */
import { buffersOf } from "./buffers.ts";
import type { WorkerPort } from "./message-port.ts";

/**
 * A request to a worker: `id` names the task and its state, which is there if the worker does not have it yet; `drop` lists the ids of those that it
 * can forget.
 */
export interface TaskRequest {
  readonly task: string;
  readonly id: string;
  readonly state?: object;
  readonly drop: readonly string[];
  readonly input: unknown;
}

/** "started" once it runs, then one answer to every request. */
export type TaskAnswer = "started" | { readonly output: unknown } | { readonly error: string };

/** States that a worker keeps. */
const MOST_STATES = 3;

const ids = new WeakMap<object, number>();
let lastId = 0;

/** A task of its own for each state, also where two tasks have the same one. */
function idOf(task: string, state: object): string {
  const id = ids.get(state) ?? ++lastId;
  ids.set(state, id);
  return `${task} ${id}`;
}

export class WorkerHandle {
  /** Whether the worker started. */
  readonly hasStarted: Promise<boolean>;
  lost = false;
  private readonly port: WorkerPort;
  /** Ids of the states it has, the last used first. */
  private held: readonly string[] = [];
  private onAnswer: (answer: TaskAnswer | undefined) => void = () => {};

  constructor(port: WorkerPort) {
    this.port = port;
    this.hasStarted = new Promise((resolve) => {
      this.onAnswer = (answer) => resolve(answer === "started");
    });
    port.listen(
      (message) => this.onAnswer(message as TaskAnswer),
      () => {
        this.lost = true;
        this.onAnswer(undefined);
      },
    );
    port.hold(true);
    this.hasStarted.then(() => port.hold(false));
  }

  /** The worker's answer; undefined if the worker was lost or could not be reached. */
  async ask(task: string, state: object, input: unknown): Promise<TaskAnswer | undefined> {
    if (this.lost) return undefined;
    const id = idOf(task, state);
    const known = this.held.includes(id);
    const held = [id, ...this.held.filter((other) => other !== id)];
    const taskRequest: TaskRequest = {
      ...{ task, id, input, drop: held.slice(MOST_STATES) },
      ...(known ? {} : { state }),
    };
    this.held = held.slice(0, MOST_STATES);
    const answer = new Promise<TaskAnswer | undefined>((resolve) => {
      this.onAnswer = resolve;
    });
    try {
      this.port.post(taskRequest, [...buffersOf(input)]);
    } catch {
      this.held = [];
      this.lost = true;
      return undefined;
    }
    this.port.hold(true);
    try {
      return await answer;
    } finally {
      this.port.hold(false);
    }
  }

  end(): void {
    this.lost = true;
    this.port.end();
    this.onAnswer(undefined);
  }
}
