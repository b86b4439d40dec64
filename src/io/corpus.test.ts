/** Every file of the corpus, as bytes, as a stream in small pieces, and as a Blob: the expected table, or the expected message. */
import { describe, expect, test } from "vitest";
import { NadarayaError } from "../common/errors.ts";
import { type CorpusFile, corpus, expectedColumns } from "../testing/corpus.ts";
import { readTable } from "./read.ts";
import type { Source } from "./source.ts";
import type { Table } from "./table.ts";

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function expectTable(file: CorpusFile, source: Source): Promise<void> {
  const { name, options, error, says = [] } = file;
  const reading = readTable(source, { ...options, name });
  if (error !== undefined) {
    const found = await reading.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(found).toBeInstanceOf(NadarayaError);
    expect((found as NadarayaError).message).toContain(error);
    if (!error.startsWith("encoding is")) expect((found as NadarayaError).message).toContain(name);
    return;
  }
  const table = await reading;
  const columns = expectedColumns(file);
  const types = (list: readonly { readonly name: string; readonly type: string }[]) =>
    new Map(list.map(({ name, type }) => [name, type]));
  expect(types(table.summary!)).toEqual(types(columns));
  for (const { name, type, values } of columns) {
    if (type === "nested") expect(table.names).not.toContain(name);
    else expect([...table.columns[name]]).toEqual(values);
  }
  const dates = columns.filter(({ type }) => type === "date").map(({ name }) => name);
  expect([...table.dates!].sort()).toEqual(dates.sort());
  for (const words of says) expect(remarksOf(table)).toContain(words);
}

/** All that a reader says about a table. */
const remarksOf = ({ notes = [], summary = [], rows }: Table) =>
  [
    ...notes,
    ...summary.map(
      ({ firstBad: bad }) =>
        bad && `${bad.where}: "${bad.value}" ${bad.problem} (${bad.count} of ${rows} rows)`,
    ),
  ].join("\n");

test("has files of every kind", () => {
  expect(corpus.length).toBeGreaterThan(80);
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
});

describe.each(corpus.map((file): [string, CorpusFile] => [file.name, file]))("%s", (_, file) => {
  test("as bytes", () => expectTable(file, file.bytes));
  test("in pieces of one byte", () => expectTable(file, inPieces(file.bytes, 1)));
  test("in pieces of seven bytes", () => expectTable(file, inPieces(file.bytes, 7)));
  test("as a Blob", () => expectTable(file, new Blob([file.bytes as BlobPart])));
});
