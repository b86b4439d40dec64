/** Who does which job, and what happens when workers fail: with workers that are not there, and say what a test wants. */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { WorkerPort } from "./message-port.ts";
import { ranges, type Task } from "./task.ts";
import type { TaskAnswer, TaskRequest } from "./worker-handle.ts";
import { WorkerPool } from "./worker-pool.ts";

const multiply: Task<{ factor: number; data?: Float64Array }, number, number> = {
  name: "multiply",
  prepare:
    ({ factor }) =>
    (input) =>
      factor * input,
};

/** A worker that knows `multiply`, and does so a little later; `obeys` may answer in its place, or be silent. */
class Pretended implements WorkerPort {
  ended = false;
  held: boolean[] = [];
  readonly asked: TaskRequest[] = [];
  readonly states = new Map<string, { factor: number }>();
  private onMessage: (message: unknown) => void = () => {};
  lose: () => void = () => {};
  private readonly says: (taskRequest: TaskRequest, me: Pretended) => TaskAnswer | undefined;

  constructor(
    says: (taskRequest: TaskRequest, me: Pretended) => TaskAnswer | undefined = (q, me) => me.obey(q),
  ) {
    this.says = says;
  }

  obey({ id, input }: TaskRequest): TaskAnswer {
    return { output: this.states.get(id)!.factor * (input as number) };
  }

  post(message: object): void {
    const taskRequest = message as TaskRequest;
    this.asked.push(taskRequest);
    for (const id of taskRequest.drop) this.states.delete(id);
    if (taskRequest.state) this.states.set(taskRequest.id, taskRequest.state as { factor: number });
    const answer = this.says(taskRequest, this);
    if (answer) setTimeout(() => this.say(answer));
  }

  say(answer: TaskAnswer): void {
    if (!this.ended) this.onMessage(answer);
  }

  listen(onMessage: (message: unknown) => void, lost: () => void): void {
    [this.onMessage, this.lose] = [onMessage, lost];
    setTimeout(() => onMessage("started"));
  }

  hold(busy: boolean): void {
    this.held.push(busy);
  }

  end(): void {
    this.ended = true;
  }
}

function poolOf(...workers: Pretended[]) {
  let next = 0;
  return new WorkerPool(workers.length, () => workers[next++]);
}

async function multiplied(
  workerPool: WorkerPool,
  count: number,
  state = { factor: 10 },
  signal?: AbortSignal,
) {
  const found: number[] = [];
  const take = (output: number, taskIndex: number) => {
    expect(found[taskIndex]).toBeUndefined();
    found[taskIndex] = output;
  };
  await workerPool.each(multiply, state, { count, input: (taskIndex) => taskIndex, take }, signal);
  return found;
}

const tens = (count: number) => Array.from({ length: count }, (_, i) => 10 * i);

afterEach(() => {
  vi.useRealTimers();
});

