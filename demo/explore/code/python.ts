/** Python (NumPy and pandas) that repeats a picture's fit. */
// cspell:ignore arange Timedelta arrange dayfirst dtype notna pyarrow skiprows
import type { ColumnForm } from "../../../src/io/table.ts";
import type { ExploreState } from "../state.ts";
import {
  ACROSS,
  endingsOf,
  estimatedOf,
  type Fitted,
  kindOf,
  layoutOf,
  MISSING,
  PLACES,
  quoted,
  rounded,
  UP,
  WEIGHTS,
} from "./fitted.ts";
import { massOf } from "./mass.ts";

export function python(state: ExploreState, fitted: Fitted): string {
  const { y, group, kernel } = state;
  const { widths, classes, degree } = fitted;
  const weight = WEIGHTS[kernel]?.replaceAll(/\b(exp|maximum|where|cos|pi|sqrt)\b/g, "np.$1");
  if (!weight) return `# The kernel ${kernel} has no counterpart in NumPy.`;
  const { coordinates, isRegression, text, what } = estimatedOf(state, fitted);
  const read = (name: string) => columnOf(name, fitted);
  const finite = [
    ...coordinates.map((_, j) => `np.isfinite(x${j + 1})`),
    ...(isRegression ? ["np.isfinite(y)"] : []),
  ];
  const rows = [...finite, ...(text === "" ? [] : [`table[${quoted(text)}].notna().to_numpy()`])].join(" & ");
  const degrees = Array.from({ length: degree }, (_, k) => (k === 0 ? "z" : `z**${k + 1}`));
  const products =
    degree === 2
      ? coordinates.length === 1
        ? ["z", "z**2"]
        : ["z", "z**2", "z[:, :1] * z[:, 1:]"]
      : degrees;
  const result = classes
    ? `[alpha[labels == name].sum() / alpha.sum() for name in names]`
    : y === ""
      ? `alpha.sum() / (len(keys) * widths[0] * ${massOf(kernel)})`
      : degree === 0
        ? "alpha @ values / alpha.sum()"
        : `np.linalg.lstsq(root * np.column_stack([np.ones(len(z)), ${products.join(", ")}]), root[:, 0] * values, rcond=None)[0][0]`;
  const root = isRegression && degree > 0 ? "\n    root = np.sqrt(alpha)[:, None]" : "";
  const guard =
    y === ""
      ? ""
      : `\n    if alpha.sum() == 0:\n        return ${classes ? "[np.nan] * len(names)" : "np.nan"} # no row in reach`;
  const call = isRegression ? "keys, values, place" : "keys, place";
  const some = isRegression
    ? "keys[groups == name], values[groups == name], place"
    : "keys[groups == name], place";
  return `${readerOf(fitted, text !== "")}
${coordinates.map((name, j) => `x${j + 1} = ${read(name)}`).join("\n")}${isRegression ? `\ny = ${read(y)}` : ""}
rows = ${rows}
keys = np.column_stack([${coordinates.map((_, j) => `x${j + 1}`).join(", ")}])[rows]${isRegression ? "\nvalues = y[rows]" : ""}${
    classes
      ? `\nlabels = table[${quoted(y)}].astype(str).to_numpy()[rows]\nnames = np.unique(labels)`
      : group === ""
        ? ""
        : `\ngroups = table[${quoted(group)}].astype(str).to_numpy()[rows]`
  }
widths = np.array([${rounded(widths).join(", ")}])
${placesOf(fitted)}

def estimate(${call}):
    z = (keys - place) / widths
    u = np.linalg.norm(z, axis=1)
    alpha = ${weight}${guard.replace(" # ", "  # ")}${root}
    return ${result}

${
  group === ""
    ? `${what} = np.array([estimate(${call}) for place in places])`
    : `${what} = {name: np.array([estimate(${some}) for place in places]) for name in np.unique(groups)}`
}`;
}

