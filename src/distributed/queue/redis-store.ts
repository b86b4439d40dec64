/** Results in Redis, in pieces, each run's for a day; large ones in a folder that all workers see, where there is one. */
import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { NadarayaError } from "../../common/errors.ts";
import { isRecord, isWhole } from "../../common/options.ts";
import { checkName, FolderStore, type Store } from "../store.ts";

/** Bytes of a piece: Redis answers no other command while it moves one. */
const PIECE = 2 ** 22;
/** Bytes from which a result goes to the folder. */
const LARGE = 2 ** 24;
/** Bytes of a result, at most: it is held in memory as a whole. */
const MOST_BYTES = 2 ** 31;
/** Seconds that results are kept. */
export const KEPT = 24 * 3600;

/** Seconds that those of a job that has ended are left. */
const LEFT = 300;

const PREFIX = "nadaraya:store:";

export class RedisStore implements Store {
  private readonly redis: Redis;
  private readonly folder: FolderStore | undefined;
  private readonly answered: <T>(command: Promise<T>) => Promise<T>;

  /**
   * @param folder for large results
   * @param answered waits for each answer; for ever by default
   */
  constructor(redis: Redis, folder?: string, answered: RedisStore["answered"] = (command) => command) {
    this.redis = redis;
    this.answered = answered;
    this.folder = folder === undefined ? undefined : new FolderStore(folder);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    checkName(name);
    const head = await this.answered(this.redis.get(PREFIX + name));
    if (head === null) return this.folder?.get(name);
    const { token, length } = headOf(head, name);
    // Memory is taken for what is there, whatever the head says.
    const pieces: Buffer[] = [];
    for (let at = 0; at < length; at += PIECE) {
      const piece = await this.answered(this.redis.getBuffer(pieceKey(name, token, at)));
      if (!piece) return undefined; // replaced, or removed, while it was read
      if (piece.length !== Math.min(PIECE, length - at)) throw damaged(name);
      pieces.push(piece);
    }
    return new Uint8Array(Buffer.concat(pieces));
  }

  /** The head comes last, and names its own pieces: a reader finds one result whole while another is written. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    checkName(name);
    if (this.folder && bytes.length > LARGE) return this.folder.put(name, bytes);
    const token = randomBytes(8).toString("hex");
    try {
      for (let at = 0; at < bytes.length; at += PIECE) {
        const { buffer, byteOffset } = bytes;
        const piece = Buffer.from(buffer, byteOffset + at, Math.min(PIECE, bytes.length - at));
        await this.answered(this.redis.set(pieceKey(name, token, at), piece, "EX", KEPT));
      }
      await this.answered(
        this.redis.set(PREFIX + name, JSON.stringify({ token, length: bytes.length }), "EX", KEPT),
      );
    } catch (cause) {
      if (cause instanceof NadarayaError) throw cause;
      throw new NadarayaError("unavailable", `Redis does not take ${name}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  async has(name: string): Promise<boolean> {
    return (
      (await this.answered(this.redis.exists(PREFIX + name))) > 0 || (await this.folder?.has(name)) === true
    );
  }

  /** Others who asked for the same job may still read its results: they go a little later. */
  async clear(run: string, seconds = LEFT): Promise<void> {
    checkName(run);
    const pattern = `${PREFIX}${run}/*`;
    for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
      const [next, keys] = await this.answered(this.redis.scan(cursor, "MATCH", pattern, "COUNT", 1000));
      const expiring = this.redis.pipeline();
      for (const key of keys) expiring.expire(key, seconds);
      await this.answered(expiring.exec());
      cursor = next;
    }
    await this.folder?.clear(run);
  }
}

/** @throws NadarayaError "invalid-input" */
function headOf(text: string, name: string): { token: string; length: number } {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    throw damaged(name);
  }
  if (!isRecord(head)) throw damaged(name);
  const { token, length } = head;
  if (typeof token !== "string" || !isWhole(length, 0, MOST_BYTES)) throw damaged(name);
  return { token, length };
}

const damaged = (name: string) =>
  new NadarayaError("invalid-input", `what Redis has under ${name} is damaged, expected a result`);

const pieceKey = (name: string, token: string, at: number) => `${PREFIX}${name}:${token}:${at}`;