describe("a crew", () => {
  test("does every job once, with all of its workers", async () => {
    const workers = [new Pretended(), new Pretended(), new Pretended()];
    expect(await multiplied(poolOf(...workers), 20)).toEqual(tens(20));
    for (const { asked } of workers) expect(asked.length).toBeGreaterThan(3);
    expect(workers.reduce((sum, { asked }) => sum + asked.length, 0)).toBe(20);
  });

  test("keeps the process alive only while a worker comes up or works", async () => {
    const worker = new Pretended();
    await multiplied(poolOf(worker), 3);
    expect(worker.held).toEqual([true, false, true, false, true, false, true, false]);
  });

  test("sends a state once, and lets workers forget the oldest", async () => {
    const worker = new Pretended();
    const workerPool = poolOf(worker);
    const states = [10, 20, 30, 40].map((factor) => ({ factor }));
    await multiplied(workerPool, 5, states[0]);
    await multiplied(workerPool, 5, states[0]);
    expect(worker.asked.filter(({ state }) => state)).toHaveLength(1);
    for (const state of states) expect((await multiplied(workerPool, 2, state))[1]).toBe(state.factor);
    expect(worker.states.size).toBe(3);
    // The first one was forgotten, and is sent again.
    expect((await multiplied(workerPool, 2, states[0]))[1]).toBe(10);
    expect(worker.asked.filter(({ state }) => state)).toHaveLength(5);
  });

  test("tells two tasks of one state apart", async () => {
    const worker = new Pretended();
    const workerPool = poolOf(worker);
    const state = { factor: 10 };
    const inputs = { count: 1, input: () => 1, take: () => {} };
    await workerPool.each(multiply, state, inputs);
    await workerPool.each({ ...multiply, name: "another" }, state, inputs);
    const [first, second] = worker.asked;
    expect([first.task, second.task]).toEqual(["multiply", "another"]);
    expect(second.id).not.toBe(first.id);
    expect(second.state).toBe(state);
  });

  test("serves two callers at a time", async () => {
    const workerPool = poolOf(new Pretended(), new Pretended());
    const both = [multiplied(workerPool, 9), multiplied(workerPool, 7, { factor: 3 })];
    expect(await Promise.all(both)).toEqual([tens(9), Array.from({ length: 7 }, (_, i) => 3 * i)]);
  });

  test("has fewer copies of a large state than workers, or none", async () => {
    for (const [gigabytes, used] of [
      [0.4, 2],
      [1.5, 0],
    ]) {
      const workers = [new Pretended(), new Pretended(), new Pretended()];
      // Memory that is never touched.
      const state = { factor: 10, data: new Float64Array((gigabytes * 2 ** 30) / 8) };
      expect(await multiplied(poolOf(...workers), 9, state)).toEqual(tens(9));
      expect(workers.filter(({ asked }) => asked.length > 0)).toHaveLength(used);
    }
  });
});

describe("nothing is lost", () => {
  test("with a worker that dies over its job", async () => {
    const mortal = new Pretended((taskRequest, me) => {
      if (me.asked.length < 3) return me.obey(taskRequest);
      setTimeout(() => me.lose());
      return undefined;
    });
    const other = new Pretended();
    const workerPool = poolOf(mortal, other);
    expect(await multiplied(workerPool, 20)).toEqual(tens(20));
    expect(mortal.asked).toHaveLength(3);
    expect(mortal.ended).toBe(true); // it may only have failed to speak
    expect(other.ended).toBe(false);
    expect(await multiplied(workerPool, 4)).toEqual(tens(4));
    expect(mortal.asked).toHaveLength(3);
  });

  test("with all of them, and then none", async () => {
    const die = (_: TaskRequest, me: Pretended) => {
      setTimeout(() => me.lose());
      return undefined;
    };
    const workers = [new Pretended(die), new Pretended(die)];
    const workerPool = poolOf(...workers);
    expect(await multiplied(workerPool, 9)).toEqual(tens(9));
    expect(await multiplied(workerPool, 9)).toEqual(tens(9));
    expect(workers.map(({ asked }) => asked.length)).toEqual([1, 1]);
  });

  test("with a worker that died between two calls", async () => {
    const workers = [new Pretended(), new Pretended()];
    const workerPool = poolOf(...workers);
    await multiplied(workerPool, 4);
    workers[0].lose();
    const before = workers[0].asked.length;
    expect(await multiplied(workerPool, 9)).toEqual(tens(9));
    expect(workers[0].asked).toHaveLength(before);
  });

  test("with a state that cannot be sent", async () => {
    const worker = new Pretended();
    worker.post = () => {
      throw new DOMException("no room", "DataCloneError");
    };
    expect(await multiplied(poolOf(worker), 5)).toEqual(tens(5));
  });

  test("with an error in a worker; one of the task's own is thrown where it was called", async () => {
    const clumsy = new Pretended((taskRequest, me) =>
      taskRequest.input === 3 ? { error: "RangeError: no memory" } : me.obey(taskRequest),
    );
    expect(await multiplied(poolOf(clumsy), 9)).toEqual(tens(9));
    const fails: Task<object, number, number> = {
      name: "fails",
      prepare: () => () => {
        throw new RangeError("of its own");
      },
    };
    const taskInputs = { count: 2, input: (taskIndex: number) => taskIndex, take: () => {} };
    const workerPool = poolOf(new Pretended(() => ({ error: "RangeError: of its own" })));
    await expect(workerPool.each(fails, {}, taskInputs)).rejects.toThrow(new RangeError("of its own"));
  });

  test("when it is disposed of at work", async () => {
    const silent = new Pretended(() => undefined);
    const workerPool = poolOf(silent, new Pretended());
    const found = multiplied(workerPool, 9);
    while (silent.asked.length === 0) await new Promise((resolve) => setTimeout(resolve)); // however busy the machine
    expect(silent.asked).toHaveLength(1);
    workerPool.dispose();
    expect(await found).toEqual(tens(9));
    expect(silent.ended).toBe(true);
    expect(await workerPool.problem()).toEqual(expect.any(String));
    expect(await multiplied(workerPool, 3)).toEqual(tens(3));
  });
});

