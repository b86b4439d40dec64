/** TypeScript that repeats a picture's fit in Node. */
import type { ExploreState } from "../state.ts";
import { ACROSS, coordinatesOf, type Fitted, PLACES, quoted, rounded, UP } from "./fitted.ts";

export function typescript(state: ExploreState, fitted: Fitted): string {
  const { y, x2, group, kernel, band, below } = state;
  const { fileName, widths, classes, degree, reading } = fitted;
  const [first, ...others] = rounded(widths);
  const how = [
    `bandwidth: ${others.length === 0 ? first : `[${[first, ...others].join(", ")}]`}`,
    ...(kernel === "gaussian" ? [] : [`kernel: ${quoted(kernel)}`]),
    ...(degree > 0 && y !== "" && !classes ? [`degree: ${degree}`] : []),
    'missing: "drop"',
  ].join(", ");
  const isCurve = x2 === "";
  const asked = [
    ...(isCurve && band ? ["confidence: 0.95"] : []),
    ...(isCurve && below === "slope" ? ["gradient: true"] : []),
  ];
  const found = [
    "mean",
    ...(isCurve && band ? ["lower", "upper"] : []),
    ...(isCurve && below === "slope" ? ["gradient"] : []),
  ].join(", ");
  const options = asked.length > 0 ? `, { ${asked.join(", ")} }` : "";
  const estimator = classes ? "KernelClassifier" : y === "" ? "KernelDensity" : "KernelRegression";
  const chosen = Object.entries(reading).filter(
    ([, value]) => value !== undefined && value !== "auto" && !(Array.isArray(value) && value.length === 0),
  );
  const readOptions = ["name", ...chosen.map(([name, value]) => `${name}: ${JSON.stringify(value)}`)].join(
    ", ",
  );
  const head = `import { readFile } from "node:fs/promises";
import { ${estimator} } from "nadaraya";
import { numbersOf, readTable } from "nadaraya/io";

const name = ${quoted(fileName)};
const table = await readTable(await readFile(name), { ${readOptions} });
${placesOf(fitted)}
const keys = numbersOf(table, [${coordinatesOf(state).map(quoted).join(", ")}]);`;
  if (classes)
    return `${head}
const labels = table.columns[${quoted(y)}] as string[];
const model = await KernelClassifier.fit({ keys, labels, ${how} });
const { probability } = await model.predict(places); // of ${quoted(y)}: model.classes, in turn for each place`;
  if (group === "")
    return y === ""
      ? `${head}
const model = await KernelDensity.fit({ keys, ${how} });
const { density } = await model.evaluate(places);`
      : `${head}
const values = numbersOf(table, [${quoted(y)}]);
const model = await KernelRegression.fit({ keys, values, ${how} });
const { ${found} } = await model.predict(places${options});`;
  const call = y === "" ? "evaluate(places)" : `predict(places${options})`;
  const input =
    y === "" ? "keys: ofGroup(keys.data)" : "keys: ofGroup(keys.data), values: ofGroup(values.data)";
  return `${head}${y === "" ? "" : `\nconst values = numbersOf(table, [${quoted(y)}]);`}
const groups = table.columns[${quoted(group)}] as (string | undefined)[];
const curves = new Map(); // one for each ${quoted(group)}
for (const group of new Set(groups)) {
  if (group === undefined) continue;
  const ofGroup = (column: Float64Array) => column.filter((_, row) => groups[row] === group);
  const model = await ${estimator}.fit({ ${input}, ${how} });
  curves.set(group, await model.${call});
}`;
}

/** Where the curve or the map is computed. */
function placesOf({ ranges: [across, up] }: Fitted): string {
  const [least, most] = across;
  if (!up)
    return `const [least, most] = [${least}, ${most}];
const places = Float64Array.from({ length: ${PLACES} }, (_, i) => least + (i / ${PLACES - 1}) * (most - least));`;
  return `const [[left, right], [bottom, top]] = [[${least}, ${most}], [${up[0]}, ${up[1]}]];
const places = Array.from({ length: ${ACROSS} * ${UP} }, (_, i) => [
  left + (((i % ${ACROSS}) + 0.5) / ${ACROSS}) * (right - left),
  bottom + ((Math.floor(i / ${ACROSS}) + 0.5) / ${UP}) * (top - bottom),
]);`;
}
