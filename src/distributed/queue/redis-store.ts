/** Results in Redis, in pieces, each run's for a day; large ones in a folder that all workers see, where there is one. */
import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { NadarayaError } from "../../common/errors.ts";
import { FolderStore, type Store } from "../store.ts";

/** Bytes of a piece: Redis answers no other command while it moves one. */
const PIECE = 2 ** 22;
/** Bytes from which a result goes to the folder. */
const LARGE = 2 ** 24;
/** Seconds that results are kept. */
export const KEPT = 24 * 3600;

/** Seconds that those of a job that has ended are left. */
const LEFT = 300;

const PREFIX = "nadaraya:store:";

export class RedisStore implements Store {
  private readonly redis: Redis;
  private readonly folder: FolderStore | undefined;

  /** @param folder for large results */
  constructor(redis: Redis, folder?: string) {
    this.redis = redis;
    this.folder = folder === undefined ? undefined : new FolderStore(folder);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const head = await this.redis.get(PREFIX + name);
    if (head === null) return this.folder?.get(name);
    const { token, length }: { token: string; length: number } = JSON.parse(head);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += PIECE) {
      const piece = await this.redis.getBuffer(pieceKey(name, token, at));
      if (!piece) return undefined; // replaced, or removed, while it was read
      bytes.set(piece, at);
    }
    return bytes;
  }

  /** The head comes last, and names its own pieces: a reader finds one result whole while another is written. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    if (this.folder && bytes.length > LARGE) return this.folder.put(name, bytes);
    const token = randomBytes(8).toString("hex");
    try {
      for (let at = 0; at < bytes.length; at += PIECE) {
        const { buffer, byteOffset } = bytes;
        const piece = Buffer.from(buffer, byteOffset + at, Math.min(PIECE, bytes.length - at));
        await this.redis.set(pieceKey(name, token, at), piece, "EX", KEPT);
      }
      await this.redis.set(PREFIX + name, JSON.stringify({ token, length: bytes.length }), "EX", KEPT);
    } catch (cause) {
      throw new NadarayaError("unavailable", `Redis does not take ${name}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  async has(name: string): Promise<boolean> {
    return (await this.redis.exists(PREFIX + name)) > 0 || (await this.folder?.has(name)) === true;
  }

  /** Others who asked for the same job may still read its results: they go a little later. */
  async clear(run: string): Promise<void> {
    const pattern = `${PREFIX}${run}/*`;
    for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
      const [next, keys] = await this.redis.scan(cursor, "MATCH", pattern, "COUNT", 1000);
      const expiring = this.redis.pipeline();
      for (const key of keys) expiring.expire(key, LEFT);
      await expiring.exec();
      cursor = next;
    }
    await this.folder?.clear(run);
  }
}

const pieceKey = (name: string, token: string, at: number) => `${PREFIX}${name}:${token}:${at}`;
