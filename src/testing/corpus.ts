/** Small files of every kind that people have, each with the table that it is, or with what is wrong with it. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { writeArrow } from "../io/arrow.ts";
import type { TableOptions } from "../io/read.ts";
import type { ColumnSummary } from "../io/table.ts";

type Values = readonly (number | string | null)[];

export interface CorpusFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly options?: TableOptions;
  /** By name, each column's values, null where one is missing; dates as ISO text after "date". */
  readonly columns?: Readonly<Record<string, readonly [ColumnSummary["type"], ...Values]>>;
  /** Parts of what the reader notes or finds bad. */
  readonly says?: readonly string[];
  /** Part of the error's message. */
  readonly error?: string;
}

type Expected = Omit<CorpusFile, "name" | "bytes">;

const utf8 = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const utf16 = (text: string, { big = false, mark = true } = {}) => {
  const codes = Array.from(mark ? `\uFEFF${text}` : text, (character) => character.charCodeAt(0));
  return Uint8Array.from(codes.flatMap((code) => (big ? [code >> 8, code & 255] : [code & 255, code >> 8])));
};
const made = (name: string) => readFileSync(new URL(`files/${name}`, import.meta.url));

const files: CorpusFile[] = [];
const add = (name: string, content: string | Uint8Array, expected: Expected) =>
  files.push({ name, bytes: typeof content === "string" ? utf8(content) : content, ...expected });

const xy = { x: ["number", 1, 3], y: ["number", 2, 4] } as const;
const numbers = (...values: Values) => ["number", ...values] as const;
const text = (...values: Values) => ["text", ...values] as const;
const dates = (...values: Values) => ["date", ...values] as const;
const nested = ["nested"] as const;

// Line ends, quotes, blank lines.
add("plain.csv", "x,y\n1,2\n3,4\n", { columns: xy });
add("no-last-newline.csv", "x,y\n1,2\n3,4", { columns: xy });
add("crlf.csv", "x,y\r\n1,2\r\n3,4\r\n", { columns: xy });
add("mac.csv", "x,y\r1,2\r3,4\r", { columns: xy });
add("mixed-line-ends.csv", 'label,y\r\na,1\na,2\r\n"a",3\n', {
  columns: { label: text("a", "a", "a"), y: numbers(1, 2, 3) },
});
add("crlf-labels.csv", "x,label\r\n1,a\r\n2,a\n3,b\r\n", {
  columns: { x: numbers(1, 2, 3), label: text("a", "a", "b") },
});
add("cr-cr-lf.csv", "label,y\r\r\na,1\r\r\nb,2\r\r\n", {
  columns: { label: text("a", "b"), y: numbers(1, 2) },
});
add("quoted-last.csv", 'x,t\r\n1,"ab"\r\n2,"cd"\r\n', { columns: { x: numbers(1, 2), t: text("ab", "cd") } });
add("quotes-in-quotes.csv", 'x,t\n1,"say ""hi"""\n2,"a, b"\n', {
  columns: { x: numbers(1, 2), t: text('say "hi"', "a, b") },
});
add("newline-in-quotes.csv", 'x,t\n1,"a\nb"\n2,c\noops,d\n', {
  columns: { x: text("1", "2", "oops"), t: text("a\nb", "c", "d") },
  says: ["line 5"],
});
add("blank-lines.csv", "x,y\n\n1,2\n\n3,oops\n4,5\n6,7\n", {
  columns: { x: numbers(1, 3, 4, 6), y: text("2", "oops", "5", "7") },
  says: ["line 5"],
});
add("one-column-gaps.csv", "x\n1\n\n3\n", { columns: { x: numbers(1, null, 3) } });
add("one-column-gaps-at-end.csv", "x\n1\n\n\n", { columns: { x: numbers(1) } });
add("quoted-numbers.csv", '"x","y"\n"1","2"\n"3","4"\n', { columns: xy });
add("open-quote.csv", 'x,y\n1,"2\n3,4\n', { error: "line 2: Quoted field unterminated" });
add("quote-and-more.csv", 'x,y\n1,"2"3\n3,4\n', { error: "line 2" });
add("short-line.csv", "x,y\n1,2\n3\n4,5\n", { error: "line 3 has 1 cells, expected 2" });
add("long-line.csv", "x,y\n1,2\n3,4,5\n", { error: "line 3 has 3 cells, expected 2" });
add("trailing-delimiters.csv", "x,y,\n1,2,\n3,4,\n", { columns: xy });
add("some-trailing-delimiters.csv", "x,y\n1,2,\n3,4\n", { columns: xy });
add("data-with-trailing-delimiters.csv", "x,y\n1,2,\n3,4,\n", { columns: xy });
add("empty.csv", "", { error: "is empty" });
add("names-alone.csv", "x,y\n", { columns: { x: numbers(), y: numbers() } });

