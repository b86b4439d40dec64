/** R that repeats a picture's fit, without packages except to read files that are not text. */
// cspell:ignore cbind grepl gsub jsonlite nrow readxl sapply toupper trimws wfit
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

export function r(state: ExploreState, fitted: Fitted): string {
  const { y, group, kernel } = state;
  const { widths, classes, degree } = fitted;
  const weight = WEIGHTS[kernel]
    ?.replaceAll("**", "^")
    .replaceAll("maximum", "pmax")
    .replaceAll("where", "ifelse");
  if (!weight) return `# The kernel ${kernel} has no counterpart in R's packages.`;
  const { coordinates, isRegression, text, what } = estimatedOf(state, fitted);
  const finite = [
    ...coordinates.map((_, j) => `is.finite(x${j + 1})`),
    ...(isRegression ? ["is.finite(y)"] : []),
  ];
  const rows = [...finite, ...(text === "" ? [] : [`!is.na(table[[${quoted(text)}]])`])].join(" & ");
  const terms = [
    ...(degree > 0 ? ["z"] : []),
    ...(degree === 2 ? ["z^2", ...(coordinates.length === 2 ? ["z[, 1] * z[, 2]"] : [])] : []),
  ];
  const result = classes
    ? "sapply(names, function(name) sum(alpha[labels == name]) / sum(alpha))"
    : y === ""
      ? `sum(alpha) / (nrow(keys) * widths[1] * ${massOf(kernel)})`
      : degree === 0
        ? "sum(alpha * values) / sum(alpha)"
        : `lm.wfit(cbind(1, ${terms.join(", ")}), values, alpha)$coefficients[[1]]`;
  const guard =
    y === ""
      ? ""
      : `\n  if (sum(alpha) == 0) return(${classes ? "rep(NA, length(names))" : "NA"}) # no row in reach`;
  const parameters = isRegression ? "keys, values, place" : "keys, place";
  const some = isRegression
    ? "keys[groups == name, , drop = FALSE], values[groups == name], place"
    : "keys[groups == name, , drop = FALSE], place";
  const all = `apply(places, 1, function(place) estimate(${parameters}))`;
  return `${readerOf(fitted)}
${coordinates.map((name, j) => `x${j + 1} <- ${columnOf(name, fitted)}`).join("\n")}${isRegression ? `\ny <- ${columnOf(y, fitted)}` : ""}
rows <- ${rows}
keys <- cbind(${coordinates.map((_, j) => `x${j + 1}`).join(", ")})[rows, , drop = FALSE]${isRegression ? "\nvalues <- y[rows]" : ""}${
    classes
      ? `\nlabels <- as.character(table[[${quoted(y)}]])[rows]\nnames <- sort(unique(labels), method = "radix")`
      : group === ""
        ? ""
        : `\ngroups <- as.character(table[[${quoted(group)}]])[rows]`
  }
widths <- c(${rounded(widths).join(", ")})
${placesOf(fitted)}

estimate <- function(${parameters}) {
  z <- sweep(sweep(keys, 2, place), 2, widths, "/")
  u <- sqrt(rowSums(z^2))
  alpha <- ${weight}${guard}
  ${result}
}

${
  group === ""
    ? `${what} <- ${classes ? `t(${all})` : all}`
    : `${what} <- sapply(sort(unique(groups), method = "radix"), function(name) {
  apply(places, 1, function(place) estimate(${some}))
}, simplify = FALSE)`
}`;
}

