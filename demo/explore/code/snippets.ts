/** What to write to get the same fit: at the command line, in TypeScript, Python and R. */
import type { ExploreState } from "./state.ts";

export const languages = ["command", "typescript", "python", "r"] as const;
export type Snippets = Readonly<Record<(typeof languages)[number], string>>;

export interface Fitted {
  readonly fileName: string;
  readonly widths: readonly number[];
  /** Whether y is text. */
  readonly classes: boolean;
  /** The first and last x. */
  readonly range: readonly [number, number];
}

export function snippetsFor(state: ExploreState, fitted: Fitted): Snippets {
  return {
    command: command(state, fitted),
    typescript: typescript(state, fitted),
    python: python(state, fitted),
    r: r(state, fitted),
  };
}

const rounded = (widths: readonly number[]) => widths.map((width) => Number(width.toPrecision(4)));
const isBanded = ({ band, y, x2 }: ExploreState, classes: boolean) =>
  band && y !== "" && !classes && x2 === "";
const isSloped = ({ below, x2 }: ExploreState) => below === "slope" && x2 === "";

function command(state: ExploreState, { fileName, widths, classes }: Fitted): string {
  const { x, x2, y, kernel, degree } = state;
  return [
    ...["nadaraya", classes ? "classify" : y === "" ? "density" : "regress", shell(fileName)],
    ...["--x", shell(x2 === "" ? x : `${x},${x2}`)],
    ...(y === "" ? [] : [classes ? "--label" : "--y", shell(y)]),
    ...["--bandwidth", rounded(widths).join(","), "--missing", "drop"],
    ...(kernel === "gaussian" ? [] : ["--kernel", kernel]),
    ...(degree > 0 && y !== "" && !classes ? ["--degree", String(degree)] : []),
    ...(isBanded(state, classes) ? ["--confidence", "0.95"] : []),
    ...(isSloped(state) ? ["--gradient"] : []),
  ].join(" ");
}

function typescript(state: ExploreState, { fileName, widths, classes }: Fitted): string {
  const { x, x2, y, kernel, degree } = state;
  const numbers = rounded(widths);
  const bandwidth = numbers.length === 1 ? String(numbers[0]) : `[${numbers.join(", ")}]`;
  const how = `bandwidth: ${bandwidth}${kernel === "gaussian" ? "" : `, kernel: ${quoted(kernel)}`}`;
  const banded = isBanded(state, classes);
  const sloped = isSloped(state);
  const asked = [...(banded ? ["confidence: 0.95"] : []), ...(sloped ? ["gradient: true"] : [])];
  const keys = `numbersOf(table, [${(x2 === "" ? [x] : [x, x2]).map(quoted).join(", ")}])`;
  const name = classes ? "KernelClassifier" : y === "" ? "KernelDensity" : "KernelRegression";
  const fit = {
    KernelDensity: `const model = await KernelDensity.fit({ keys: ${keys}, ${how}, missing: "drop" });
const { density } = await model.evaluate(places);`,
    KernelClassifier: `const labels = table.columns[${quoted(y)}];
const model = await KernelClassifier.fit({ keys: ${keys}, labels, ${how}, missing: "drop" });
const { labels: found, probability } = await model.predict(places);`,
    KernelRegression: `const values = numbersOf(table, [${quoted(y)}]);
const model = await KernelRegression.fit({ keys: ${keys}, values, ${how}${degree > 0 ? `, degree: ${degree}` : ""}, missing: "drop" });
const { mean${banded ? ", lower, upper" : ""}${sloped ? ", gradient" : ""} } = await model.predict(places${asked.length > 0 ? `, { ${asked.join(", ")} }` : ""});`,
  }[name];
  const places = x2 === "" ? "[0, 1, 2]" : "[[0, 0], [1, 1]]";
  return `import { ${name} } from "nadaraya";
import { numbersOf, readTable } from "nadaraya/io";

const table = await readTable(${quoted(fileName)});
const places = ${places}; // where to ask
${fit}`;
}

/** Weights of the kernels by the distance in bandwidths, in NumPy; R's are the same with other names. */
const WEIGHTS: Readonly<Record<string, string>> = {
  gaussian: "exp(-0.5 * u**2)",
  boxcar: "1.0 * (u < 1)",
  constant: "1.0 + 0 * u",
  triangular: "maximum(0, 1 - u)",
  epanechnikov: "maximum(0, 1 - u**2)",
  biweight: "maximum(0, 1 - u**2)**2",
  triweight: "maximum(0, 1 - u**2)**3",
  tricube: "maximum(0, 1 - u**3)**3",
  cosine: "where(u < 1, cos(pi / 2 * u), 0)",
  laplace: "exp(-u)",
};

