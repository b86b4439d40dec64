/** The SQL by which a database bins its rows. */
import { NadarayaError, show } from "../common/errors.ts";
import { checkInput, isBetween } from "../common/options.ts";

/** One coordinate of a grid. */
export interface GridAxis {
  readonly column: string;
  /** How far cells are apart: half a bandwidth or less. */
  readonly spacing: number;
  /** Where one of the cells is; 0 by default. */
  readonly origin?: number;
}

/** What a query bins. */
export interface GridQuery {
  /** A table's name, as the database has it, or a select in parentheses. */
  readonly table: string;
  readonly x: readonly GridAxis[];
  /** The values' column; without it, the grid is for densities. */
  readonly y?: string;
  /** A column of weights. */
  readonly weight?: string;
}

/** Coordinates of a grid: it has 2^d corners a row. */
const MOST_AXES = 3;

/**
 * A query of standard SQL (DuckDB, PostgreSQL, SQLite, Snowflake, Spark, …) that bins rows linearly: its columns are x1, x2, …, weight,
 * sum and squares, as `fromGrid` takes them. Rows with a null are left out.
 * @throws NadarayaError "invalid-input"
 */
export function gridQuery(query: GridQuery): string {
  checkInput(query, ["table", "x", "y", "weight"], "gridQuery");
  const { table, x, y, weight } = query;
  if (typeof table !== "string" || table.trim() === "")
    throw new NadarayaError("invalid-input", `table is ${show(table)}, expected its name`);
  if (!Array.isArray(x) || !isBetween(x.length, 1, MOST_AXES))
    throw new NadarayaError("invalid-input", `x is ${show(x)}, expected 1 to ${MOST_AXES} axes`);
  for (const [j, axis] of x.entries()) {
    checkInput(axis, ["column", "spacing", "origin"], `gridQuery: x[${j}]`);
    const { spacing, origin = 0, column } = axis;
    if (!isBetween(spacing, Number.MIN_VALUE, Number.MAX_VALUE) || !Number.isFinite(origin))
      throw new NadarayaError(
        "invalid-input",
        `x[${j}] has spacing ${show(spacing)} and origin ${show(origin)}, expected a number above 0, and a number`,
      );
    checkName(column, `the column of x[${j}]`);
  }
  if (y !== undefined) checkName(y, "y");
  if (weight !== undefined) checkName(weight, "weight");
  const place = ({ column, spacing, origin = 0 }: GridAxis) =>
    `((${quoted(column)} - (${decimal(origin)})) / ${decimal(spacing)})`;
  const columns = [...x.map(({ column }) => column), ...[y, weight].filter((name) => name !== undefined)];
  const placed = [
    ...x.flatMap((axis, j) => [
      `floor(${place(axis)}) as i${j + 1}`,
      `${place(axis)} - floor(${place(axis)}) as t${j + 1}`,
    ]),
    `${weight === undefined ? "1.0" : quoted(weight)} as w`,
    ...(y === undefined ? [] : [`${quoted(y)} as y`]),
  ];
  const corners = Array.from({ length: 2 ** x.length }, (_, corner) => {
    const upper = x.map((_, j) => (corner >> j) & 1);
    const share = ["w", ...upper.map((up, j) => (up ? `t${j + 1}` : `(1 - t${j + 1})`))].join(" * ");
    const at = upper.map((up, j) => `i${j + 1} + ${up} as i${j + 1}`);
    return `  select ${[...at, `${share} as share`, ...(y === undefined ? [] : ["y"])].join(", ")} from placed`;
  });
  const cells = x.map((_, j) => `i${j + 1}`);
  const results = [
    ...x.map(
      ({ spacing, origin = 0 }, j) => `(${decimal(origin)}) + ${decimal(spacing)} * i${j + 1} as x${j + 1}`,
    ),
    'sum(share) as "weight"',
    ...(y === undefined ? [] : ['sum(share * y) as "sum"', 'sum(share * y * y) as "squares"']),
  ];
  return [
    "with placed as (",
    `  select ${placed.join(", ")}`,
    `  from ${table}`,
    `  where ${columns.map((name) => `${quoted(name)} is not null`).join(" and ")}`,
    "), corners as (",
    corners.join("\n  union all\n"),
    ")",
    `select ${results.join(", ")}`,
    "from corners where share > 0",
    `group by ${cells.join(", ")}`,
  ].join("\n");
}

function checkName(name: unknown, what: string): void {
  if (typeof name !== "string")
    throw new NadarayaError("invalid-input", `${what} is ${show(name)}, expected a column's name`);
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A number that SQL takes for a floating-point one, so that no division is one of integers. */
const decimal = (x: number) => (Number.isInteger(x) && Math.abs(x) < 1e15 ? `${x}.0` : String(x));