// Encodings.
add("utf8.csv", "stadt,y\nKöln,1\nKöln,2\n€漢😀,3\n", {
  columns: { stadt: text("Köln", "Köln", "€漢😀"), y: numbers(1, 2, 3) },
});
add("bom.csv", '\uFEFF"x",y\n1,2\n3,4\n', { columns: xy });
add("latin1.csv", latin1("stadt,y\nKöln,1\nMünchen,2\n"), {
  columns: { stadt: text("Köln", "München"), y: numbers(1, 2) },
  says: ["Windows-1252"],
});
add("utf16le.csv", utf16("x\ty\n1\t2\n3\t4\n"), { columns: xy, says: ["UTF-16LE"] });
add("utf16be.csv", utf16("x,y\n1,2\n3,4\n", { big: true }), { columns: xy, says: ["UTF-16BE"] });
add("utf16-no-mark.csv", utf16("x,y\n1,2\n3,4\n", { mark: false }), { columns: xy });
add("utf16-label.csv", utf16("stadt;y\nKöln;1\nBonn;2\n"), {
  columns: { stadt: text("Köln", "Bonn"), y: numbers(1, 2) },
});
add("two-encodings.csv", new Uint8Array([...utf8("stadt\nKöln\n"), ...latin1("Münster\n")]), {
  error: "line 3: byte 0xfc is not UTF-8",
});
add("named-encoding.csv", Uint8Array.from([...latin1("t,y\n"), 0xcf, 0xf0, 0xe8, ...latin1(",1\n")]), {
  options: { encoding: "windows-1251" },
  columns: { t: text("При"), y: numbers(1) },
});
add("unknown-encoding.csv", "x\n1\n", { options: { encoding: "ebcdic" }, error: 'encoding is "ebcdic"' });
add("bom.json", '\uFEFF[{"x":1,"y":2},{"x":3,"y":4}]', { columns: xy });