function python({ x, x2, y, kernel, degree }: ExploreState, { fileName, widths, classes }: Fitted): string {
  const numbers = `[${rounded(widths).join(", ")}]`;
  const columns = [x, ...(x2 === "" ? [] : [x2])].map(quoted).join(", ");
  const used = [columns, ...(y === "" ? [] : [quoted(y)])].join(", ");
  const head = `import numpy as np
import pandas as pd

table = pd.${reader(fileName)}(${quoted(fileName)}).dropna(subset=[${used}])
keys = table[[${columns}]].to_numpy(float)
places = np.linspace(keys.min(0), keys.max(0), 600)`;
  if (kernel === "gaussian" && !classes && y !== "" && degree < 2)
    return `${head}

from statsmodels.nonparametric.kernel_regression import KernelReg
fit = KernelReg(table[${quoted(y)}], keys, "${x2 === "" ? "c" : "cc"}", reg_type="${degree === 1 ? "ll" : "lc"}", bw=${numbers})
mean, slope = fit.fit(places)`;
  const weight = WEIGHTS[kernel];
  if (!weight) return `${head}\n\n# The kernel ${kernel} has no counterpart in SciPy or statsmodels.`;
  const call = weight.replaceAll(/\b(exp|maximum|where|cos|pi)\b/g, "np.$1");
  const weights = `${head}
u = np.linalg.norm((places[:, None] - keys) / ${numbers}, axis=2)
alpha = ${call}`;
  if (y === "")
    return kernel === "gaussian"
      ? `${weights}
density = alpha.mean(1) / (np.sqrt(2 * np.pi) * ${rounded(widths)[0]})`
      : `${weights}
density = alpha.sum(1) / np.trapezoid(alpha.sum(1), places[:, 0])`;
  if (classes)
    return `${weights}
labels = pd.get_dummies(table[${quoted(y)}]).to_numpy(float)
probability = alpha @ labels / alpha.sum(1, keepdims=True)`;
  if (degree === 0)
    return `${weights}
mean = alpha @ table[${quoted(y)}].to_numpy(float) / alpha.sum(1)`;
  const square =
    degree === 2 ? ", *(d[:, i] * d[:, j] for i in range(d.shape[1]) for j in range(i + 1))" : "";
  return `${weights}
values = table[${quoted(y)}].to_numpy(float)

def local(place, weight):
    d = keys - place
    design = np.column_stack([np.ones(len(d)), d${square}])
    root = np.sqrt(weight)[:, None]
    return np.linalg.lstsq(root * design, root[:, 0] * values, rcond=None)[0][0]

mean = [local(place, weight) for place, weight in zip(places, alpha)]`;
}

function r({ x, x2, y, kernel, degree }: ExploreState, { fileName, widths, classes }: Fitted): string {
  const column = (name: string) => `table[[${quoted(name)}]]`;
  const ending = fileName.split(".").pop()?.toLowerCase() ?? "";
  const read =
    ending === "parquet"
      ? `table <- arrow::read_parquet(${quoted(fileName)})`
      : ending === "arrow" || ending === "feather"
        ? `table <- arrow::read_feather(${quoted(fileName)})`
        : `table <- read.csv(${quoted(fileName)}, check.names = FALSE)`;
  const used = [x, ...(x2 === "" ? [] : [x2]), ...(y === "" ? [] : [y])].map(quoted).join(", ");
  const head = `${read}\ntable <- na.omit(table[, c(${used})${used.includes(",") ? "" : ", drop = FALSE"}])`;
  const numbers = rounded(widths);
  if (kernel === "gaussian" && x2 === "" && !classes && y !== "")
    return `${head}
fit <- KernSmooth::locpoly(${column(x)}, ${column(y)}, degree = ${degree}, bandwidth = ${numbers[0]}, gridsize = 600)
plot(fit, type = "l")`;
  if (kernel === "gaussian" && y === "") return `${head}\nplot(density(${column(x)}, bw = ${numbers[0]}))`;
  const weight = WEIGHTS[kernel]
    ?.replaceAll("**", "^")
    .replaceAll("maximum", "pmax")
    .replaceAll("where", "ifelse");
  if (!weight) return `${head}\n# The kernel ${kernel} has no counterpart in R's packages.`;
  const distance =
    x2 === ""
      ? `abs(place - ${column(x)}) / ${numbers[0]}`
      : `sqrt(((place[1] - ${column(x)}) / ${numbers[0]})^2 + ((place[2] - ${column(x2)}) / ${numbers[1]})^2)`;
  const result = classes
    ? `tapply(alpha, ${column(y)}, sum) / sum(alpha)`
    : y === ""
      ? "sum(alpha)"
      : degree === 0 || x2 !== ""
        ? `weighted.mean(${column(y)}, alpha)`
        : `coef(lm(${column(y)} ~ poly(${column(x)} - place, ${degree}, raw = TRUE), weights = alpha))[1]`;
  return `${head}
estimate <- function(place) {
  u <- ${distance}
  alpha <- ${weight}
  ${result}
}`;
}

/** How pandas reads the file. */
function reader(fileName: string): string {
  const ending =
    fileName
      .replace(/\.(gz|zst)$/, "")
      .split(".")
      .pop()
      ?.toLowerCase() ?? "";
  const known: Readonly<Record<string, string>> = {
    ...{ parquet: "read_parquet", arrow: "read_feather", feather: "read_feather", xlsx: "read_excel" },
    ...{ json: "read_json", tsv: "read_table", tab: "read_table" },
  };
  return known[ending] ?? "read_csv";
}

const quoted = (text: string) => JSON.stringify(text);

/** As a shell wants it. */
const shell = (text: string) => (/^[\w.,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