test("what the caller does with a result may fail, and then nothing more is asked", async () => {
  const worker = new Pretended();
  const taskInputs = {
    count: 9,
    input: (taskIndex: number) => taskIndex,
    take() {
      throw new Error("of the caller");
    },
  };
  const workerPool = poolOf(worker);
  await expect(workerPool.each(multiply, { factor: 1 }, taskInputs)).rejects.toThrow("of the caller");
  expect(worker.asked).toHaveLength(1);
  expect(await multiplied(workerPool, 3)).toEqual(tens(3));
});

test("aborting stops the jobs, and the workers are there for others", async () => {
  const controller = new AbortController();
  const worker = new Pretended((taskRequest, me) => {
    if (taskRequest.input === 2) controller.abort(new Error("enough"));
    return me.obey(taskRequest);
  });
  const workerPool = poolOf(worker);
  await expect(multiplied(workerPool, 9, { factor: 1 }, controller.signal)).rejects.toThrow("enough");
  expect(worker.asked).toHaveLength(3);
  await expect(multiplied(workerPool, 9, { factor: 1 }, controller.signal)).rejects.toThrow("enough");
  expect(worker.asked).toHaveLength(3);
  expect(await multiplied(workerPool, 2)).toEqual(tens(2));
});

describe("starting", () => {
  test("where no worker can be made, the reason is reported and the calling thread computes", async () => {
    const workerPool = new WorkerPool(2, () => {
      throw new TypeError("Worker is not defined");
    });
    expect(await workerPool.problem()).toMatch("Worker is not defined");
    expect(await multiplied(workerPool, 4)).toEqual(tens(4));
  });

  test("some may not come up, at once or ever", async () => {
    vi.useFakeTimers();
    const workers = [new Pretended(), new Pretended(), new Pretended()];
    workers[0].listen = (_, lost) => setTimeout(lost);
    workers[1].listen = () => {};
    const workerPool = poolOf(...workers);
    const problem = workerPool.problem();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await problem).toBeUndefined();
    expect(workers.map(({ ended }) => ended)).toEqual([true, true, false]);
  });

  test("idle workers end, and others are started when there is work again", async () => {
    vi.useFakeTimers();
    const slow = new Pretended((taskRequest, me) => {
      if (taskRequest.input !== 1) return me.obey(taskRequest);
      setTimeout(() => me.say(me.obey(taskRequest)), 12_000);
      return undefined;
    });
    const workers = [slow, new Pretended()];
    let next = 0;
    const workerPool = new WorkerPool(1, () => workers[next++]);
    const first = multiplied(workerPool, 1);
    await vi.advanceTimersByTimeAsync(9000);
    await first;
    const long = multiplied(workerPool, 2);
    await vi.advanceTimersByTimeAsync(12_100);
    expect(await long).toEqual(tens(2));
    expect(slow.asked).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(9000);
    expect(slow.ended).toBe(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(slow.ended).toBe(true);
    const second = multiplied(workerPool, 2);
    await vi.advanceTimersByTimeAsync(100);
    expect(await second).toEqual(tens(2));
    expect(workers[1].asked).toHaveLength(2);
  });
});

test("ranges cover everything once, a few for everyone", () => {
  for (const [count, size] of [
    [1, 2],
    [1000, 3],
    [999_999, 16],
  ]) {
    const parts = ranges(count, size, [10, 50_000]);
    expect(parts[0].from).toBe(0);
    for (const [i, { from, to }] of parts.entries()) {
      expect(to).toBe(parts[i + 1]?.from ?? count);
      expect(to - from).toBeLessThanOrEqual(50_000);
    }
  }
  expect(ranges(1000, 3, [10, 50_000])).toHaveLength(12);
  expect(ranges(0, 3, [10, 50_000])).toEqual([]);
});