// Delimiters, titles, comments, names.
add("semicolons.csv", "x;y\n1;2\n3;4\n", { columns: xy });
add("tabs.txt", "x\ty\n1\t2\n3\t4\n", { columns: xy });
add("bars.csv", "x|y\n1|2\n3|4\n", { columns: xy });
add("tabs.tsv", "x\ty\n1\t2\n3\t4\n", { columns: xy });
add("spaces.txt", "x y\n1 2\n3 4\n", { columns: xy });
add("words.txt", "city\nNew York\nLos Angeles\nSan Diego\n", {
  columns: { city: text("New York", "Los Angeles", "San Diego") },
});
add("sep-line.csv", "sep=;\nx;y\n1;2\n3;4\n", { columns: xy });
add("title.csv", "Report of the year\n\nx,y\n1,2\n3,4\n", { columns: xy, says: ["Report of the year"] });
add("two-titles.csv", "Report, 2024\nAgency, all rights\na,b,c\n1,2,3\n4,5,6\n", {
  columns: { a: numbers(1, 4), b: numbers(2, 5), c: numbers(3, 6) },
  says: ["Report, 2024", "Agency, all rights"],
});
add("two-wide-titles.csv", "Report,2024,\nAgency,all,\n\na,b,c\n1,2,3\n", {
  columns: { a: numbers(1), b: numbers(2), c: numbers(3) },
  says: ["Agency,all,"],
});
add("missing-below-names.csv", "kind,value\nr1,a,NA\nr2,b,5\n", {
  columns: { "Unnamed: 0": text("r1", "r2"), kind: text("a", "b"), value: numbers(null, 5) },
});
add("comments-above.csv", "# made by a, b\n# and c\nx,y\n1,2\n3,4\n", { columns: xy, says: ["made by"] });
add("hash-name.csv", "#x,y\n1,2\n3,4\n", { columns: { "#x": numbers(1, 3), y: numbers(2, 4) } });
add("comment-lines.csv", "x,y\n1,2\n// note, and more\n3,oops\n4,5\n5,6\n", {
  options: { comment: "//" },
  columns: { x: numbers(1, 3, 4, 5), y: text("2", "oops", "5", "6") },
  says: ["line 4"],
});
add("same-names.csv", "x,x,y\n1,2,3\n", {
  columns: { x: numbers(1), "x.1": numbers(2), y: numbers(3) },
  says: ['called "x.1"'],
});
add("same-names-wanted.csv", "x,x,y\n1,2,3\n", {
  options: { wanted: { x: "number" } },
  error: 'has two columns named "x"',
});
add("blank-name.csv", ",y\n1,2\n3,4\n", {
  columns: { "Unnamed: 0": numbers(1, 3), y: numbers(2, 4) },
  says: ["Unnamed: 0"],
});
add("row-names.csv", "x,y\na,1,2\nb,3,4\n", {
  columns: { "Unnamed: 0": text("a", "b"), ...xy },
  says: ["one fewer"],
});
add("no-names.csv", "1,2\n3,4\n", {
  options: { header: false },
  columns: { 1: numbers(1, 3), 2: numbers(2, 4) },
});
add("number-names.csv", "1990,1991\n3,4\n", {
  columns: { 1990: numbers(3), 1991: numbers(4) },
  says: ["nothing but numbers"],
});
add("spaced-names.csv", "x , y\n1,2\n3,4\n", { columns: xy });
add("proto-name.csv", "__proto__,constructor\n1,2\n3,4\n", {
  columns: { ["__proto__"]: numbers(1, 3), constructor: numbers(2, 4) },
});
add("lacking.csv", "speed,y\n1,2\n", {
  options: { wanted: { x: "number" } },
  error: 'has no column "x"; it has "speed", "y"',
});
add("many-names.csv", `${Array.from({ length: 2000 }, (_, i) => `column${i}`).join()}\n`, {
  options: { wanted: { colunm7: "number" } },
  error: 'has no column "colunm7"; did you mean "column7"?',
});

