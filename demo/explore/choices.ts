/** Which columns of a table are chosen, and which can be. */
import { type ColumnProfile, suggest } from "./columns.ts";
import type { Opened } from "./numbers.ts";
import { fill } from "./page.ts";
import type { ExploreState } from "./state.ts";

/** The columns that were wished for where the table has them, else those worth a first look. */
export function columnsFor({ profiles }: Opened, wishes: Partial<ExploreState>) {
  const has = (name: string | undefined, types: readonly string[]) =>
    name !== undefined && profiles.some((each) => each.name === name && types.includes(each.type));
  const numbers = ["number", "date"];
  const usual = suggest(profiles);
  const x = has(wishes.x, numbers) ? wishes.x! : usual.x;
  const other = usual.y === x ? usual.x : usual.y;
  const y =
    wishes.y === "" && wishes.x
      ? ""
      : has(wishes.y, [...numbers, "text"])
        ? wishes.y!
        : other === x
          ? ""
          : other;
  return {
    ...{ x, y },
    x2: has(wishes.x2, numbers) ? wishes.x2! : "",
    group: has(wishes.group, ["text"]) ? wishes.group! : "",
  };
}

/** Fills the lists to choose from. */
export function listColumns({ table, profiles }: Opened): void {
  const named = ({ name, isId }: ColumnProfile): [string, string] => [
    name,
    isId ? `${name} (numbers its rows)` : name,
  ];
  const numeric = profiles.filter(({ type }) => type !== "text").map(named);
  const texts = profiles.filter(({ type }) => type === "text").map(named);
  fill("x", numeric);
  fill("x2", [["", "(none: a curve)"], ...numeric]);
  fill("y", [
    ...table.names.map((name) => named(profiles.find((each) => each.name === name)!)),
    ["", "(the density of x)"],
  ]);
  fill("group", [["", "(one curve for all)"], ...texts]);
}
