/** The command that repeats a picture's fit. */
import type { ExploreState } from "../state.ts";
import { coordinatesOf, type Fitted, PLACES, rounded } from "./fitted.ts";

export function command(state: ExploreState, fitted: Fitted): string {
  const { y, x2, group, kernel, band, below } = state;
  const { fileName, widths, classes, degree, reading } = fitted;
  const isCurve = x2 === "";
  const { encoding, decimal, dateOrder, header, headerRow, sheet, badAsMissing = [] } = reading;
  const used = [...coordinatesOf(state), y];
  const leavesEmpty = badAsMissing === "all" || used.some((name) => badAsMissing.includes(name));
  const isRegression = y !== "" && !classes;
  return [
    ...["nadaraya", classes ? "classify" : y === "" ? "density" : "regress"],
    // A name that begins with a dash would be an option.
    shell(fileName.startsWith("-") ? `./${fileName}` : fileName),
    // One option for each name: within one, commas separate names.
    ...coordinatesOf(state).flatMap((name) => ["--x", shell(name)]),
    ...(y === "" ? [] : [classes ? "--label" : "--y", shell(y)]),
    ...(group === "" ? [] : ["--by", shell(group)]),
    ...["--bandwidth", rounded(widths).join(","), "--missing", "drop"],
    ...(kernel === "gaussian" ? [] : ["--kernel", kernel]),
    ...(isRegression && degree > 0 ? ["--degree", String(degree)] : []),
    ...(isRegression && isCurve && band ? ["--confidence", "0.95"] : []),
    ...(isRegression && isCurve && below === "slope" ? ["--gradient"] : []),
    ...(isCurve ? ["--grid", String(PLACES)] : []),
    ...(encoding === undefined ? [] : ["--encoding", encoding]),
    ...(decimal === undefined || decimal === "auto" ? [] : ["--decimal", decimal]),
    ...(dateOrder === undefined || dateOrder === "auto" ? [] : ["--dates", dateOrder]),
    ...(header === false ? ["--no-header"] : []),
    ...(headerRow === undefined ? [] : ["--header-row", String(headerRow)]),
    ...(sheet === undefined ? [] : ["--sheet", shell(sheet)]),
    ...(leavesEmpty ? ["--bad", "missing"] : []),
  ].join(" ");
}

/** As a shell wants it. */
const shell = (text: string) => (/^[\w.,/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