function readerOf(fitted: Fitted): string {
  const { fileName } = fitted;
  const { ending, packed } = endingsOf(fileName);
  const { delimiter, encoding, above, hasNames, sheet } = layoutOf(fitted);
  const name = quoted(fileName);
  switch (kindOf(ending)) {
    case "json":
      return `table <- jsonlite::fromJSON(${name})`;
    case "jsonl":
      return `table <- jsonlite::stream_in(${packed === "" ? "file" : "gzfile"}(${name}), verbose = FALSE)`;
    case "geojson":
      return `features <- jsonlite::fromJSON(${name})$features
table <- cbind(features$properties, t(sapply(features$geometry$coordinates, function(at) c(longitude = at[1], latitude = at[2]))))`;
    case "parquet":
      return `table <- arrow::read_parquet(${name})`;
    case "feather":
      return `table <- arrow::read_feather(${name})`;
    case "stream":
      return `table <- arrow::read_ipc_stream(${name})`;
    case "xlsx": {
      const options = [
        ...(sheet === undefined ? [] : [`sheet = ${quoted(sheet)}`]),
        ...(above > 0 ? [`skip = ${above}`] : []),
      ];
      return `table <- readxl::read_excel(${[name, ...options].join(", ")})`;
    }
    case "csv": {
      const isTabbed = delimiter === "\t";
      const options = [
        'colClasses = "character"',
        ...["check.names = FALSE", 'comment.char = ""'],
        ...(isTabbed || delimiter === "," ? [] : [`sep = ${quoted(delimiter)}`]),
        encoding === undefined ? 'encoding = "UTF-8"' : `fileEncoding = ${quoted(encoding)}`,
        ...(above > 0 ? [`skip = ${above}`] : []),
        ...(hasNames ? [] : ["header = FALSE"]),
        `na.strings = c(${MISSING.map(quoted).join(", ")})`,
      ];
      const names = hasNames
        ? '\nnames(table) <- trimws(sub("^\\ufeff", "", names(table)))'
        : "\nnames(table) <- seq_along(table)";
      return `table <- read.${isTabbed ? "delim" : "csv"}(${[name, ...options].join(", ")})${names}`;
    }
  }
}

const FORMATS: Readonly<Record<string, string>> = { ymd: "%Y-%m-%d", dmy: "%d-%m-%Y", mdy: "%m-%d-%Y" };

/** A column as numbers; dates as milliseconds since 1970. */
function columnOf(name: string, { dates, forms }: Fitted): string {
  const column = `table[[${quoted(name)}]]`;
  const form = forms.get(name);
  if (dates.includes(name)) {
    if (!form?.order) return `as.numeric(as.POSIXct(${column}, tz = "UTC")) * 1000`;
    const day = FORMATS[form.order];
    // One form of each time: with seconds, and with an offset of four digits.
    return `(function(text) {
  text <- toupper(trimws(text))
  day <- gsub("[/.]", "-", sub("[T ].*$", "", text))
  clock <- sub("^[^T ]*[T ]?", "", text)
  zone <- ifelse(grepl("[+-]", clock), gsub(":", "", sub("^[^+-]*", "", clock)), "+0000")
  zone <- substr(paste0(zone, "00"), 1, 5)
  clock <- sub(",", ".", sub(" ?(Z|[+-].*)$", "", clock))
  clock <- sub("^([0-9]+:[0-9]+)( ?[AP]M)?$", "\\\\1:00\\\\2", ifelse(clock == "", "0:00", clock))
  time <- function(format) {
    as.numeric(as.POSIXct(paste(day, clock, zone), format = paste("${day}", format, "%z"), tz = "UTC"))
  }
  1000 * ifelse(grepl("M$", clock), ifelse(grepl(" ", clock), time("%I:%M:%OS %p"), time("%I:%M:%OS%p")), time("%H:%M:%OS"))
})(${column})`;
  }
  return `suppressWarnings(as.numeric(${plain(column, form)}))`;
}

/** A column of texts as numbers are written in R. */
function plain(column: string, form: ColumnForm | undefined): string {
  if (!form?.decimal) return column;
  const bare = `gsub("(?i)[\\\\s\\u00a0\\u202f'’%$€£¥₹₽₩${form.decimal === "," ? "." : ","}]|USD|EUR|GBP|JPY|CHF|INR", "", gsub("\\u2212", "-", ${column}), perl = TRUE)`;
  return form.decimal === "," ? `sub(",", ".", ${bare}, fixed = TRUE)` : bare;
}

function placesOf({ ranges: [[least, most], up] }: Fitted): string {
  if (!up) return `places <- cbind(seq(${least}, ${most}, length.out = ${PLACES}))`;
  return `places <- as.matrix(expand.grid(
  ${least} + (seq_len(${ACROSS}) - 0.5) / ${ACROSS} * (${most} - ${least}),
  ${up[0]} + (seq_len(${UP}) - 0.5) / ${UP} * (${up[1]} - ${up[0]})
))`;
}