// Numbers.
add("decimal-commas.csv", "Datum;Wert\n01.01.2023;0,33\n02.01.2023;1.234,5\n", {
  columns: { Datum: dates("2023-01-01", "2023-01-02"), Wert: numbers(0.33, 1234.5) },
});
add("decimal-commas-everywhere.csv", "x;y\n1,5;2,5\n3,5;4,5\n", {
  columns: { x: numbers(1.5, 3.5), y: numbers(2.5, 4.5) },
});
add("thousands.csv", 'x,y\n"1,234,567",1\n"12,345.5",2\n', {
  columns: { x: numbers(1234567, 12345.5), y: numbers(1, 2) },
});
add("thousands-or-decimals.csv", 'x,y\n"1,234",1\n"5,678",2\n', {
  columns: { x: text("1,234", "5,678"), y: numbers(1, 2) },
  says: ["name the decimal sign"],
});
add("decimal-named.csv", 'x,y\n"1,234",1\n"5,678",2\n', {
  options: { decimal: "," },
  columns: { x: numbers(1.234, 5.678), y: numbers(1, 2) },
});
add("points-with-commas.csv", "a;b\n1.234;0,5\n5.678;0,25\n", {
  columns: { a: text("1.234", "5.678"), b: numbers(0.5, 0.25) },
  says: ["as another column has decimal commas"],
});
add("points-with-commas-named.csv", "a;b\n1.234;0,5\n5;0,25\n", {
  options: { decimal: "," },
  columns: { a: numbers(1234, 5), b: numbers(0.5, 0.25) },
});
add("points-beside-commas.csv", "a;b\n1.25;0,5\n5.678;0,25\n", {
  columns: { a: numbers(1.25, 5.678), b: numbers(0.5, 0.25) },
});
add("both-signs.csv", "x;y\n1,5;1\n2.25;2\n", {
  columns: { x: text("1,5", "2.25"), y: numbers(1, 2) },
  says: ["contradict"],
});
add("spaces-in-numbers.csv", "x;y\n1 234,5;1\n12\u00a0345,25;2\n", {
  columns: { x: numbers(1234.5, 12345.25), y: numbers(1, 2) },
});
add("percent.csv", "x,y\n5%,1\n7.5 %,2\n", { columns: { x: numbers(5, 7.5), y: numbers(1, 2) } });
add("percent-and-not.csv", "x,y\n5%,1\n7,2\n", {
  columns: { x: text("5%", "7"), y: numbers(1, 2) },
  says: ["several units"],
});
add("currency.csv", 'x,y\n$5.50,1\n"$1,250.00",2\n', {
  columns: { x: numbers(5.5, 1250), y: numbers(1, 2) },
});
add("currencies.csv", "x;y\n5 €;1\n7 $;2\n", {
  columns: { x: text("5 €", "7 $"), y: numbers(1, 2) },
  says: ["several units"],
});
add("minus-signs.csv", "x,y\n\u22125,1\n\u22120.5,2\n3,4\n", {
  columns: { x: numbers(-5, -0.5, 3), y: numbers(1, 2, 4) },
});
add("swiss.csv", "x;y\n1'234.50;1\n12'345.25;2\n", {
  columns: { x: numbers(1234.5, 12345.25), y: numbers(1, 2) },
});
add("euros.csv", 'x;y\n"1.234,56 €";1\n"7,00 €";2\n', {
  columns: { x: numbers(1234.56, 7), y: numbers(1, 2) },
});
add("missing.csv", "x,y\nNA,1\n-,2\n3,?\n,.\nNaN,null\n", {
  columns: { x: numbers(null, null, 3, null, null), y: numbers(1, 2, null, null, null) },
});
add("own-missing.csv", "land,y\nNA,1\n-999,2\n", {
  options: { na: ["-999"] },
  columns: { land: text("NA", null), y: numbers(1, 2) },
});
add("infinite.csv", "x,y\ninf,1\n2,2\n3,3\n", {
  columns: { x: text("inf", "2", "3"), y: numbers(1, 2, 3) },
  says: ["is not finite"],
});
add("beyond-float64.csv", "x,y\n1e400,1\n2,2\n", {
  options: { wanted: { x: "number" } },
  error: 'line 2, column "x": "1e400" is not finite',
});
add("exponents.csv", "x,y\n1e5,1\n2.5E-3,2\n+4,3\n", {
  columns: { x: numbers(1e5, 0.0025, 4), y: numbers(1, 2, 3) },
});
add("hexadecimal.csv", "x,y\n0x10,1\n5,2\n6,3\n", {
  columns: { x: text("0x10", "5", "6"), y: numbers(1, 2, 3) },
  says: ["0x10"],
});
add("long-integers.csv", "id,y\n12345678901234567890,1\n12345678901234567891,2\n", {
  columns: { id: text("12345678901234567890", "12345678901234567891"), y: numbers(1, 2) },
});
add("ids.csv", "id,y\n007,1.10\n1.10,2.20\nx9,3\n", {
  columns: { id: text("007", "1.10", "x9"), y: numbers(1.1, 2.2, 3) },
});
add("one-bad-cell.csv", "x,y\n1,2\n2,oops\n3,4\n4,5\n5,6\n", {
  columns: { x: numbers(1, 2, 3, 4, 5), y: text("2", "oops", "4", "5", "6") },
  says: ['line 3: "oops" is no number (1 of 5 rows)'],
});
add("one-bad-cell-wanted.csv", "x,y\n1,2\n2,oops\n3,4\n", {
  options: { wanted: { y: "number" } },
  error: 'line 3, column "y": "oops" is no number (1 of 3 rows)',
});
add("bad-as-missing.csv", "x,y\n1,2\n2,oops\n3,4\n", {
  options: { badAsMissing: "all" },
  columns: { x: numbers(1, 2, 3), y: numbers(2, null, 4) },
  says: ["oops"],
});
add("padded.csv", "x,y\n 1, 2\n 3, 4\n", { columns: xy });

