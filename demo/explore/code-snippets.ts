/** What to write to get the same: in TypeScript, and at the command line. */
import type { ExploreState } from "./state.ts";

export function wordsFor(
  { x, x2, y, kernel, degree, band, slope }: ExploreState,
  fileName: string,
  widths: readonly number[],
  classes: boolean,
): { readonly typescript: string; readonly command: string } {
  const numbers = widths.map((width) => Number(width.toPrecision(4)));
  const bandwidth = numbers.length === 1 ? String(numbers[0]) : `[${numbers.join(", ")}]`;
  const named = kernel === "gaussian" ? "" : `, kernel: "${kernel}"`;
  const smooths = y !== "" && !classes;
  const polynomial = degree > 0 && smooths;
  const banded = band && smooths && x2 === "";
  const sloped = slope && smooths && x2 === "";
  const asked = [...(banded ? ["confidence: 0.95"] : []), ...(sloped ? ["gradient: true"] : [])];
  const keys = x2 === "" ? "x" : "rows";
  const regression = [
    `const model = await KernelRegression.fit({ keys: ${keys}, values: y, bandwidth: ${bandwidth}${named}${polynomial ? `, degree: ${degree}` : ""}, missing: "drop" });`,
    `const { mean${banded ? ", lower, upper" : ""}${sloped ? ", gradient" : ""} } = await model.predict(places${asked.length > 0 ? `, { ${asked.join(", ")} }` : ""});`,
  ];
  const density = [
    `const model = await KernelDensity.fit({ keys: x, bandwidth: ${bandwidth}${named} });`,
    "const { density } = await model.evaluate(places);",
  ];
  const classifier = [
    `const model = await KernelClassifier.fit({ keys: ${keys}, labels, bandwidth: ${bandwidth}${named}, missing: "drop" });`,
    "const { labels: found, probability } = await model.predict(places);",
  ];
  const command = [
    ...["nadaraya", classes ? "classify" : y === "" ? "density" : "regress", quoted(fileName)],
    ...[
      "--x",
      quoted(x2 === "" ? x : `${x},${x2}`),
      ...(y === "" ? [] : [classes ? "--label" : "--y", quoted(y)]),
    ],
    ...["--bandwidth", numbers.join(","), "--missing", "drop"],
    ...(kernel === "gaussian" ? [] : ["--kernel", kernel]),
    ...(polynomial ? ["--degree", String(degree)] : []),
    ...(banded ? ["--confidence", "0.95"] : []),
    ...(sloped ? ["--gradient"] : []),
  ];
  return {
    typescript: (classes ? classifier : y === "" ? density : regression).join("\n"),
    command: command.join(" "),
  };
}

/** As a shell wants it. */
const quoted = (text: string) => (/^[\w.,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
