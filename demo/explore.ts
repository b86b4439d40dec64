/** The explorer: a file or an example becomes a table, a table a curve. The page has one state, which stays in one file; its parts are in explore/. */
import "./style.css";
import "./figures.css";
import "./explore.css";
import type { Table } from "../src/io/table.ts";
import { addDownloads } from "./download.ts";
import { drawScores } from "./draw/scores.ts";
import { wordsFor } from "./explore/code-snippets.ts";
import { DAY, drawClasses, drawMap, drawPicture } from "./explore/draw.ts";
import {
  type ClassFit,
  chooseWidth,
  type Data,
  dataOf,
  type Fit,
  fitClasses,
  fitData,
  fitMap,
  MANY,
  type MapFit,
} from "./explore/fit.ts";
import { canUndo, remember } from "./explore/history.ts";
import { listen } from "./explore/listen.ts";
import { element, field, fill, fillChoices, say, show } from "./explore/page.ts";
import { readingOptions, resetReading, showNotes } from "./explore/reading.ts";
import { examples, fetchExample, nameOf, readSource } from "./explore/source.ts";
import { beginning, type ExploreState, fresh, readHash, viewOf, writeHash } from "./explore/state.ts";
import { binaryDownloads, tableOf } from "./explore/tables.ts";
import { lossNote, PageEngine } from "./page-engine.ts";

const body = document.querySelector<HTMLElement>("#fit .body")!;
const slider = element<HTMLInputElement>("slider");

let pageEngine: PageEngine;
let state: ExploreState = { ...beginning };
let table: Table | undefined;
let data: Data | undefined;
let shown: Fit | undefined;
let shownMap: MapFit | undefined;
let shownClasses: ClassFit | undefined;
let fileName = "";
let running = false;
let again = false;
/** Whether the slider is under a hand: then the band waits, where rows are many. */
let dragging = false;

/** Reads a table, and shows it; what fails is said where it was asked for. */
async function take(reading: Promise<Table>, name: string, wishes: Partial<ExploreState>): Promise<void> {
  say(`reading ${name} …`);
  element("notes").replaceChildren();
  try {
    const read = await reading;
    if (read.rows === 0) throw new Error(`${name} has no rows`);
    const numeric = read.names.filter((column) => read.columns[column] instanceof Float64Array);
    showNotes(read, readAgain);
    if (numeric.length === 0)
      throw new Error(`${name} has no column of numbers; its columns are ${read.names.join(", ")}`);
    table = read;
    fileName = name;
    const known = (column: string | undefined, fallback: string) =>
      column !== undefined && (read.names.includes(column) || column === "") ? column : fallback;
    state = { ...state, ...wishes };
    state.x = numeric.includes(wishes.x ?? "") ? wishes.x! : numeric[0];
    state.y = known(wishes.y, numeric.find((column) => column !== state.x) ?? "");
    fill(
      "x",
      numeric.map((column) => [column, column]),
    );
    state.x2 = wishes.x2 !== undefined && numeric.includes(wishes.x2) ? wishes.x2 : "";
    fill("x2", [["", "(none: a curve)"], ...numeric.map((column): [string, string] => [column, column])]);
    fill("y", [
      ...read.names.map((column): [string, string] => [column, column]),
      ["", "(the density of x)"],
    ]);
    say(`${name}: ${read.rows.toLocaleString("en")} rows, ${read.names.length} columns`);
    await changed(true);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true);
  } finally {
    show(undefined);
  }
}