// Dates.
add("iso-dates.csv", "d,y\n2020-02-29,1\n2021-01-31,2\n", {
  columns: { d: dates("2020-02-29", "2021-01-31"), y: numbers(1, 2) },
});
add("iso-times.csv", "d,y\n2020-02-29 10:00,1\n2020-02-29T23:30:15.5,2\n2020-03-01T00:00:00+02:00,3\n", {
  columns: { d: dates("2020-02-29T10:00", "2020-02-29T23:30:15.5", "2020-02-29T22:00"), y: numbers(1, 2, 3) },
});
add("time-zone.csv", "d,y\n2020-06-01 12:00,1\n2020-12-01 12:00,2\n", {
  options: { timeZone: "Europe/Berlin" },
  columns: { d: dates("2020-06-01T10:00", "2020-12-01T11:00"), y: numbers(1, 2) },
});
add("no-such-day.csv", "d,y\n2020-02-30,1\n2020-03-01,2\n", {
  columns: { d: text("2020-02-30", "2020-03-01"), y: numbers(1, 2) },
  says: ["is no day of the calendar"],
});
add("no-such-month.csv", "d,y\n2020-13-01,1\n2020-03-01,2\n", {
  options: { wanted: { d: "number" } },
  error: 'line 2, column "d": "2020-13-01" is no day of the calendar',
});
add("us-dates.csv", "d,y\n01/02/2020,1\n12/31/2020,2\n", {
  columns: { d: dates("2020-01-02", "2020-12-31"), y: numbers(1, 2) },
});
add("eu-dates.csv", "d,y\n01/02/2020,1\n31/12/2020,2\n", {
  columns: { d: dates("2020-02-01", "2020-12-31"), y: numbers(1, 2) },
});
add("us-or-eu-dates.csv", "d,y\n01/02/2020,1\n03/04/2020,2\n", {
  columns: { d: text("01/02/2020", "03/04/2020"), y: numbers(1, 2) },
  says: ["name the order of dates"],
});
add("named-date-order.csv", "d,y\n01/02/2020,1\n03/04/2020,2\n", {
  options: { dateOrder: "mdy" },
  columns: { d: dates("2020-01-02", "2020-03-04"), y: numbers(1, 2) },
});
add("year-first-dates.csv", "d,y\n2020/02/01,1\n2020/12/31,2\n", {
  columns: { d: dates("2020-02-01", "2020-12-31"), y: numbers(1, 2) },
});
add("clock-dates.csv", "d,y\n12/31/2020 1:30 PM,1\n12/30/2020 12:05 AM,2\n", {
  columns: { d: dates("2020-12-31T13:30", "2020-12-30T00:05"), y: numbers(1, 2) },
});
add("epoch.csv", "t,y\n1700000000,1\n1700000001.5,2\n", {
  options: { epoch: { t: "s" } },
  columns: { t: dates("2023-11-14T22:13:20", "2023-11-14T22:13:21.5"), y: numbers(1, 2) },
});
add("dates-and-numbers.csv", "d,y\n2020,1\n2020-01-01,2\n", {
  columns: { d: text("2020", "2020-01-01"), y: numbers(1, 2) },
});

add("short-iso-dates.csv", "d,y\n2020-2-9,1\n2020-11-30,2\n", {
  columns: { d: dates("2020-02-09", "2020-11-30"), y: numbers(1, 2) },
});

// JSON.
add("rows.json", '[{"x":1,"y":2},{"x":3,"y":4}]', { columns: xy });
add("columns.json", '{"x":[1,3],"y":[2,4]}', { columns: xy });
add("lines.ndjson", '{"x":1,"y":2}\n{"x":3,"y":4}\n', { columns: xy });
add("lines.json", '{"x":1,"y":2}\n{"x":3,"y":4}\n', { columns: xy });
add("lines-broken.jsonl", '{"x":1}\n{"x":\n', { error: "line 2 is no JSON" });
add("lacking-keys.json", '[{"x":1},{"y":4,"x":3}]', { columns: { x: numbers(1, 3), y: numbers(null, 4) } });
add("objects.json", '[{"x":1,"o":{"a":1}},{"x":2,"o":{"a":2}}]', {
  columns: { x: numbers(1, 2), o: nested },
});
add("objects-wanted.json", '[{"x":1,"o":{"a":1}},{"x":2,"o":{"a":2}}]', {
  options: { wanted: { o: "text" } },
  error: 'row 1, column "o"',
});
add("booleans.json", '[{"b":true},{"b":false},{"b":null}]', { columns: { b: numbers(1, 0, null) } });
add("long-integers.json", '[{"id":12345678901234567890},{"id":12345678901234567891}]', {
  columns: { id: text("12345678901234567890", "12345678901234567891") },
});
add("key-twice.jsonl", '{"x":1}\n{"x":2,"x":3}\n', {
  error: 'line 2 is no JSON: an object has the key "x" twice',
});
add("key-twice.json", '[{"x" : 1, "t": "a\\\\\\": 1", "\\u0078":3}]', { error: 'has the key "x" twice' });
add("key-twice-long.json", '[{"x":12345678901234567890,"x":3}]', { error: "uplicate key 'x'" });
add("keys-in-texts.json", '[{"x":1,"t":"\\"x\\":1, {"},{"x":3,"t":"a\\\\"}]', {
  columns: { x: numbers(1, 3), t: text('"x":1, {', "a\\") },
});
add("no-table.json", "[1, 2]", { error: "expected an array of objects" });
add("truncated.json", '[{"x":1},', { error: "is no JSON" });
add(
  "places.geojson",
  JSON.stringify({
    type: "FeatureCollection",
    features: [
      { type: "Feature", properties: { mag: 5 }, geometry: { type: "Point", coordinates: [7, 50] } },
    ],
  }),
  { columns: { longitude: numbers(7), latitude: numbers(50), mag: numbers(5) } },
);

