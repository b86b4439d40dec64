/** How a file of delimited text is laid out: its delimiter, and on which of its lines the names are. */
import { NadarayaError } from "../../common/errors.ts";
import { commonWidth, isBlank, isNumber, namesRow } from "../title-rows.ts";

export interface Layout {
  readonly delimiter: string;
  /** Rows above the names: titles, blank lines, comments. */
  readonly above: number;
  /** Whether the names lack the first column's, as R writes them. */
  readonly lacksFirst: boolean;
  /** Whether names and rows end with a delimiter, after which there is nothing. */
  readonly hasEmptyEnd: boolean;
  /** For the table's notes. */
  readonly notes: readonly string[];
}

/** The options that decide about a layout, as in CsvOptions. */
export interface LayoutOptions {
  readonly delimiter?: string;
  readonly comment?: string;
  readonly header?: boolean;
  readonly headerRow?: number;
}

/** The last one only where most cells are numbers: words have spaces between them. */
const DELIMITERS = [",", "\t", ";", "|", " "] as const;

/** The package papaparse, which its caller has imported. */
type Papa = Pick<typeof import("papaparse"), "Parser">;

/** Rows by which the layout is decided. */
const ROWS = 200;

/**
 * @param sample the first lines of the file
 * @throws NadarayaError "invalid-input" if the row of the names that was given is not among them
 */
export function layoutOf(
  papa: Papa,
  sample: string,
  { delimiter: given, comment, header, headerRow }: LayoutOptions,
): Layout {
  const first = sample.slice(0, sample.indexOf("\n") < 0 ? undefined : sample.indexOf("\n"));
  const declared = /^"?sep=(.)"?$/i.exec(first.trimEnd());
  const delimiter = given ?? declared?.[1] ?? guess(papa, sample, comment);
  const rows = parse(papa, sample, delimiter);
  let above = declared ? 1 : 0;
  const notes: string[] = [];
  const width = commonWidth(rows.slice(above).filter((cells) => !isBlank(cells)));
  const onTitle = (cells: readonly string[]) =>
    notes.push(`the line ${JSON.stringify(short(cells.join(delimiter)))} above the names is left out`);
  if (headerRow === undefined) above = namesRow(rows, { from: above, width, comment, onTitle });
  else {
    checkHeaderRow(headerRow, header, rows.length);
    for (const cells of rows.slice(above, headerRow - 1)) if (!isBlank(cells)) onTitle(cells);
    above = headerRow - 1;
  }
  if (above >= rows.length)
    return { delimiter, above: declared ? 1 : 0, lacksFirst: false, hasEmptyEnd: false, notes: [] };
  const below = rows.slice(above + 1).filter((cells) => cells.length === width && !isBlank(cells));
  // Rows that all end with a delimiter have no cell more.
  const lacksFirst =
    width > 2 && rows[above].length === width - 1 && below.some((cells) => cells.at(-1)!.trim() !== "");
  if (lacksFirst)
    notes.push('the names are one fewer than the cells of a row: the first column is called "Unnamed: 0"');
  const data = rows.slice(above).filter((cells) => cells.length === rows[above].length);
  const hasEmptyEnd = rows[above].length > 1 && data.every((cells) => cells.at(-1)!.trim() === "");
  return { delimiter, above, lacksFirst, hasEmptyEnd, notes };
}

function checkHeaderRow(headerRow: number, header: boolean | undefined, rows: number): void {
  if (header === false)
    throw new NadarayaError(
      "invalid-input",
      `headerRow is ${headerRow}, but header is false: expected one of them`,
    );
  if (headerRow > rows)
    throw new NadarayaError(
      "invalid-input",
      `headerRow is ${headerRow}, expected one of the first ${rows} lines`,
    );
}

const short = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

function parse(papa: Papa, sample: string, delimiter: string): string[][] {
  const { data } = new papa.Parser({ delimiter, newline: "\n", preview: ROWS }).parse(sample, 0, false);
  const rows = data as string[][];
  return sample.endsWith("\n") && rows.at(-1)?.length === 1 && rows.at(-1)![0] === ""
    ? rows.slice(0, -1)
    : rows;
}

/** The delimiter by which most rows have one width, and most cells are numbers; a comma where none does. */
function guess(papa: Papa, sample: string, comment: string | undefined): string {
  let [best, bestScore] = [",", 0];
  for (const delimiter of DELIMITERS) {
    const rows = parse(papa, sample, delimiter).filter(
      (cells) => !isBlank(cells) && !(comment !== undefined && cells[0].startsWith(comment)),
    );
    const width = commonWidth(rows);
    if (width < 2 || rows.length === 0) continue;
    const same = rows.filter((cells) => cells.length === width);
    const cells = same.flat();
    const numbers = cells.filter(isNumber).length / cells.length;
    if (delimiter === " " && numbers < 0.5) continue;
    const score = same.length / rows.length + 0.5 * numbers;
    if (score > bestScore && same.length >= rows.length / 2) [best, bestScore] = [delimiter, score];
  }
  return best;
}
