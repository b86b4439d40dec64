/** Which of the first rows of a table hold titles and comments, and which one the names. */
import { parseNumber } from "./typing/number-forms.ts";
import { MISSING } from "./typing/options.ts";

type Row = readonly string[];

export const isBlank = (cells: Row): boolean => cells.every((cell) => cell.trim() === "");

export const isNumber = (cell: string): boolean => parseNumber(cell, "auto") !== undefined;

/** The number of cells that most rows have. */
export function commonWidth(rows: readonly Row[]): number {
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [1, 0])[0];
}

export interface TitleOptions {
  /** The row to begin with, from 0 on. */
  readonly from: number;
  readonly width: number;
  /** What comments begin with; by default "#", in rows that cannot be names. */
  readonly comment?: string;
  /** Called with each row that is left out and not blank. */
  readonly onTitle: (cells: Row) => void;
}

/** The row of the names, from 0 on: what is above it are blank rows, titles and comments. The number of rows if there is none. */
export function namesRow(rows: readonly Row[], { from, width, comment, onTitle }: TitleOptions): number {
  let above = from;
  for (; above < rows.length; above++) {
    const cells = rows[above];
    if (isBlank(cells)) continue;
    if (!isComment(cells, rows[above + 1], width, comment) && !isTitle(rows, above, width)) break;
    onTitle(cells);
  }
  return above;
}

function isComment(cells: Row, next: Row | undefined, width: number, comment: string | undefined): boolean {
  if (!cells[0]?.startsWith(comment ?? "#")) return false;
  // "#id,x" may be names: then data follow, with a number somewhere.
  return comment !== undefined || cells.length !== width || !next?.some(isNumber);
}

const filledCells = (cells: Row): number => cells.filter((cell) => cell.trim() !== "").length;

/** A row of one cell, of few cells with a blank row below, or of fewer cells than the names below it. */
function isTitle(rows: readonly Row[], at: number, width: number): boolean {
  if (width === 1) return false;
  const filled = filledCells(rows[at]);
  const isApart = at + 1 < rows.length && isBlank(rows[at + 1]);
  const isShort = filled === 1 || (isApart && 2 * filled <= width);
  const below = rows.slice(at + 1);
  return (isShort && !startsData(below, width)) || (filled < width && hasNames(below, width));
}

/** Whether the row above the first one with a number looks like names: a text in each cell, all different. */
function hasNames(rows: readonly Row[], width: number): boolean {
  const first = rows.findIndex((cells) => cells.length === width && cells.some(isNumber));
  const names = rows.slice(0, Math.max(first, 0)).findLast((cells) => !isBlank(cells));
  return (
    names !== undefined &&
    names.length === width &&
    new Set(names).size === width &&
    !names.some((cell) => isNumber(cell) || MISSING.has(cell.trim()))
  );
}

/** Whether the next row that has the common width is of numbers: then the row above it were the names. */
function startsData(rows: readonly Row[], width: number): boolean {
  const next = rows.find((cells) => cells.length === width && !isBlank(cells));
  return next?.every((cell) => cell.trim() === "" || isNumber(cell)) ?? true;
}
