/** What runs in a worker: it does the tasks that the pool sends, one after the other. It imports nothing dynamically, so that bundlers may make it one script. */

import { cullTask } from "../methods/cull/task.ts";
import { denseTask } from "../methods/dense/cpu/sums.ts";
import { readTask } from "../methods/expand/read.ts";
import { convolveTask, spreadTask } from "../methods/gauss-transform/tasks.ts";
import { buffersOf } from "../workers/buffers.ts";
import type { Task } from "../workers/task.ts";
import type { TaskAnswer, TaskRequest } from "../workers/worker-handle.ts";

type Work = (input: unknown) => unknown;

const tasks = [denseTask, cullTask, spreadTask, convolveTask, readTask] as unknown as Task<
  object,
  unknown,
  unknown
>[];
const prepared = new Map<string, Work>();

async function answer({ task, id, state, drop, input }: TaskRequest): Promise<TaskAnswer> {
  for (const old of drop) prepared.delete(old);
  try {
    if (state) prepared.set(id, tasks.find(({ name }) => name === task)!.prepare(state));
    return { output: await prepared.get(id)!(input) };
  } catch (error) {
    return { error: String(error) };
  }
}

interface Outside {
  postMessage(message: TaskAnswer, transfer: ArrayBuffer[]): void;
}

function serve(outside: Outside, listen: (onMessage: (taskRequest: TaskRequest) => void) => void): void {
  listen(async (taskRequest) => {
    const said = await answer(taskRequest);
    outside.postMessage(said, [...buffersOf(said)]);
  });
  outside.postMessage("started", []);
}

const port = globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort;
if (port) serve(port, (onMessage) => port.on("message", onMessage));
else {
  const self = globalThis as unknown as Outside & { onmessage: (event: MessageEvent<TaskRequest>) => void };
  serve(self, (onMessage) => {
    self.onmessage = ({ data }) => onMessage(data);
  });
}