/** Shows the state everywhere, and computes what follows from it. */
async function changed(columns: boolean): Promise<void> {
  if (!table) return;
  const isClass = state.y !== "" && !(table.columns[state.y] instanceof Float64Array);
  if (state.y === "" || state.x2 === state.x) state.x2 = "";
  for (const name of ["x", "x2", "y", "kernel", "degree"] as const)
    field<HTMLSelectElement>(name).value = String(state[name]);
  const smooths = state.y !== "" && !isClass;
  const isCurve = smooths && state.x2 === "";
  // A local mean has a gradient where the kernel is smooth; a local line has one of its own.
  const slopes = isCurve && (state.degree > 0 || state.kernel === "gaussian");
  if (!slopes) state.slope = false;
  for (const name of ["band", "slope"] as const) field<HTMLInputElement>(name).checked = state[name];
  field<HTMLInputElement>("x2").disabled = state.y === "";
  field<HTMLInputElement>("degree").disabled = !smooths;
  field<HTMLInputElement>("band").disabled = !isCurve;
  field<HTMLInputElement>("slope").disabled = !slopes;
  try {
    if (columns) {
      element("scores").hidden = true;
      data = dataOf(table, state);
      const dropped =
        data.dropped > 0 ? `; ${data.dropped.toLocaleString("en")} rows with an empty cell are left out` : "";
      element("about").textContent = `${data.x.length.toLocaleString("en")} rows${dropped}.`;
    }
    await compute();
  } catch (error) {
    data = undefined;
    body.replaceChildren();
    say(error instanceof Error ? error.message : String(error), true);
  }
  if (!dragging) remember(writeHash(state));
  element<HTMLButtonElement>("undo").disabled = !canUndo();
}

/** One computation at a time, always from the newest state. */
async function compute(): Promise<void> {
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    do {
      again = false;
      await computeOnce();
    } while (again);
  } finally {
    running = false;
    document.documentElement.dataset.settled = String(
      1 + Number(document.documentElement.dataset.settled ?? 0),
    );
  }
}

async function computeOnce(): Promise<void> {
  if (!data) return;
  const current = data;
  const waits = dragging && current.x.length > MANY;
  const asked = { ...state, band: state.band && !waits, slope: state.slope && !waits };
  const { map, classes, curve } = await pageEngine.run(async (engine) => {
    const map = current.second ? await fitMap(engine, current, asked) : undefined;
    const classes = current.labels && !map ? await fitClasses(engine, current, asked) : undefined;
    const curve = map || classes ? undefined : await fitData(engine, current, asked);
    return { map, classes, curve };
  });
  if (current !== data) {
    again = true;
    return;
  }
  [shown, shownMap, shownClasses] = [curve, map, classes];
  draw();
  const { report, milliseconds } = (curve ?? map ?? classes)!;
  say(`${report.method}, ${milliseconds.toFixed(0)} ms for ${current.x.length.toLocaleString("en")} rows`);
}

function draw(): void {
  if (!data || !table) return;
  const [least, most] = data.range;
  const xIsDate = table.dates?.includes(state.x) ?? false;
  const view = viewOf(state, data.range);
  for (const [i, name] of (["from", "to"] as const).entries()) {
    const box = field<HTMLInputElement>(name);
    box.type = xIsDate ? "date" : "number";
    box.valueAsNumber = state[name];
    box.placeholder = String(Number(data.range[i].toPrecision(6)));
  }
  element<HTMLButtonElement>("whole").disabled = view.every((end, i) => end === data!.range[i]);
  const formatted = (width: number) =>
    xIsDate ? `${(width / DAY).toPrecision(3)} days` : width.toPrecision(3);
  let width: number;
  if (shownMap) {
    drawMap(body, { data, fit: shownMap, names: [state.x, state.x2, state.y] });
    [width] = shownMap.widths;
    element("width").textContent = shownMap.widths.map((own) => own.toPrecision(3)).join(" × ");
  } else if (shownClasses) {
    drawClasses(body, shownClasses, [state.x, state.y]);
    ({ width } = shownClasses);
    element("width").textContent = formatted(width);
  } else if (shown) {
    const yName = state.y === "" ? "density" : state.y;
    drawPicture(body, { data, fit: shown, xName: state.x, yName, xIsDate });
    ({ width } = shown);
    element("width").textContent = formatted(width);
  } else return;
  if (!dragging) slider.value = String(Math.log10(width / (most - least)));
  const words = wordsFor(state, fileName, shownMap?.widths ?? [width], data.labels !== undefined);
  element("code").textContent = words.typescript;
  element("command").textContent = words.command;
}

