/** Addresses with a user, a password and a signature: no name, report, message or file has them. */
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { decodePartial } from "../partials/file.ts";
import { program } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-secrets-"));
const TABLES: Readonly<Record<string, string>> = {
  "/rows.csv": "x,y\n1,2\n3,4\n2,1\n",
  "/others.csv": "x,z\n1,2\n",
  "/texts.csv": "x,y\n1,a\n",
  "/gap.csv": "x,y\n1,2\n,3\n",
  "/bad.csv": "x,y\n1,2\n2,3\n3,oops\n",
  "/empty.csv": "x,y\n",
};

let server: Server;
let host = "";
beforeAll(async () => {
  server = createServer(({ url, method }, response) => {
    const table = TABLES[new URL(url!, "http://localhost").pathname];
    if (table === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-length": table.length, etag: '"1"' });
    response.end(method === "HEAD" ? undefined : table);
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  host = `localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
afterEach(() => vi.restoreAllMocks());

const address = (name: string) => `http://someone:confidential@${host}/${name}?signature=confidential`;

/** All that a command prints, writes to the standard output, and throws. */
async function textsOf(words: readonly string[]): Promise<string> {
  let texts = "";
  const take = (text: string | Uint8Array, ...[first, second]: unknown[]) => {
    texts += text;
    const callback = second ?? first;
    if (typeof callback === "function") callback();
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(take);
  vi.spyOn(process.stderr, "write").mockImplementation(take);
  await program()
    .parseAsync(words, { from: "user" })
    .catch((error: Error) => take(error.message));
  vi.restoreAllMocks();
  return texts;
}

const OF_Y = ["--x", "x", "--y", "y", "--bandwidth", "1", "--backend", "cpu"];
const output = ["--output", join(folder, "out.csv")];

test.each<[string, readonly string[], (names: (name: string) => string) => readonly string[], string]>([
  ["a report", ["regress", ...OF_Y, ...output, "--json"], (at) => [at("rows.csv")], "rows.csv"],
  [
    "a report over shards",
    ["regress", ...OF_Y, ...output, "--json", "--shards", "auto"],
    (at) => [at("rows.csv")],
    "rows.csv",
  ],
  ["the columns of a file", ["info", "--json"], (at) => [at("rows.csv")], "rows.csv"],
  ["a file without rows", ["regress", ...OF_Y], (at) => [at("empty.csv")], "empty.csv has no rows"],
  ["an empty cell", ["regress", ...OF_Y], (at) => [at("gap.csv")], "gap.csv line 3"],
  [
    "an empty cell of several files",
    ["regress", ...OF_Y],
    (at) => [at("rows.csv"), at("gap.csv")],
    "line 3 of http",
  ],
  ["files of other columns", ["info"], (at) => [at("rows.csv"), at("others.csv")], "expected those of"],
  ["files of other types", ["info"], (at) => [at("rows.csv"), at("texts.csv")], "is text in"],
  [
    "bad cells of several files",
    ["regress", ...OF_Y, ...output, "--bad", "missing", "--missing", "drop"],
    (at) => [at("rows.csv"), at("bad.csv")],
    "line 4 of http",
  ],
  [
    "places with a gap",
    ["regress", ...OF_Y, ...output, "--missing", "drop"],
    (at) => [at("rows.csv"), "--at", at("gap.csv")],
    "1 rows of http",
  ],
  ["a file that is not there", ["regress", ...OF_Y], (at) => [at("none.csv")], "none.csv cannot be read"],
  ["sums that are not a file", ["merge"], (at) => [at("rows.csv")], "rows.csv cannot be read"],
  [
    "an address that is not of HTTP",
    ["regress", ...OF_Y],
    (at) => [at("rows.csv").replace("http", "s3")],
    "rows.csv",
  ],
  [
    "an output",
    ["regress", ...OF_Y],
    (at) => [at("rows.csv"), "--output", at("rows.csv").replace("http", "s3")],
    "rows.csv cannot be written",
  ],
])("%s", async (_, words, files, expected) => {
  const [command, ...options] = words;
  const texts = await textsOf([command, ...files(address), ...options]);
  expect(texts).toContain(expected);
  expect(texts).not.toContain("confidential");
});

test("a file of sums", async () => {
  const path = join(folder, "rows.partial");
  const places = ["--at", address("rows.csv"), "--output", path, "--json"];
  expect(await textsOf(["partial", address("rows.csv"), ...OF_Y, ...places])).not.toContain("confidential");
  const { shards } = await decodePartial(readFileSync(path));
  expect(shards[0].name).toBe(`http://${host}/rows.csv`);
});
