/** Open faults of jobs and readers (issue O) that need a Redis server, or are waits without an end. */
import { spawn } from "node:child_process";
import { expect } from "vitest";
import { QueueRunner } from "../../distributed/queue/queue-runner.ts";
import { NadarayaError } from "../../index.ts";
import { buildCommand } from "../command.ts";
import { openFault } from "../open-faults.ts";
import { RedisServer } from "../redis.ts";

/** Far longer than any of these takes on a busy machine; without an end they take for ever. */
const PATIENCE = 30_000;

const orTimeout = <T>(work: Promise<T>): Promise<T | "still waiting"> => {
  let timer: NodeJS.Timeout;
  const timeout = new Promise<"still waiting">((resolve) => {
    timer = setTimeout(resolve, PATIENCE, "still waiting");
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
};

openFault("O", "jobs C2", "ends a worker by SIGTERM when its Redis has gone", async () => {
  const redis = await RedisServer.start();
  const { main } = buildCommand();
  const child = spawn("node", [main, "worker", "--redis", redis.url], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await new Promise<void>((ready, failed) => {
      child.stderr.on("data", (text) => String(text).includes("waiting for tasks") && ready());
      child.once("exit", () => failed(new Error("the worker ended")));
    });
    await redis.stop();
    const ended = new Promise<string>((resolve) => child.once("exit", () => resolve("ended")));
    child.kill("SIGTERM");
    expect(await orTimeout(ended)).toBe("ended");
  } finally {
    child.kill("SIGKILL");
  }
});

openFault("O", "jobs D", "refuses the name of a queue that BullMQ refuses, in words of its own", async () => {
  const redis = await RedisServer.start();
  try {
    const connecting = QueueRunner.connect(redis.url, { queue: "a:b" }).then((runner) => runner.dispose());
    const error = await connecting.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(NadarayaError);
  } finally {
    await redis.stop();
  }
});
