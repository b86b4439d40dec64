/** The code that the explorer shows: names, files, groups and dates are in all of its languages; snippets.wide.test.ts runs it. */
// cspell:ignore dayfirst readxl
import { expect, test } from "vitest";
import { kernelNames } from "../../../src/index.ts";
import { beginning, type ExploreState } from "../state.ts";
import { type Fitted, WEIGHTS } from "./fitted.ts";
import { snippetsFor } from "./snippets.ts";

const snippets = (fileName: string, state: Partial<ExploreState>, more: Partial<Fitted> = {}) =>
  snippetsFor(
    { ...beginning, y: "y", ...state },
    {
      ...{ fileName, widths: state.x2 ? [1, 2] : [1], degree: 1, classes: false, dates: [], reading: {} },
      ...{ ranges: state.x2 ? [[0, 1] as const, [0, 2] as const] : [[0, 1] as const], forms: new Map() },
      ...more,
    },
  );

test("quotes names for the shell and for the command", () => {
  const { command } = snippets("my rides.csv", { x: "time (ms)", y: "it's y" }, { widths: [1.4484] });
  expect(command).toBe(
    `nadaraya regress 'my rides.csv' --x 'time (ms)' --y 'it'\\''s y' --bandwidth 1.448 --missing drop --degree 1 --confidence 0.95 --grid 600`,
  );
  expect(snippets("d.csv", { x: "a,b", x2: "c" }).command).toContain(" --x a,b --x c ");
  expect(snippets("-x.csv", { x: "x" }).command).toContain("regress ./-x.csv ");
  expect(snippets("--output=o.csv", { x: "x" }).command).toContain("regress './--output=o.csv' ");
});

test("reads each kind of file by its own function", () => {
  for (const [name, python, r] of [
    ["d.csv", "read_csv(", "read.csv("],
    ["d.tsv", 'sep="\\t"', "read.delim("],
    ["d.csv.gz", "read_csv(", "read.csv("],
    ["d.jsonl", "lines=True", "stream_in(file("],
    ["d.ndjson.gz", "lines=True", "stream_in(gzfile("],
    ["d.json", "read_json(", "fromJSON("],
    ["d.geojson", "json.load(", "fromJSON("],
    ["d.pq", "read_parquet(", "read_parquet("],
    ["d.arrow", "read_feather(", "read_feather("],
    ["d.arrows", "open_stream(", "read_ipc_stream("],
    ["d.xlsx", "read_excel(", "readxl::read_excel("],
    ["x.constructor", "read_csv(", "read.csv("],
  ]) {
    const code = snippets(name, { x: "x" });
    expect(code.python).toContain(python);
    expect(code.r).toContain(r);
    expect(code.typescript).toContain(
      `const name = ${JSON.stringify(name)};\nconst table = await readTable(await readFile(name)`,
    );
  }
});

test("has groups, dates and the chosen reading in every language", () => {
  const reading = { encoding: "shift_jis", decimal: ",", dateOrder: "dmy", badAsMissing: ["y"] } as const;
  const forms = new Map([
    ["t", { order: "dmy" } as const],
    ["y", { decimal: "," } as const],
  ]);
  const code = snippets("d.csv", { x: "t", group: "drug" }, { dates: ["t"], reading, forms });
  expect(code.command).toMatch(/--by drug .*--encoding shift_jis --decimal , --dates dmy --bad missing$/);
  for (const text of Object.values(code)) {
    expect(text).toContain("drug");
    expect(text).toContain("shift_jis");
  }
  expect(code.python).toContain("dayfirst=True");
  expect(code.python).toContain('.str.replace(",", ".")');
  expect(code.r).toContain("%d-%m-%Y");
  expect(code.typescript).toContain('dateOrder: "dmy"');
});

test("has a formula for every kernel that the explorer offers", () => {
  expect(Object.keys(WEIGHTS).sort()).toEqual(
    kernelNames.filter((name) => name !== "von-mises-fisher").sort(),
  );
});