// Packed.
add("packed.csv.gz", gzipSync("x,y\n1,2\n3,4\n"), { columns: xy });
add("packed-truncated.csv.gz", gzipSync(`x,y\n${"1,2\n".repeat(500)}`).subarray(0, 30), {
  error: "is no gzip that can be unpacked",
});
const duckdb = { i: numbers(1, 2, null), s: text("text", "other", null) };
add("duckdb.csv.zst", made("duckdb.csv.zst"), { columns: duckdb });
add("zstd-truncated.csv.zst", made("duckdb.csv.zst").subarray(0, 20), {
  error: "is no zstd that can be unpacked",
});

// Beyond 2^53 a number would lose digits that tell one row from another.
add("long-and-grouped.csv", "id,y\n12345678901234567,1\n1'234,2\n", {
  columns: { id: text("12345678901234567", "1'234"), y: numbers(1, 2) },
});

// Parquet, Arrow, Excel, by other tools.
const polars = {
  x: numbers(1, 2, 3, null),
  label: text("Köln", "Bonn", null, "Essen"),
  when: dates("2024-01-31T10:00", "2024-02-29", "1969-12-31T23:59:59", null),
};
for (const name of [
  "polars-lz4.arrow",
  "polars-zstd.arrow",
  "polars-stream.arrows",
  "polars-lz4.parquet",
  "polars-snappy.parquet",
])
  add(name, made(name), { columns: polars });
const [leap, before] = ["2024-02-29T12:30", "1969-12-31T23:59:59.5"];
const pyarrow = {
  ...{ x: numbers(1.5, null, -2.25), i64: text("9007199254740993", "9007199254740992", null) },
  ...{ dec: numbers(1.25, -3.5, null), dec256: numbers(1.25, -3.5, null) },
  ...{ d32: dates("2024-02-29", "1969-12-31", null), d64: dates("2024-02-29", "1969-12-31", null) },
  ...{ ts: dates(leap, before, null), tsns: dates(leap, before, null), tz: dates(leap, null, null) },
  ...{ cat: text("Köln", "Bonn", null), big: text("a", "b", null), b: numbers(1, 0, null) },
  ...{ li: nested, st: nested, u8: numbers(1, 2, null), nul: numbers(null, null, null) },
};
const times = { h: numbers(1.5, 2.5, null), dur: numbers(1, 2, null), t32: numbers(1, 2, null) };
for (const name of ["pyarrow-lz4.feather", "pyarrow-zstd.feather", "pyarrow.arrows"])
  add(name, made(name), { columns: { ...pyarrow, ...times } });
