/** Tasks that can run in a worker, and the interface of the pool that runs them. */

/**
 * A function of a state, which is sent to a worker once, and of an input. State, input and output are numbers, strings, typed
 * arrays, and plain objects and lists of these; the arrays of inputs and outputs are given away.
 */
export interface Task<State extends object, Input, Output> {
  readonly name: string;
  prepare(state: State): (input: Input) => Output | Promise<Output>;
}

/** The inputs of a task, each computed once, in any order. */
export interface TaskInputs<Input, Output> {
  readonly count: number;
  /** Makes the input of a job, with arrays of its own; more than once where a worker fails. */
  input(taskIndex: number): Input;
  take(output: Output, taskIndex: number): void;
}

export interface TaskRunner {
  /** How many jobs are done side by side. */
  readonly size: number;
  /** Does all jobs. @throws the signal's reason once it is aborted, and what the task throws */
  each<State extends object, Input, Output>(
    task: Task<State, Input, Output>,
    state: State,
    taskInputs: TaskInputs<Input, Output>,
    signal?: AbortSignal,
  ): Promise<void>;
}

/** Ranges from … to − 1 of so many elements: a few for everyone, so that none waits for the last, none too short or too long. */
export function ranges(count: number, size: number, [least, most]: readonly [number, number]) {
  const length = Math.min(Math.max(Math.ceil(count / (4 * size)), least), most);
  return Array.from({ length: Math.ceil(count / length) }, (_, i) => ({
    from: i * length,
    to: Math.min((i + 1) * length, count),
  }));
}

/** Decides whether work is worth sharing with workers. */
export interface WorkSharing {
  /** The pool, if it finishes work of so many milliseconds of one core sooner than this thread; every worker is sent `state`. */
  share(milliseconds: number, state?: object): Promise<TaskRunner | undefined>;
}
