/** Fills a table from whatever kind of file: names, then cells, then the types of the columns. */
import { NadarayaError, show } from "../common/errors.ts";
import { nearestOf } from "../common/suggestions.ts";
import type { ReadOptions } from "./options.ts";
import { type ColumnSummary, type Table, uniqueNames, type Wanted } from "./table.ts";
import { type BadCell, type Column, ColumnBuilder, type TypedColumn } from "./typing/column.ts";
import { typingOptions } from "./typing/options.ts";

/** Names of columns that an error lists; of more it names the nearest. */
const MOST_LISTED = 20;

export class TableBuilder {
  readonly notes: string[] = [];
  private readonly source: string;
  private readonly options: ReadOptions;
  private readonly builders = new Map<string, ColumnBuilder>();
  private names: readonly string[] = [];
  private wanted: Wanted | undefined;
  private count = 0;

  /** @param source how errors name the file */
  constructor(source: string, options: ReadOptions) {
    this.source = source;
    this.options = options;
  }

  /**
   * Takes the names of all columns of the file; returns those to read, with their places in a row.
   * @param where the part of the file for errors: ' in the sheet "Data"'
   * @throws NadarayaError "invalid-input" where one is lacking, or two have a name that is requested
   */
  start(
    given: readonly string[],
    where = "",
  ): readonly (readonly [name: string, place: number, column: ColumnBuilder])[] {
    if (given.length === 0) throw this.error("is empty: expected a row of column names");
    const filled = given.map((name, i) => (name === "" ? `Unnamed: ${i}` : name));
    const names = uniqueNames(filled);
    this.wanted =
      typeof this.options.wanted === "function" ? this.options.wanted(names) : this.options.wanted;
    const { wanted } = this;
    for (const [i, name] of names.entries()) {
      if (name === given[i]) continue;
      const was = given[i] === "" ? "a column without a name" : `a second column ${show(given[i])}`;
      if (!wanted || Object.hasOwn(wanted, name)) this.notes.push(`${was} is called ${show(name)}`);
    }
    const places = new Map(names.map((name, i) => [name, i]));
    const requested = wanted ? Object.keys(wanted) : names;
    for (const name of requested) {
      if (!places.has(name)) throw this.error(`has no column ${show(name)}${where}; ${hint(name, names)}`);
      if (wanted && filled.indexOf(name) !== filled.lastIndexOf(name))
        throw this.error(`has two columns named ${show(name)}; expected one, as it is requested`);
    }
    this.names = requested;
    const typing = typingOptions(this.options);
    return requested.map((name) => {
      const kind = wanted && Object.hasOwn(wanted, name) ? wanted[name] : undefined;
      const column = new ColumnBuilder(kind, typing);
      this.builders.set(name, column);
      return [name, places.get(name)!, column];
    });
  }

  /** Counts rows, of which some may have no cells. */
  set rows(count: number) {
    this.count = Math.max(this.count, count);
  }

  get rows(): number {
    return this.count;
  }

  /**
   * @param where names the place of a row for people: "line 4"
   * @throws NadarayaError "invalid-input" for a cell that is no number in a column that is requested as numbers
   */
  finish(where: (row: number) => string = (row) => `row ${row + 1}`): Table {
    const { wanted } = this;
    const { badAsMissing = [], epoch = {} } = this.options;
    const columns: [string, Column][] = [];
    const dates: string[] = [];
    const summary: ColumnSummary[] = [];
    const typed = this.typed(badAsMissing);
    for (const name of this.names) {
      const { type, column, missing, firstBad, firstError, isRefused, form } = typed.get(name)!;
      const located = (cell: BadCell | undefined) => cell && { ...cell, where: where(cell.row) };
      const bad = located(firstBad);
      const error = located(firstError);
      const unit = Object.hasOwn(epoch, name) ? UNITS[epoch[name]] : undefined;
      const firstMissing = missing > 0 && column ? where(missingRow(column)) : undefined;
      summary.push({
        ...{ name, type: unit === undefined ? type : "date", missing, firstMissing },
        ...{ firstBad: bad, firstError: error, form },
      });
      if (error)
        this.notes.push(
          `column ${show(name)}: ${error.count} ${error.count === 1 ? "cell shows" : "cells show"} an error and ${error.count === 1 ? "counts" : "count"} as empty, first ${error.where}: ${error.value}`,
        );
      if (
        wanted &&
        bad &&
        (type === "nested" || type === "text" || isRefused) &&
        (wanted[name] === "number" || type === "nested")
      ) {
        const of = bad.count > 1 || this.count > 1 ? ` (${bad.count} of ${this.count} rows)` : "";
        throw this.error(`${bad.where}, column ${show(name)}: ${show(bad.value)} ${bad.problem}${of}`);
      }
      if (!column) continue;
      if (unit !== undefined) {
        if (!(column instanceof Float64Array))
          throw this.error(`column ${show(name)} is text, expected numbers since 1970`);
        for (let i = 0; i < column.length; i++) column[i] *= unit;
      }
      if (type === "date" || unit !== undefined) dates.push(name);
      columns.push([name, column]);
    }
    const table = { names: columns.map(([name]) => name), columns: Object.fromEntries(columns) };
    return { ...table, rows: this.count, dates, summary, notes: this.notes };
  }

  /** Every column by itself; then those whose points may separate thousands, where another one has decimal commas. */
  private typed(badAsMissing: readonly string[] | "all"): Map<string, TypedColumn> {
    const typed = new Map<string, TypedColumn>();
    for (const [name, builder] of this.builders) {
      const column = builder.finish(this.count, badAsMissing === "all" || badAsMissing.includes(name));
      typed.set(name, column);
      if (!column.isGrouped) this.builders.delete(name); // and its memory
    }
    if ([...typed.values()].some(({ hasCommas }) => hasCommas))
      for (const [name, { isGrouped, missing }] of typed) {
        if (!isGrouped) continue;
        const column = this.builders.get(name)!.asText(this.count);
        const row = column.findIndex((text) => text?.includes("."));
        const problem =
          "may have a thousands separator or a decimal point, as another column has decimal commas; name the decimal sign";
        const firstBad = {
          ...{ row, value: column[row]!, problem, count: this.count - missing },
          isAmbiguous: true,
        };
        typed.set(name, { type: "text", column, missing, firstBad });
      }
    this.builders.clear();
    return typed;
  }

  error(message: string): NadarayaError {
    return new NadarayaError("invalid-input", `${this.source} ${message}`);
  }
}

const missingRow = (column: Column): number =>
  column instanceof Float64Array ? column.findIndex(Number.isNaN) : column.indexOf(undefined);

/** Milliseconds of a unit of an epoch. */
const UNITS = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 } as const;

function hint(name: string, names: readonly string[]): string {
  const nearest = names.length > MOST_LISTED ? nearestOf(name, names) : undefined;
  if (nearest !== undefined) return `did you mean ${show(nearest)}?`;
  const listed = names.slice(0, MOST_LISTED).map(show).join(", ");
  return names.length > MOST_LISTED
    ? `it has ${listed} and ${names.length - MOST_LISTED} more`
    : `it has ${listed}`;
}