/** Reads the table; text stays text, so that columns are read as the page reads them. */
function readerOf(fitted: Fitted, hasText: boolean): string {
  const { fileName } = fitted;
  const { ending, packed } = endingsOf(fileName);
  const { delimiter, encoding, above, hasNames, sheet } = layoutOf(fitted);
  const name = quoted(fileName);
  const head = "import numpy as np\nimport pandas as pd\n";
  switch (kindOf(ending)) {
    case "json":
      return `${head}\ntable = pd.read_json(${name}, convert_dates=False)`;
    case "jsonl":
      return `${head}\ntable = pd.read_json(${name}, lines=True, convert_dates=False)`;
    case "geojson":
      return `import json\n${head}
features = json.load(${packed === "" ? `open(${name}, encoding="utf-8")` : `__import__("gzip").open(${name})`})["features"]
table = pd.DataFrame([dict(zip(["longitude", "latitude", "altitude"], f["geometry"]["coordinates"]), **f["properties"]) for f in features])`;
    case "parquet":
      return `${head}\ntable = pd.read_parquet(${name})`;
    case "feather":
      return `${head}\ntable = pd.read_feather(${name})`;
    case "stream":
      return `${head}import pyarrow as pa\n\ntable = pa.ipc.open_stream(${name}).read_pandas()`;
    case "xlsx": {
      const options = [
        ...(sheet === undefined ? [] : [`sheet_name=${quoted(sheet)}`]),
        ...(above > 0 ? [`skiprows=${above}`] : []),
      ];
      return `${head}\ntable = pd.read_excel(${[name, ...options].join(", ")})`;
    }
    case "csv": {
      const options = [
        "dtype=str",
        ...(delimiter === "," ? [] : [`sep=${quoted(delimiter)}`]),
        ...(encoding === undefined ? [] : [`encoding=${quoted(encoding)}`]),
        // Blank lines above the names would otherwise be skipped twice.
        ...(above > 0 ? [`skiprows=${above}`] : []),
        ...(hasNames ? [] : ["header=None"]),
        ...(hasText ? [`na_values=${JSON.stringify(MISSING.filter((word) => word !== ""))}`] : []),
      ];
      const names = hasNames
        ? "\ntable.columns = table.columns.str.strip()"
        : "\ntable.columns = [str(i + 1) for i in range(len(table.columns))]";
      return `${head}\ntable = pd.read_csv(${[name, ...options].join(", ")})${names}`;
    }
  }
}

/** A column as numbers; dates as milliseconds since 1970. */
function columnOf(name: string, { dates, forms }: Fitted): string {
  const column = `table[${quoted(name)}]`;
  const form = forms.get(name);
  if (dates.includes(name)) {
    const options = ["utc=True", ...orderOf(form), 'errors="coerce"'].join(", ");
    const days = `${column}.map({t: pd.to_datetime(t, ${options}) for t in ${column}.unique()})`;
    return `((${days} - pd.Timestamp(0, tz="UTC")) / pd.Timedelta("1ms")).to_numpy(float)`;
  }
  return `pd.to_numeric(${plain(column, form)}, errors="coerce").to_numpy(float)`;
}

function orderOf(form: ColumnForm | undefined): string[] {
  return form?.order === "dmy" ? ["dayfirst=True"] : [];
}

/** A column of texts as numbers are written in Python. */
function plain(column: string, form: ColumnForm | undefined): string {
  if (!form?.decimal) return column;
  const bare = `${column}.str.replace("\\u2212", "-").str.replace(r"(?i)[\\s'’%$€£¥₹₽₩${form.decimal === "," ? "." : ","}]|USD|EUR|GBP|JPY|CHF|INR", "", regex=True)`;
  return form.decimal === "," ? `${bare}.str.replace(",", ".")` : bare;
}

function placesOf({ ranges: [[least, most], up] }: Fitted): string {
  if (!up) return `places = np.linspace(${least}, ${most}, ${PLACES})[:, None]`;
  return `across = ${least} + (np.arange(${ACROSS}) + 0.5) / ${ACROSS} * (${most} - ${least})
up = ${up[0]} + (np.arange(${UP}) + 0.5) / ${UP} * (${up[1]} - ${up[0]})
places = np.array([(left, bottom) for bottom in up for left in across])`;
}
