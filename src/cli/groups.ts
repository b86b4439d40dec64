/** `--by`: a fit for each value of a column of text. */
import { numbersOf, type Table, tableOf, uniqueNames, type Wanted } from "../io/table.ts";
import type { Run } from "./run-command.ts";
import { spoken } from "./shell-words.ts";

export interface GroupOptions {
  readonly by?: string;
}

/** The column for a reader's `wanted`. */
export const groupColumn = ({ by }: GroupOptions): Wanted => (by === undefined ? {} : { [by]: "text" });

/** The answers of all groups, one below the other, with the group in the first column; groups are in the order of their names. */
export async function inGroups(
  run: Run,
  { by }: GroupOptions,
  answer: (run: Run) => Promise<Table>,
): Promise<Table> {
  if (by === undefined) return answer(run);
  const rowsOf = new Map<string, number[]>();
  for (const [row, group] of (run.table.columns[by] as readonly (string | undefined)[]).entries()) {
    if (group === undefined) continue;
    const rows = rowsOf.get(group);
    if (rows) rows.push(row);
    else rowsOf.set(group, [row]);
  }
  const parts: { readonly group: string; readonly table: Table }[] = [];
  for (const group of [...rowsOf.keys()].sort())
    parts.push({
      group,
      table: await spoken(() => answer(partOf(run, group, rowsOf.get(group)!)), `${by} ${group}`),
    });
  if (parts.length === 0) return answer(run);
  const [{ table: first }] = parts;
  const groups = parts.flatMap(({ group, table }) => Array.from({ length: table.rows }, () => group));
  const names = uniqueNames([by, ...first.names]);
  const columns = first.names.map((name, j) => {
    const column = new Float64Array(groups.length);
    let at = 0;
    for (const { table } of parts) {
      column.set(table.columns[name] as Float64Array, at);
      at += table.rows;
    }
    return [names[j + 1], column] as const;
  });
  return tableOf(
    [[by, groups], ...columns],
    names.filter((_, j) => j > 0 && first.dates?.includes(first.names[j - 1])),
  );
}

/** The run with some of its rows. */
function partOf(run: Run, group: string, rows: readonly number[]): Run {
  const take = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]);
  const { table, columns, input } = run;
  const kept = Object.entries(table.columns).filter(([, column]) => column instanceof Float64Array);
  const part: Table = {
    ...{ names: kept.map(([name]) => name), rows: rows.length, dates: table.dates },
    columns: Object.fromEntries(kept.map(([name, column]) => [name, take(column as Float64Array)])),
  };
  const { sampleWeights } = input;
  return {
    ...{ ...run, table: part, group },
    input: {
      ...input,
      keys: numbersOf(part, columns.x),
      sampleWeights: sampleWeights && take(sampleWeights as Float64Array),
    },
  };
}