async function choose(): Promise<void> {
  if (!data) return;
  const button = element<HTMLButtonElement>("choose");
  button.disabled = true;
  try {
    const current = data;
    const selection = await pageEngine.run((engine) => chooseWidth(engine, current, state, show));
    [state.width, state.width2 = 0] = selection.bandwidth;
    await changed(false);
    const scoreIsPlain = state.y === "" || data?.labels !== undefined;
    const points = selection.candidates
      .map(({ bandwidth, score }) => ({
        width: bandwidth[0],
        error: scoreIsPlain ? score : Math.sqrt(score),
      }))
      .filter(({ error }) => Number.isFinite(error))
      .sort((a, b) => a.width - b.width);
    if (data?.second) return; // a curve has one width
    element("scores").hidden = false;
    drawScores(document.querySelector<HTMLElement>("#scores .body")!, {
      ...{ title: `Best at ${state.width.toPrecision(3)}`, points, best: state.width, current: state.width },
      ...{
        xLabel: `bandwidth, in ${state.x}`,
        yLabel: data?.labels ? "Brier score" : scoreIsPlain ? "−log likelihood" : `error, in ${state.y}`,
      },
    });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true);
  } finally {
    show(undefined);
    button.disabled = false;
  }
}

/** Takes the bandwidth that the slider shows. */
function drag(held: boolean): void {
  if (!data) return;
  dragging = held;
  const [least, most] = data.range;
  state.width = Number(((most - least) * 10 ** Number(slider.value)).toPrecision(3));
  state.width2 = 0;
  void changed(false);
}

/** The visitor's last file, which a step back may lead to again. */
let opened: { readonly name: string; readonly source: Blob | string; table: Promise<Table> } | undefined;

function open(source: Blob | string, name: string): Promise<void> {
  element<HTMLSelectElement>("example").value = "";
  resetReading();
  opened = { name, source, table: readSource(source, name, readingOptions(), show) };
  return take(opened.table, name, { ...fresh, example: "" });
}

/** Reads the same file again, as it is now chosen; columns stay where they are still there. A column that becomes one of numbers is y. */
function readAgain(column?: string): void {
  const { x, y, x2, example } = state;
  const wishes = { ...fresh, x, y: y || (column ?? ""), x2, example };
  if (example !== "") void openExample(example, wishes);
  else if (opened) {
    opened.table = readSource(opened.source, opened.name, readingOptions(), show);
    void take(opened.table, opened.name, wishes);
  }
}

/** Shows what the address says, after a step back or forth: of the table that is open, unless it is another example. */
async function restore(): Promise<void> {
  const wanted = readHash(location.hash, Object.keys(examples));
  if (wanted.example !== state.example) {
    element<HTMLSelectElement>("example").value = wanted.example;
    if (wanted.example !== "") await openExample(wanted.example, wanted);
    else if (opened) await take(opened.table, opened.name, wanted);
    return;
  }
  const columns = (["x", "x2", "y"] as const).some((name) => wanted[name] !== state[name]);
  state = wanted;
  await changed(columns);
}

function openExample(id: string, wishes: Partial<ExploreState>): Promise<void> {
  const example = examples[id];
  if (!example) return Promise.resolve();
  const { x, y, name } = example;
  const wanted = { ...fresh, example: id, x, y };
  const reading = fetchExample(id).then((file) => readSource(file, name, readingOptions(), show));
  return take(reading, name, { ...wanted, ...wishes });
}

async function start(): Promise<void> {
  pageEngine = await PageEngine.create((engine) => {
    element("lost").textContent = lossNote(engine);
  });
  fillChoices();
  listen({
    ...{ changed, choose, open, restore, draw, drag },
    state: () => state,
    data: () => data,
    openExample: (id) => void openExample(id, {}),
    readAgain: () => readAgain(),
  });
  addDownloads(
    element("fit"),
    async () => tableOf(state, (shownMap ?? shownClasses ?? shown)!),
    binaryDownloads,
  );
  state = readHash(location.hash, Object.keys(examples));
  if (state.example === "") state = { ...beginning }; // a file of the visitor's is gone with the last visit
  const { x, y, ...rest } = state;
  const address = new URLSearchParams(location.search).get("url");
  if (address) {
    await open(new URL(address, location.href).href, nameOf(address));
    return;
  }
  element<HTMLSelectElement>("example").value = state.example;
  await openExample(state.example, x === "" ? rest : state);
}

start().catch((error: unknown) => say(error instanceof Error ? error.message : String(error), true));
