/** The options that say how files are read. */
import { formats } from "../../io/read.ts";
import { type Entry, READERS } from "./entry.ts";
import { delimiter, encoding, epochs, list, timeZone, whole } from "./values.ts";

const ENTRIES: readonly Pick<Entry, "flags" | "text" | "choices" | "default" | "parse" | "sets">[] = [
  {
    flags: "--format <format>",
    text: "format of text whose name has no ending, as in a pipe",
    choices: formats,
    sets: ["format", "lines"],
  },
  {
    flags: "--encoding <name>",
    text: "encoding of text, such as utf-8, windows-1252 or utf-16le; detected by default",
    parse: encoding,
  },
  {
    flags: "--delimiter <character>",
    text: "character between cells; by default detected among comma, tab, semicolon and bar",
    parse: delimiter,
  },
  { flags: "--no-header", text: "read the first line as data; the columns are called 1, 2, …" },
  {
    flags: "--header-row <n>",
    text: "row of the names in text or a sheet, from 1 on; by default the first one that is no title",
    parse: whole,
  },
  { flags: "--comment <start>", text: "text with which comment lines begin" },
  {
    flags: "--na <words>",
    text: "cells that count as empty, comma-separated, in place of NA, N/A, NaN, null, None, -, ., ?",
    parse: list,
  },
  {
    flags: "--decimal <sign>",
    text: "decimal sign of numbers in text; by default detected for each column",
    choices: [".", ","],
  },
  {
    flags: "--dates <order>",
    text: "order of day, month and year in dates such as 3/4/2024; by default detected for each column",
    choices: ["dmy", "mdy", "ymd"],
    sets: ["dateOrder"],
  },
  {
    flags: "--time-zone <name>",
    text: "time zone of times that name none, such as Europe/Berlin; UTC by default",
    parse: timeZone,
  },
  {
    flags: "--epoch <column=unit>",
    text: "column of times that are counted since 1970 in s, ms, us or ns; may be repeated",
    parse: epochs,
  },
  { flags: "--sheet <name>", text: "sheet of a workbook; by default the first one with a table" },
  {
    flags: "--bad <policy>",
    text: "what to do with cells of a column of numbers that are no numbers: stop, or leave them empty",
    choices: ["error", "missing"],
    default: "error",
    sets: ["badAsMissing"],
  },
];

export const READ_OPTIONS: readonly Entry[] = ENTRIES.map((entry) => ({
  ...entry,
  ...{ commands: READERS, group: "How files are read:", overShards: true },
}));
