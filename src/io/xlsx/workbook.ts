/** The cells of Excel workbooks (.xlsx, ECMA-376). */
import { Archive } from "./archive.ts";
import { isDateFormat } from "./date-format.ts";
import { attribute, scan } from "./markup.ts";

/** A cell that shows an error, such as "#DIV/0!". */
export class CellError {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type CellValue = string | number | boolean | Date | CellError | null;

export interface SheetRow {
  /** As Excel shows it, from 1 on. */
  readonly number: number;
  /** With holes where there is no cell. */
  readonly cells: readonly (CellValue | undefined)[];
}

export interface Sheet {
  readonly name: string;
  /** The rows that have a cell. @throws Error where the sheet is damaged */
  rows(): Promise<readonly SheetRow[]>;
}

/** Columns of a sheet, and rows: there are no more. */
const [MOST_COLUMNS, MOST_ROWS] = [16_384, 1_048_576];
const DAY = 86_400_000;
/** Days from Excel's day 0 of 1900 to 1970, the 29th of February 1900 included, which was none. */
const TO_1970 = 25_569;
/** Days from 1900's day 0 to that of workbooks whose dates begin in 1904. */
const TO_1904 = 1462;

/** The worksheets of a workbook in their order. @throws Error where the bytes are no workbook */
export async function openWorkbook(bytes: Uint8Array<ArrayBuffer>): Promise<readonly Sheet[]> {
  const archive = new Archive(bytes);
  const packageParts = await relationsOf(archive, "");
  const path = [...packageParts.values()].find(({ type }) => type === "officeDocument")?.path;
  const book = await archive.text(path ?? "xl/workbook.xml");
  if (book === undefined) throw new Error("it has no workbook in it");
  const parts = await relationsOf(archive, path ?? "xl/workbook.xml");
  const partOf = (type: string) => [...parts.values()].find((part) => part.type === type)?.path;
  const sheets: { readonly name: string; readonly path: string }[] = [];
  let is1904 = false;
  scan(book, {
    open(tag, attributes) {
      if (tag === "workbookPr") is1904 ||= /^(1|true)$/.test(attribute(attributes, "date1904") ?? "");
      if (tag !== "sheet") return;
      const part = parts.get(attribute(attributes, "id") ?? "");
      const name = unescaped(attribute(attributes, "name") ?? "");
      if (part?.type === "worksheet") sheets.push({ name, path: part.path });
    },
  });
  const textOf = async (part: string | undefined) => (part && (await archive.text(part))) || "";
  let shared: Promise<Shared> | undefined;
  return sheets.map(({ name, path }) => ({
    name,
    async rows() {
      shared ??= (async () => ({
        ...{ texts: sharedTexts(await textOf(partOf("sharedStrings"))), is1904 },
        isDate: dateStyles(await textOf(partOf("styles"))),
      }))();
      const common = await shared;
      const markup = await archive.text(path);
      if (markup === undefined) throw new Error(`it lacks ${path}`);
      return rowsOf(markup, common);
    },
  }));
}

/** What cells refer to. */
interface Shared {
  readonly texts: readonly string[];
  /** Whether a style shows dates. */
  readonly isDate: readonly boolean[];
  readonly is1904: boolean;
}

interface Part {
  /** The last word of the address that names it: "worksheet". */
  readonly type: string;
  readonly path: string;
}

/** The parts that a part refers to, by their ids. @param from the part's path; "" for the package */
async function relationsOf(archive: Archive, from: string): Promise<ReadonlyMap<string, Part>> {
  const slash = from.lastIndexOf("/") + 1;
  const folder = from.slice(0, slash);
  const markup = await archive.text(`${folder}_rels/${from.slice(slash)}.rels`);
  const parts = new Map<string, Part>();
  scan(markup ?? "", {
    open(tag, attributes) {
      if (tag !== "Relationship") return;
      const target = attribute(attributes, "Target") ?? "";
      const { pathname } = new URL(target, `file:///${folder}`);
      const type = attribute(attributes, "Type") ?? "";
      parts.set(attribute(attributes, "Id") ?? "", {
        type: type.slice(type.lastIndexOf("/") + 1),
        path: decodeURIComponent(pathname.slice(1)),
      });
    },
  });
  return parts;
}

function sharedTexts(markup: string): string[] {
  const texts: string[] = [];
  let current: string[] = [];
  let [isText, isReading] = [false, false]; // readings of East Asian characters are left out
  scan(markup, {
    open(tag) {
      if (tag === "si") current = [];
      else if (tag === "rPh") isReading = true;
      else if (tag === "t") isText = true;
    },
    close(tag) {
      if (tag === "si") texts.push(unescaped(current.join("")));
      else if (tag === "rPh") isReading = false;
      else if (tag === "t") isText = false;
    },
    text(text) {
      if (isText && !isReading) current.push(text);
    },
  });
  return texts;
}

function dateStyles(markup: string): boolean[] {
  const codes = new Map<number, string>();
  const styles: number[] = [];
  let isCellStyle = false;
  scan(markup, {
    open(tag, attributes) {
      if (tag === "numFmt")
        codes.set(Number(attribute(attributes, "numFmtId")), attribute(attributes, "formatCode") ?? "");
      else if (tag === "cellXfs") isCellStyle = true;
      else if (tag === "xf" && isCellStyle) styles.push(Number(attribute(attributes, "numFmtId") ?? 0));
    },
    close(tag) {
      if (tag === "cellXfs") isCellStyle = false;
    },
  });
  return styles.map((id) => isDateFormat(id, codes.get(id)));
}

function rowsOf(markup: string, shared: Shared): SheetRow[] {
  const rows: SheetRow[] = [];
  let number = 0;
  let cells: (CellValue | undefined)[] = [];
  let column = 0;
  let attributes = "";
  let texts: string[] = [];
  let [isValue, isReading] = [false, false];
  scan(markup, {
    open(tag, given) {
      if (tag === "row") {
        number = Number(attribute(given, "r") ?? number + 1);
        if (!(number >= 1 && number <= MOST_ROWS)) throw new Error(`it has a row ${number}`);
        cells = [];
        column = 0;
      } else if (tag === "c") {
        attributes = given;
        texts = [];
        const place = /^([A-Z]{1,3})\d*$/i.exec(attribute(given, "r") ?? "")?.[1];
        column = place === undefined ? column + 1 : columnOf(place);
        if (column > MOST_COLUMNS) throw new Error(`it has a column ${place ?? column}`);
      } else if (tag === "v" || tag === "t") isValue = true;
      else if (tag === "rPh") isReading = true;
    },
    close(tag) {
      if (tag === "c") {
        const value = cellValue(attributes, texts.join(""), shared);
        if (value === null || column === 0) return;
        cells[column - 1] = value;
      } else if (tag === "row") {
        if (cells.length > 0) rows.push({ number, cells });
      } else if (tag === "v" || tag === "t") isValue = false;
      else if (tag === "rPh") isReading = false;
    },
    text(text) {
      if (isValue && !isReading) texts.push(text);
    },
  });
  return rows;
}

/** From 1 on: A is 1, AA is 27. */
function columnOf(letters: string): number {
  let column = 0;
  for (const letter of letters.toUpperCase()) column = 26 * column + letter.charCodeAt(0) - 64;
  return column;
}

/** The letters of a column, from 1 on. */
export function columnName(column: number): string {
  let name = "";
  for (let left = column; left > 0; left = Math.floor((left - 1) / 26))
    name = String.fromCharCode(65 + ((left - 1) % 26)) + name;
  return name;
}

function cellValue(attributes: string, text: string, { texts, isDate, is1904 }: Shared): CellValue {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  switch (attribute(attributes, "t") ?? "n") {
    case "s": {
      const shared = texts[Number(trimmed)];
      if (shared === undefined) throw new Error(`a cell is text number ${trimmed}, of ${texts.length}`);
      return shared.trim() || null;
    }
    case "b":
      return trimmed === "1" || trimmed.toLowerCase() === "true";
    case "e":
      return new CellError(trimmed);
    case "n": {
      const number = Number(trimmed);
      if (Number.isNaN(number)) return trimmed;
      return isDate[Number(attribute(attributes, "s") ?? -1)] ? dateOf(number, is1904) : number;
    }
    default: // text, and dates of ISO 8601
      return unescaped(text).trim() || null;
  }
}

/** A day and time by its serial number, to the nearest millisecond; as text the 29th of February 1900, which Excel has and no calendar. */
function dateOf(serial: number, is1904: boolean): Date | string {
  if (is1904) return new Date(Math.round((serial + TO_1904 - TO_1970) * DAY));
  if (serial >= 60 && serial < 61) return "1900-02-29";
  return new Date(Math.round((serial + (serial < 60 ? 1 : 0) - TO_1970) * DAY));
}

/** Characters that XML has not are written as _x000D_. */
const unescaped = (text: string) =>
  text.includes("_x")
    ? text.replace(/_x([\da-f]{4})_/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
    : text;
