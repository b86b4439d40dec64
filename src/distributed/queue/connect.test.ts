import { expect, test } from "vitest";
import { connect, isOnThisMachine, redisAddress, withoutPassword, withoutSecrets } from "./connect.ts";
import { QueueWorker } from "./queue-worker.ts";

test.each([
  ["redis://user:secret@host:6379/2", "redis://host:6379/2"],
  ["redis://:to@p@host", "redis://host"],
  ["redis://:a/b@host", "redis://…"],
  ["rediss://host?password=secret", "rediss://host"],
  ["redis://host/secret", "redis://host"],
  ["redis://host#secret", "redis://host"],
  ["redis://us er:secret@", "redis://…"],
  ["me:secret@host", "what was given"],
])("the address %s is shown as %s", (url, shown) => {
  expect(withoutPassword(url)).toBe(shown);
});

test("messages lose what is secret in an address", () => {
  const url = "redis://me:to%40p@host:1?password=hidden";
  expect(withoutSecrets(`no way from ${url} as me with to@p, to%40p or hidden`, url)).not.toMatch(
    /to@p|to%40p|hidden/,
  );
});

test("refusals of a server keep their words, though they are those of the address", () => {
  const text = "WRONGPASS invalid username-password pair or user is disabled.";
  for (const url of ["redis://user:password@host", "redis://disabled:user@host", "redis://:pair@host"]) {
    expect(withoutSecrets(text, url)).toMatch(/^WRONGPASS: .* user and password, or the user is disabled$/);
    expect(withoutSecrets("NOAUTH Authentication required.", url)).toMatch(/^NOAUTH: .* needs a password$/);
  }
});

test("addresses of this machine are told from others", () => {
  for (const here of ["redis://localhost:1", "redis://a:b@127.0.0.1", "redis://[::1]:6379"])
    expect(isOnThisMachine(here), here).toBe(true);
  for (const elsewhere of [
    "redis://queue",
    "redis://127.0.0.1.example",
    "redis://10.0.0.1",
    "redis://localhost@queue",
    "x",
  ])
    expect(isOnThisMachine(elsewhere), elsewhere).toBe(false);
});

test.each([
  "postgres://me:secret@db:5432/rows",
  "postgresql://db",
])("%s as a queue is refused in words that say what to use", async (url) => {
  const refusal =
    /^postgres(ql)?:\/\/db(:5432)? is no address of Redis, .*not in PostgreSQL: .*processes.*partial and merge.*gridQuery/;
  await expect(connect(url)).rejects.toThrow(refusal);
  // Before a worker asks for what a Redis elsewhere needs, or a job reads its files.
  await expect(QueueWorker.start(url)).rejects.toThrow(refusal);
});

test("an address that cannot be read is refused in words, without its password", () => {
  const refusal = () => redisAddress("redis://:HUN/TER2@127.0.0.1:7399");
  expect(refusal).toThrow(/cannot be read.*%2F/);
  expect(refusal).not.toThrow(/HUN|TER2/);
});
