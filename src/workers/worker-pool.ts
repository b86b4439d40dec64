/**
 * Workers that share what is computed on the CPU. What a worker fails to do is done by the caller's thread: nothing is lost
 * with it.
 */
import { breathing } from "../common/yield.ts";
import { bytesOf } from "./buffers.ts";
import type { Port } from "./message-port.ts";
import type { Jobs, Share, Task } from "./task.ts";
import { Hand } from "./worker-handle.ts";

/** Most bytes that copies of one state may take in all workers together. */
const MOST_BYTES = 2 ** 30;
/** Workers that have not come up by then will not, in milliseconds. */
const PATIENCE = 5000;
/** Workers end after so many milliseconds without work, and their memory with them. */
const IDLE = 10_000;

export class Crew implements Share {
  readonly size: number;
  private readonly start: () => Port;
  private all: Hand[] = [];
  private free: Hand[] = [];
  private waiting: ((hand: Hand | undefined) => void)[] = [];
  private starting: Promise<boolean> | undefined;
  private disposed = false;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(size: number, start: () => Port) {
    this.size = size;
    this.start = start;
  }

  /** Whether there are workers; they are started when they are first needed. */
  async ready(): Promise<boolean> {
    if (this.disposed) return false;
    this.starting ??= this.startAll();
    return this.starting;
  }

  private async startAll(): Promise<boolean> {
    let hands: Hand[];
    try {
      hands = Array.from({ length: this.size }, () => new Hand(this.start()));
    } catch {
      return false;
    }
    const late = new Promise<false>((resolve) => unreferenced(setTimeout(resolve, PATIENCE, false)));
    const here = await Promise.all(hands.map((hand) => Promise.race([hand.here, late])));
    for (const [i, hand] of hands.entries()) if (!here[i] || this.disposed) hand.end();
    this.all = hands.filter(({ lost }) => !lost);
    this.free = [...this.all];
    if (this.all.length > 0) this.rest();
    return this.all.length > 0;
  }

  async each<State extends object, Input, Output>(
    task: Task<State, Input, Output>,
    state: State,
    jobs: Jobs<Input, Output>,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    await this.ready();
    const lanes = Math.min(this.all.length, jobs.count, Math.floor(MOST_BYTES / (bytesOf(state) || 1)));
    let next = 0;
    const left: number[] = [];
    const lane = async () => {
      while (next < jobs.count) {
        const hand = await this.hire();
        if (!hand) return;
        try {
          signal?.throwIfAborted();
          if (next >= jobs.count) return;
          const job = next++;
          const answer = await hand.ask(task.name, state, jobs.input(job));
          signal?.throwIfAborted();
          if (typeof answer === "object" && "output" in answer) jobs.take(answer.output as Output, job);
          else left.push(job);
        } catch (error) {
          next = jobs.count;
          throw error;
        } finally {
          this.release(hand);
        }
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    while (next < jobs.count) left.push(next++);
    if (left.length === 0) return;
    const work = task.prepare(state);
    const breathe = breathing({ signal });
    for (const job of left) {
      jobs.take(await work(jobs.input(job)), job);
      await breathe();
    }
  }

  /** Ends all workers; what they were doing is done by the caller's thread. */
  dispose(): void {
    this.disposed = true;
    this.stop();
  }

  private hire(): Promise<Hand | undefined> | Hand | undefined {
    clearTimeout(this.idle);
    const hand = this.free.pop();
    if (hand || this.all.length === 0) return hand;
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private release(hand: Hand): void {
    const waiting = hand.lost ? undefined : this.waiting.shift();
    if (hand.lost) {
      hand.end(); // what failed over a task may still run
      this.all = this.all.filter((other) => other !== hand);
    } else if (waiting) waiting(hand);
    else this.free.push(hand);
    if (this.all.length === 0) this.stop();
    else if (this.free.length === this.all.length) this.rest();
  }

  /** Lets all workers end, unless one is needed soon. */
  private rest(): void {
    clearTimeout(this.idle);
    this.idle = unreferenced(
      setTimeout(() => {
        this.starting = undefined;
        this.stop();
      }, IDLE),
    );
  }

  private stop(): void {
    clearTimeout(this.idle);
    const [all, waiting] = [this.all, this.waiting];
    [this.all, this.free, this.waiting] = [[], [], []];
    for (const hand of all) hand.end();
    for (const none of waiting) none(undefined);
  }
}

/** In Node, a timer that does not keep the process alive. */
function unreferenced<T>(timer: T): T {
  (timer as { unref?(): void }).unref?.();
  return timer;
}
