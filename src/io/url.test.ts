/** Row groups of Parquet files, and files behind a real HTTP server that takes range requests. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inspectFile, readTable } from "./files.ts";
import { parquetRowGroups, readParquet } from "./parquet.ts";

/** Larger than what a reader fetches to find a file's end: half a megabyte. */
const x = Float64Array.from({ length: 125_000 }, (_, i) => Math.sin(i));
const y = x.map((value) => value / 2);
const bytes = new Uint8Array(
  parquetWriteBuffer({
    columnData: [
      { name: "x", data: x, type: "DOUBLE" },
      { name: "y", data: y, type: "DOUBLE" },
    ],
    rowGroupSize: 50_000,
  }),
);

let server: Server;
let address: string;
let sent = 0;
/** What the server answers instead. */
let failure: number | undefined;
/** What it answers to HEAD, as it does for signed addresses. */
let headFailure: number | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url!, "http://localhost").pathname;
    const content =
      path === "/rides.parquet" ? bytes : path === "/rides.csv" ? Buffer.from("x,y\n1,2\n3,4\n") : undefined;
    if (failure !== undefined || !content) {
      response.writeHead(failure ?? 404).end();
      return;
    }
    if (request.method === "HEAD" && headFailure !== undefined) {
      response.writeHead(headFailure).end();
      return;
    }
    const [, from, to] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    const part =
      from === undefined ? content : content.subarray(Number(from), to ? Number(to) + 1 : undefined);
    const last = Number(from) + part.length - 1;
    const range = from === undefined ? {} : { "content-range": `bytes ${from}-${last}/${content.length}` };
    response.writeHead(from === undefined ? 200 : 206, { "content-length": part.length, ...range });
    if (request.method === "HEAD") return void response.end();
    sent += part.length;
    response.end(part);
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  address = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

test("row groups are counted, and read alone, with rows named as they stand in the file", async () => {
  const groups = await parquetRowGroups(bytes);
  expect(groups.map(({ rows }) => rows)).toEqual([50_000, 50_000, 25_000]);
  const inLast = x.subarray(100_000);
  expect(groups[2].ranges.x).toEqual([Math.min(...inLast), Math.max(...inLast)]);
  const last = await readParquet(bytes, { rowGroups: [1, 3] });
  expect(last.rows).toBe(75_000);
  expect(last.columns.x).toEqual(x.subarray(50_000));
  expect((await readParquet(bytes, { rowGroups: [2, 2] })).rows).toBe(0);
  await expect(readParquet(bytes, { rowGroups: [2, 4] })).rejects.toThrow(
    "has 3 row groups, and not those from 2 to 4",
  );
  await expect(readParquet(bytes, { rowGroups: [1] as never })).rejects.toThrow("expected two whole numbers");
  const gaps = new Uint8Array(
    parquetWriteBuffer({
      columnData: [{ name: "x", data: [1, 2, null, 4], type: "DOUBLE" }],
      rowGroupSize: 2,
    }),
  );
  expect((await readParquet(gaps, { rowGroups: [1, 2] })).summary![0].firstMissing).toBe("row 3");
});

test("a file is found to have row groups, or none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nadaraya-groups-"));
  writeFileSync(join(folder, "a.parquet"), bytes);
  writeFileSync(join(folder, "a.csv"), "x\n1\n");
  expect((await inspectFile(join(folder, "a.parquet"))).groups).toHaveLength(3);
  expect((await inspectFile(join(folder, "a.csv"))).groups).toBeUndefined();
  const { columns } = await readTable(join(folder, "a.parquet"), { rowGroups: [0, 1] });
  expect(columns.y).toEqual(y.subarray(0, 50_000));
  await expect(readTable(join(folder, "a.csv"), { rowGroups: [0, 1] })).rejects.toThrow(
    "which has no row groups",
  );
});

test("of a Parquet file on another machine only what is read is sent", async () => {
  const url = `${address}/rides.parquet?key=secret`;
  expect((await inspectFile(url)).groups).toHaveLength(3);
  sent = 0;
  const table = await readTable(url, { rowGroups: [1, 2], wanted: { x: "number" } });
  expect(table.columns.x).toEqual(x.subarray(50_000, 100_000));
  expect(sent).toBeLessThan(bytes.length * 0.75); // the footer twice, and a column of a group
  expect((await readTable(`${address}/rides.csv`)).columns.y).toEqual(Float64Array.of(2, 4));
});

test("a file that is not there differs from a server that cannot answer now", async () => {
  const missing = `${address}/none.parquet?key=secret`;
  await expect(readTable(missing)).rejects.toMatchObject({
    code: "invalid-input",
    message: `${address}/none.parquet cannot be read: the server answers 404 Not Found`,
  });
  for (const status of [500, 503, 429]) {
    failure = status;
    await expect(readTable(`${address}/rides.parquet`)).rejects.toMatchObject({ code: "unavailable" });
  }
  failure = undefined;
  await expect(readTable("http://localhost:1/rides.parquet")).rejects.toMatchObject({ code: "unavailable" });
});

test("messages hold no user, password or query of an address", async () => {
  for (const url of [
    "http://me:secret@localhost:1/x.csv?signature=abc",
    "http://me:secret@word@localhost:1/x.csv#abc",
    "http://me:secret@/x.csv?signature=abc",
    "http://me:%E0secret@localhost:1/x.csv",
  ])
    await expect(readTable(url), url).rejects.toMatchObject({
      message: expect.not.stringMatching(/me:|secret|word@|abc/),
    });
  let sent: string | undefined;
  const signed = createServer((request, response) => {
    sent = request.headers.authorization;
    response.writeHead(200, { "content-length": 6 }).end("x\n1\n2\n");
  });
  await new Promise<void>((listening) => signed.listen(0, "localhost", listening));
  const { port } = signed.address() as AddressInfo;
  expect((await readTable(`http://me:pa%40word@localhost:${port}/x.csv`)).rows).toBe(2);
  expect(sent).toBe(`Basic ${Buffer.from("me:pa@word").toString("base64")}`);
  signed.close();
});

test("a signed address is read that answers GET alone", async () => {
  try {
    for (headFailure of [400, 403, 404, 405, 501]) {
      expect((await readTable(`${address}/rides.csv?signature=1`)).rows, String(headFailure)).toBe(2);
      const { columns } = await readTable(`${address}/rides.parquet?signature=1`, { rowGroups: [0, 1] });
      expect(columns.x).toEqual(x.subarray(0, 50_000));
    }
    await expect(readTable(`${address}/none.csv`)).rejects.toMatchObject({
      ...{ code: "invalid-input", message: expect.stringContaining("the server answers 404 Not Found") },
    });
  } finally {
    headFailure = undefined;
  }
});

test("messages say why an address cannot be reached", async () => {
  const closed = createServer();
  await new Promise<void>((listening) => closed.listen(0, "localhost", listening));
  const { port } = closed.address() as AddressInfo;
  await new Promise((done) => closed.close(done));
  const messageOf = (url: string) => readTable(url).catch((error: Error) => error.message);
  const url = `http://localhost:${port}/x.csv`;
  expect(await messageOf(`${url}?key=1`)).toBe(`${url} cannot be read: the connection is refused`);
  expect(await messageOf("http://localhost:1/x.csv")).toContain("fetch failed (bad port)");
});
