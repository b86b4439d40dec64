/** What is chosen, and what can be: columns of the table, and the controls that apply to them. */
import { type ColumnProfile, suggest } from "./columns.ts";
import type { Opened } from "./numbers.ts";
import { element, field, fill } from "./page.ts";
import { type ExploreState, MOST_KEPT } from "./state.ts";

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

/** Shows the state in the controls, and which of them apply; takes out of it what does not go together. */
export function showChoices({ table }: Opened, state: ExploreState): void {
  const isClass = state.y !== "" && !(table.columns[state.y] instanceof Float64Array);
  if (state.y === "" || state.x2 === state.x) state.x2 = "";
  if (isClass || state.x2 !== "") state.group = "";
  const smooths = state.y !== "" && !isClass;
  const isCurve = smooths && state.x2 === "";
  // A local mean has a slope where the kernel is smooth; a local line has one of its own.
  const slopes = isCurve && (state.degree > 0 || state.kernel === "gaussian");
  if (!isCurve || (state.below === "slope" && !slopes)) state.below = "";
  for (const name of ["x", "x2", "y", "group", "kernel", "degree", "below"] as const)
    field<HTMLSelectElement>(name).value = String(state[name]);
  for (const name of ["band", "quartiles"] as const) field<HTMLInputElement>(name).checked = state[name];
  field<HTMLInputElement>("x2").disabled = state.y === "";
  field<HTMLInputElement>("group").disabled = isClass || state.x2 !== "";
  field<HTMLInputElement>("degree").disabled = !smooths;
  for (const name of ["band", "quartiles", "below"]) field<HTMLInputElement>(name).disabled = !isCurve;
  field<HTMLSelectElement>("below").options[1].disabled = !slopes;
  element<HTMLButtonElement>("keep").disabled = !isCurve || state.kept.length >= MOST_KEPT;
  element("drop").hidden = state.kept.length === 0;
}