add("pyarrow.parquet", made("pyarrow.parquet"), { columns: { ...pyarrow, t32: numbers(1000, 2000, null) } });
add("pyarrow-int96-brotli.parquet", made("pyarrow-int96-brotli.parquet"), {
  columns: { x: pyarrow.x, cat: pyarrow.cat, ts: pyarrow.ts },
});
add("duckdb-types.parquet", made("duckdb-types.parquet"), {
  columns: {
    ...{
      i: numbers(1, 2, null),
      dec: numbers(1.25, -3.5, null),
      d: dates("2024-02-29", "1969-12-31", null),
      ts: dates(leap, before, null),
    },
    ...{
      e: text("ok", "sad", null),
      st: nested,
      li: nested,
      b: numbers(1, 0, null),
      s: text("text", "other", null),
    },
    u: text("6f9619ff-8b86-d011-b42d-00c04fc964ff", "6f9619ff-8b86-d011-b42d-00c04fc964fe", null),
    big: text("9007199254740993", "9007199254740992", null),
  },
});
for (const [column, problem] of [
  ["e", '"ok" is no number'],
  ["u", "is no number"],
  ["st", "is neither a number nor text"],
  ["li", "is neither"],
  ["s", "is no number"],
])
  add(`duckdb-${column}.parquet`, made("duckdb-types.parquet"), {
    options: { wanted: { [column]: "number" } },
    error: problem,
  });
add("truncated.parquet", made("duckdb-types.parquet").subarray(0, 900), {
  error: "is no Parquet file that can be read",
});
add("truncated.arrow", made("polars-lz4.arrow").subarray(0, 900), { error: "ends too early" });
add("truncated.arrows", made("pyarrow.arrows").subarray(0, 2000), { error: "a stream that ends too early" });
// Bytes that were changed at random, on which the readers' libraries ran in circles or filled the memory.
add("damaged-more-values.parquet", made("damaged-more-values.parquet"), {
  error: "a run of more values than its page has",
});
add("damaged-of-values.parquet", made("damaged-of-values.parquet"), {
  error: "claims a wrong number of values",
});
add("damaged-wrong-size.parquet", made("damaged-wrong-size.parquet"), { error: "a page of wrong size" });
add("damaged-children.parquet", made("damaged-children.parquet"), {
  error: "is no Parquet file that can be read",
});
add("damaged-buffers.arrow", made("damaged-buffers.arrow"), { error: "a batch of 251658240 buffers" });
add("damaged-names.arrow", made("damaged-names.arrow"), { error: "is no Arrow file that can be read" });
add("feather-1.feather", made("feather-1.feather"), { error: "is Feather version 1" });
add("noise.parquet", "not parquet", { error: "is no Parquet file that can be read" });
add("noise.arrow", "not arrow", { error: "is no Arrow file that can be read" });
add("parquet-named.csv", made("duckdb-zstd.parquet"), {
  columns: { i: numbers(1, 2, null), dec: numbers(1.25, -3.5, null), s: text("text", "other", null) },
});
const written = {
  names: ["x", "y"],
  rows: 2,
  columns: { x: Float64Array.of(1, 3), y: Float64Array.of(2, 4) },
};
add("arrow-js.arrow", await writeArrow(written), { columns: xy });
add("pandas.feather", made("pandas.feather"), { columns: { a: numbers(1, 2, 3), b: text("ü", "ö", null) } });
add("pandas.xlsx", made("pandas.xlsx"), { columns: { a: numbers(1, 2, 3), b: text("ü", "ö", null) } });
add("exceljs.xlsx", made("exceljs.xlsx"), {
  columns: {
    when: dates("2024-02-29", "2024-03-01", null),
    x: numbers(1.5, 2.25, null),
    label: text("Köln", "Bonn", "Essen"),
  },
  says: ["of 2 sheets"],
});
add("bad.xlsx", made("bad.xlsx"), {
  columns: { x: numbers(1, 2, 3), y: text("oops", "3", "3") },
  says: ["row 3"],
});
add("noise.xlsx", "no workbook", { error: "is no workbook that can be read" });
add("no-sheet.xlsx", made("pandas.xlsx"), {
  options: { sheet: "Other" },
  error: 'has no sheet "Other"; it has "Sheet1"',
});
add("unknown.xyz", "x\n1\n", { error: 'ends in "xyz", expected .csv' });

export const corpus: readonly CorpusFile[] = files;

/** A file's columns as they are expected to be read: numbers, with NaN for what is missing, or text. */
export function expectedColumns({ columns = {} }: CorpusFile) {
  return Object.entries(columns).map(([name, [type, ...values]]) => ({
    name,
    type,
    values: values.map((value) => {
      if (type === "text") return value ?? undefined;
      if (value === null) return Number.NaN;
      return type === "date" ? Date.parse(/T/.test(String(value)) ? `${value}Z` : String(value)) : value;
    }),
  }));
}
