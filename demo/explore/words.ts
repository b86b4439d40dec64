/** What to write to get the same: in TypeScript, and at the command line. */
import type { ExploreState } from "./state.ts";

export function wordsFor(
  { x, x2, y, kernel, degree, band }: ExploreState,
  fileName: string,
  widths: readonly number[],
): { readonly typescript: string; readonly command: string } {
  const numbers = widths.map((width) => Number(width.toPrecision(4)));
  const bandwidth = numbers.length === 1 ? String(numbers[0]) : `[${numbers.join(", ")}]`;
  const named = kernel === "gaussian" ? "" : `, kernel: "${kernel}"`;
  const polynomial = degree > 0 && y !== "";
  const banded = band && y !== "" && x2 === "";
  const regression = [
    `const model = await KernelRegression.fit({ keys: ${x2 === "" ? "x" : "rows"}, values: y, bandwidth: ${bandwidth}${named}${polynomial ? `, degree: ${degree}` : ""}, missing: "drop" });`,
    `const { mean${banded ? ", lower, upper" : ""} } = await model.predict(places${banded ? ", { confidence: 0.95 }" : ""});`,
  ];
  const density = [
    `const model = await KernelDensity.fit({ keys: x, bandwidth: ${bandwidth}${named} });`,
    "const { density } = await model.evaluate(places);",
  ];
  const command = [
    ...["nadaraya", y === "" ? "density" : "regress", quoted(fileName)],
    ...["--x", quoted(x2 === "" ? x : `${x},${x2}`), ...(y === "" ? [] : ["--y", quoted(y)])],
    ...["--bandwidth", numbers.join(","), "--missing", "drop"],
    ...(kernel === "gaussian" ? [] : ["--kernel", kernel]),
    ...(polynomial ? ["--degree", String(degree)] : []),
    ...(banded ? ["--confidence", "0.95"] : []),
  ];
  return { typescript: (y === "" ? density : regression).join("\n"), command: command.join(" ") };
}

/** As a shell wants it. */
const quoted = (text: string) => (/^[\w.,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
