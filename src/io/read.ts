/** Reads a table of any format: by what its bytes begin with, else by the ending of its name. */
import { NadarayaError, show } from "../common/errors.ts";
import { optionNames } from "../common/options.ts";
import { CSV_OPTIONS, type CsvOptions, readCsv } from "./csv/csv.ts";
import { checkReadOptions } from "./options.ts";
import type { AsyncBuffer } from "./parquet.ts";
import { peek, piecesOf, type Source, unpacked } from "./source.ts";
import type { Table } from "./table.ts";

/** The endings of names, and what they say. */
export const formats = ["csv", "tsv", "json", "jsonl", "parquet", "arrow", "xlsx"] as const;
/** A format, by the ending that its files have. */
export type Format = (typeof formats)[number];

const ALIASES: ReadonlyMap<string, Format> = new Map([
  ...Object.entries({
    tab: "tsv",
    txt: "csv",
    dat: "csv",
    ndjson: "jsonl",
    geojson: "json",
    pq: "parquet",
  } as const),
  ...Object.entries({ feather: "arrow", arrows: "arrow", ipc: "arrow" } as const),
]);

const endingOf = (name: string): string =>
  /\.([^./\\]*)$/.exec(name.replace(/\.(gz|zst|zstd)$/i, ""))?.[1].toLowerCase() ?? "";

/** The format that the ending of a name says, if it is known. */
export function formatByName(name: string): Format | undefined {
  const end = endingOf(name);
  const format = ALIASES.get(end) ?? end;
  return formats.find((each) => each === format);
}

/** @throws NadarayaError "invalid-input" for an ending that is not known; the message lists `expected` */
export function formatOf(name: string, expected: readonly Format[] = formats): Format {
  const format = formatByName(name);
  if (format !== undefined) return format;
  const known = expected.map((each) => `.${each}`).join(", ");
  throw new NadarayaError("invalid-input", `${name} ends in ${show(endingOf(name))}, expected ${known}`);
}

/** What the first bytes of a binary format are. */
const MAGIC: readonly (readonly [string, Format])[] = [
  ["PAR1", "parquet"],
  ["ARROW1", "arrow"],
  ["FEA1", "arrow"],
  ["\xff\xff\xff\xff", "arrow"],
  ["PK\x03\x04", "xlsx"],
];

/** Options of `readTable`: those of all formats. */
export interface TableOptions extends CsvOptions {
  /** Of Parquet: only these row groups, from the first of them to before the second. */
  readonly rowGroups?: readonly [from: number, to: number];
  /** The sheet of a workbook. */
  readonly sheet?: string;
  /** The format of text; binary formats are known by their first bytes. By default what the name ends in. */
  readonly format?: Format;
}

const TABLE_OPTIONS = optionNames<TableOptions>()(
  { rowGroups: true, sheet: true, format: true },
  CSV_OPTIONS,
);

const TEXTS = ["csv", "tsv"] as const;

/** Options that not all formats have: what they name, and the formats that have it. */
const OPTIONS_OF_FORMATS = {
  encoding: ["encoding", TEXTS],
  delimiter: ["character between cells", TEXTS],
  header: ["row of names", TEXTS],
  comment: ["comment lines", TEXTS],
  headerRow: ["row of names", [...TEXTS, "xlsx"]],
  sheet: ["sheets", ["xlsx"]],
  rowGroups: ["row groups", ["parquet"]],
} as const satisfies Partial<Record<keyof TableOptions, readonly [string, readonly Format[]]>>;

/** Whether a format has an option. */
export const hasOption = (format: Format, option: string): boolean =>
  (
    OPTIONS_OF_FORMATS[option as keyof typeof OPTIONS_OF_FORMATS]?.[1] as readonly Format[] | undefined
  )?.includes(format) ?? true;

function checkHas(format: Format, name: string, options: TableOptions): void {
  for (const [option, [what, formats]] of Object.entries(OPTIONS_OF_FORMATS))
    if (options[option as keyof TableOptions] !== undefined && !hasOption(format, option))
      throw new NadarayaError(
        "invalid-input",
        `${name} is ${format}, which has no ${what}: the option ${show(option)} is for ${formats.join(", ")}`,
      );
}

/** @throws NadarayaError "invalid-input" that names the file, the line or row, and the column */
export async function readTable(source: Source | AsyncBuffer, options: TableOptions = {}): Promise<Table> {
  checkReadOptions(options, "readTable", TABLE_OPTIONS);
  const { name = "the file", sheet, rowGroups, format: given, ...csv } = options;
  const { encoding: _1, delimiter: _2, header: _3, comment: _4, headerRow, ...common } = csv;
  const named = { ...common, name };
  const { format, pieces } = await detected(source, name, given, options);
  checkHas(format, name, options);
  switch (format) {
    case "csv":
      return readCsv(pieces as Source, { ...csv, name });
    case "tsv":
      return readCsv(pieces as Source, { delimiter: "\t", ...csv, name });
    case "json":
      return (await import("./json.ts")).readJson(pieces as Source, named);
    case "jsonl":
      return (await import("./json.ts")).readJson(pieces as Source, { ...named, lines: true });
    case "parquet":
      return (await import("./parquet.ts")).readParquet(pieces, { ...named, rowGroups });
    case "arrow":
      return (await import("./arrow.ts")).readArrow(pieces as Source, named);
    case "xlsx":
      return (await import("./excel.ts")).readExcel(pieces as Source, { ...named, sheet, headerRow });
  }
}

/** The format of a source, and the source again; one that is read at random stays one. */
async function detected(
  source: Source | AsyncBuffer,
  name: string,
  given: Format | undefined,
  { onProgress }: TableOptions,
): Promise<{ format: Format; pieces: Source | AsyncBuffer }> {
  if (source instanceof Blob || isBuffer(source)) {
    const head = await (source instanceof Blob
      ? source.slice(0, 8).arrayBuffer()
      : source.slice(0, Math.min(8, source.byteLength)));
    const format = magicFormat(new Uint8Array(head));
    if (format === "parquet") return { format, pieces: source };
    if (isBuffer(source)) return detected(piecesOfBuffer(source), name, given, {});
  }
  const { head, pieces } = await peek(await unpacked(piecesOf(source, "readTable", onProgress), name));
  return { format: magicFormat(head) ?? given ?? formatOf(name), pieces };
}

const isBuffer = (source: Source | AsyncBuffer): source is AsyncBuffer =>
  typeof source === "object" &&
  !(source instanceof Blob || source instanceof ArrayBuffer || ArrayBuffer.isView(source)) &&
  "byteLength" in source &&
  "slice" in source;

async function* piecesOfBuffer({ byteLength, slice }: AsyncBuffer) {
  const piece = 2 ** 20;
  for (let from = 0; from < byteLength; from += piece)
    yield new Uint8Array(await slice(from, Math.min(from + piece, byteLength)));
}

function magicFormat(head: Uint8Array): Format | undefined {
  const text = String.fromCharCode(...head.subarray(0, 8));
  return MAGIC.find(([magic]) => text.startsWith(magic))?.[1];
}
