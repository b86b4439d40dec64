import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RedisServer } from "../../testing/redis.ts";
import { connect } from "./connect.ts";
import { RedisStore } from "./redis-store.ts";

let server: RedisServer;
let redis: Awaited<ReturnType<typeof connect>>;
beforeAll(async () => {
  server = await RedisServer.start();
  redis = await connect(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const bytesOf = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed) % 251);

/** Without the differences that Vitest would look for in millions of bytes. */
const isSame = (a: Uint8Array | undefined, b: Uint8Array) => a !== undefined && Buffer.compare(a, b) === 0;

test("results of several pieces come back, replace each other, and are removed with their run", async () => {
  const store = new RedisStore(redis);
  expect(await store.get("run/a")).toBeUndefined();
  expect(await store.has("run/a")).toBe(false);
  for (const [seed, length] of [9_000_000, 5, 0].entries()) {
    await store.put("run/a", bytesOf(length, seed));
    expect(isSame(await store.get("run/a"), bytesOf(length, seed))).toBe(true);
  }
  await store.put("running/b", bytesOf(3, 1));
  expect(await store.has("run/a")).toBe(true);
  await store.clear("run");
  expect(isSame(await store.get("run/a"), bytesOf(0, 2))).toBe(true); // for who still reads it
  const pieces = await redis.keys("nadaraya:store:run/*");
  expect(pieces.length).toBeGreaterThan(3);
  for (const key of pieces) expect(await redis.ttl(key)).toBeLessThanOrEqual(300);
  expect(await store.get("running/b")).toEqual(bytesOf(3, 1));
  expect(await redis.ttl("nadaraya:store:running/b")).toBeGreaterThan(80_000);
});

test("of several writes at the same time, one result is found whole", async () => {
  const store = new RedisStore(redis);
  const results = [1, 2, 3].map((seed) => bytesOf(6_000_000, seed));
  await Promise.all(results.map((bytes) => store.put("run/c", bytes)));
  const found = await store.get("run/c");
  expect(results.some((bytes) => isSame(found, bytes))).toBe(true);
});

test("large results lie in the folder, and are found by who knows it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nadaraya-large-"));
  const store = new RedisStore(redis, folder);
  const large = bytesOf(2 ** 24 + 1, 4);
  await store.put("run/large", large);
  await store.put("run/small", bytesOf(10, 5));
  expect(readdirSync(join(folder, "run"))).toEqual(["large"]);
  expect(isSame(await store.get("run/large"), large)).toBe(true);
  expect(await store.has("run/large")).toBe(true);
  expect(await new RedisStore(redis).has("run/large")).toBe(false);
  await store.clear("run");
  expect(readdirSync(folder)).toEqual([]);
});
