/** Redis, or Valkey, by ioredis; BullMQ brings no client of its own. Both are loaded only where a queue is used. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { NadarayaError, show } from "../../common/errors.ts";
import { importError } from "../../io/import-error.ts";

/** The queue that jobs and workers have in common, unless they are told another. */
export const QUEUE = "nadaraya";

/** BullMQ has no other database. */
const NOT_POSTGRES =
  "; tasks are queued in Redis or Valkey, not in PostgreSQL: start one (redis-server, valkey-server), or use --distributed processes, or " +
  "nadaraya partial and merge, which need no queue; for rows in PostgreSQL, gridQuery writes the SQL that fromGrid reads";

/** Milliseconds until the first answer of a server. */
const FIRST_ANSWER = 10_000;

/** @throws NadarayaError "invalid-input" for a name of which keys cannot be made */
export function checkQueueName(name: string): void {
  if (!/^[\w.-]{1,100}$/.test(name))
    throw new NadarayaError(
      "invalid-input",
      `the queue is called ${show(name)}, expected letters, digits, dots, hyphens and underscores`,
    );
}

/** The address of Redis that was given, or that of the environment. @throws NadarayaError "invalid-input" where there is none */
export function redisAddress(given?: string): string {
  const address = given ?? (process.env.NADARAYA_REDIS || process.env.REDIS_URL);
  if (address && !/^postgres/i.test(address) && !URL.canParse(address))
    throw new NadarayaError(
      "invalid-input",
      `the address of Redis, ${withoutPassword(address)}, cannot be read, expected redis://user:password@host:port; in a password / is written %2F, @ %40, # %23`,
    );
  if (address) return address;
  throw new NadarayaError(
    "invalid-input",
    "there is no address of Redis: expected --redis redis://host:port, or the variable NADARAYA_REDIS or REDIS_URL",
  );
}

/** What is used of BullMQ. */
export async function loadBullmq(): Promise<
  Pick<typeof import("bullmq"), "Queue" | "FlowProducer" | "Worker" | "UnrecoverableError">
> {
  try {
    return await import("bullmq");
  } catch (cause) {
    throw importError("bullmq", cause);
  }
}

async function ioredisPackage() {
  try {
    return await import("ioredis");
  } catch (cause) {
    throw importError("ioredis", cause);
  }
}

/** An address for messages: without user, password, and options, which may be passwords too. */
export function withoutPassword(url: string): string {
  const scheme = /^[a-z]+:\/\//i.exec(url)?.[0];
  if (scheme === undefined) return "what was given";
  // The parser of the standard takes what is before the last @ for user and password, as ioredis does.
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return parsed ? `${scheme}${parsed.host}${/^\/\d+$/.exec(parsed.pathname)?.[0] ?? ""}` : `${scheme}…`;
}

/** What servers say of a user and a password, in words that may be those of the address. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^WRONGPASS\b/, "WRONGPASS: the server does not know this user and password, or the user is disabled"],
  [/^NOAUTH\b/, "NOAUTH: the server needs a password"],
];

/** A text without whatever of an address could be a secret. */
export function withoutSecrets(text: string, url: string): string {
  const refusal = REFUSALS.find(([code]) => code.test(text));
  if (refusal) return refusal[1];
  const [, userInfo = "", , query = ""] = /^[a-z]+:\/\/(?:(.*)@)?([^?]*)\??(.*)$/is.exec(url) ?? [];
  const parts = [url, userInfo, ...userInfo.split(":"), ...query.split(/[&=]/)].filter(
    (part) => part.length > 2,
  );
  return parts.reduce((rest, part) => rest.replaceAll(part, "…").replaceAll(decoded(part), "…"), text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether an address of Redis is one of this machine alone. */
export const isOnThisMachine = (url: string): boolean =>
  URL.canParse(url) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);

/** @throws NadarayaError "invalid-input" for what is no address of Redis; PostgreSQL's is refused with what to use instead */
export function checkRedisAddress(url: string): void {
  if (/^(rediss?|valkeys?):\/\/./.test(url)) return;
  throw new NadarayaError(
    "invalid-input",
    `${withoutPassword(url)} is no address of Redis, expected redis://host:port${/^postgres/i.test(url) ? NOT_POSTGRES : ""}`,
  );
}

/**
 * A connection that waits out a server that is away for a while.
 * @throws NadarayaError "unavailable" where there is none to begin with; "invalid-input" for what is no address
 */
export async function connect(url: string, onError: (error: Error) => void = () => {}): Promise<Redis> {
  checkRedisAddress(url);
  const { Redis } = await ioredisPackage();
  const redis = new Redis(url.replace(/^valkey/, "redis"), {
    lazyConnect: true,
    maxRetriesPerRequest: null, // BullMQ asks for it: a blocking read waits as long as it takes
    retryStrategy: (times) => Math.min(100 * 2 ** times, 5000),
  });
  let last: Error | undefined;
  redis.on("error", (error) => {
    last = error;
    onError(new Error(withoutSecrets(error.message, url)));
  });
  try {
    const isThere = redis.connect().then(() => true);
    if (!(await Promise.race([isThere, sleep(FIRST_ANSWER, false, { ref: false })])))
      throw new Error(`no answer within ${FIRST_ANSWER / 1000} s`);
  } catch (error) {
    redis.disconnect();
    const cause = last ?? (error as Error);
    const reason = withoutSecrets(cause.message || (cause as NodeJS.ErrnoException).code || "", url);
    throw new NadarayaError("unavailable", `${withoutPassword(url)} cannot be reached: ${reason}`);
  }
  return redis;
}
