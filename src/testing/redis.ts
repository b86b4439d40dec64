/** A real Redis server of a test's own, which can be paused, filled and stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRedis } from "../../tools/redis.mjs";

export class RedisServer {
  readonly url: string;
  private readonly process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.process = process;
    this.url = `redis://127.0.0.1:${port}`;
  }

  /** @param options as on the server's command line: "--maxmemory", "3mb" */
  static async start(...options: readonly string[]): Promise<RedisServer> {
    const command = findRedis();
    if (!command) throw new Error("these tests need redis-server or valkey-server; `npm test` installs one");
    const port = await freePort();
    const child = spawn(command, [
      ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
      ...["--maxmemory-policy", "noeviction", "--dir", mkdtempSync(join(tmpdir(), "nadaraya-redis-"))],
      ...options,
    ]);
    await new Promise<void>((ready, failed) => {
      let said = "";
      child.stdout.on("data", (text) => {
        said += text;
        if (/ready to accept connections/i.test(said)) ready();
      });
      child.once("exit", () => failed(new Error(`the server ended: ${said}`)));
    });
    return new RedisServer(child, port);
  }

  /** As a machine that hangs: connections stay open, and nothing is answered. */
  pause(): void {
    this.process.kill("SIGSTOP");
  }

  resume(): void {
    this.process.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    this.resume();
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await ended;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
