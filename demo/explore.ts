/**
 * The explorer: a file or an example becomes a table, a table rows, rows a picture. The page has one state, which stays in this file; its
 * parts are in explore/. Of everything that takes time the newest wish counts, and cancels the one before it.
 */
import "./style.css";
import "./figures.css";
import "./explore.css";
import { yieldToEventLoop } from "../src/common/yield.ts";
import { addDownloads } from "./download.ts";
import { onSchemeChange } from "./draw/colours.ts";
import { type Choice, chooseWidths } from "./explore/bandwidth.ts";
import { columnsFor, listColumns, showChoices } from "./explore/choices.ts";
import { languages } from "./explore/code/snippets.ts";
import { profile } from "./explore/columns.ts";
import { type Change, listen } from "./explore/controls.ts";
import { ChoiceError, type Data, dataOf } from "./explore/data.ts";
import { draw, drawSelection } from "./explore/draw.ts";
import { fitPicture, fitSelection, rowsWithin, type SelectedRows, widthsOf } from "./explore/fit.ts";
import { canUndo, remember } from "./explore/history.ts";
import { isAbort, Newest } from "./explore/newest.ts";
import { type Opened, type Shown, showNumbers } from "./explore/numbers.ts";
import {
  clearProblems,
  element,
  field,
  fill,
  fillChoices,
  pictureBody,
  say,
  sayBeside,
  showProgress,
} from "./explore/page.ts";
import type { ReadTable } from "./explore/reader.ts";
import { readingOptions, resetReading, showNotes } from "./explore/reading.ts";
import { examples, fetchExample, nameOf, readSource } from "./explore/source.ts";
import { beginning, type ExploreState, fresh, MOST_KEPT, readHash, writeHash } from "./explore/state.ts";
import { clearTable, enableScrolling, showColumns, showRows } from "./explore/table-view.ts";
import { binaryDownloads, htmlFigure, tableOf, withDates } from "./explore/tables.ts";
import { rangeWords } from "./explore/units.ts";
import { messageOf } from "./message.ts";
import { lossNote, PageEngine } from "./page-engine.ts";

/** Whatever computes awaits it; opening and reading files need no engine. */
const engineReady = PageEngine.create((engine) => {
  element("lost").textContent = lossNote(engine);
});
engineReady.catch(() => {}); // reported by each computation
let state: ExploreState = { ...beginning };
let opened: Opened | undefined;
let data: Data | undefined;
let shown: Shown | undefined;
/** The rows of the rectangle that was drawn on the map. */
let selected: SelectedRows | undefined;
/** Whether the slider or the view is moving: then what is slow waits. */
let isHeld = false;
let isChoosing = false;

const reading = new Newest();
const computing = new Newest();
/** Bandwidths that were found for these rows, by what they depend on. */
const choices = new WeakMap<Data, Map<string, Choice>>();

/** The visitor's last file, which a step back may lead to again. */
let lastFile: { readonly name: string; readonly source: Blob | string; readonly search: string } | undefined;
/** What a link shows of a file that has to be chosen first. */
let waiting: ExploreState | undefined;

function settle(): void {
  showProgress(undefined);
  const { dataset } = document.documentElement;
  dataset.settled = String(1 + Number(dataset.settled ?? 0));
}

// ─── Opening ───────────────────────────────────────────────────────────────────────────────────────────

type Read = (signal: AbortSignal) => Promise<ReadTable>;

/** Reads a table and shows it; an error leaves nothing of the former one on the screen. */
async function take(read: Read, name: string, search: string, wishes: Partial<ExploreState>): Promise<void> {
  const signal = reading.begin();
  computing.cancel();
  clearProblems();
  say(`reading ${name} …`);
  showProgress(0);
  let isCleared = false;
  try {
    const table = await read(signal);
    signal.throwIfAborted();
    if (table.rows === 0) throw new Error(`${name} has no rows`);
    const profiles = await profile(table, signal);
    clear();
    isCleared = true;
    showNotes(table, readAgain);
    showColumns(profiles, table.rows);
    showRows(table);
    const numeric = profiles.filter(({ type }) => type !== "text");
    if (numeric.length === 0)
      throw new Error(`${name} has no column of numbers; its columns are ${table.names.join(", ")}`);
    opened = { table, profiles, name, search };
    state = { ...state, ...wishes, ...columnsFor(opened, wishes) };
    listColumns(opened);
  } catch (error) {
    if (signal.aborted) return; // a newer reading goes on, or it was cancelled
    if (!isCleared) clear();
    say(messageOf(error), true);
    settle();
    return;
  }
  await update("columns");
}

/** Neither a picture nor what stands around it. */
function clearPicture(): void {
  [data, shown] = [undefined, undefined];
  pictureBody().replaceChildren();
  element("scores").hidden = true;
  for (const id of ["about", "hint", "width", "choice", "details", ...languages])
    element(id).textContent = "";
}

/** Nothing of a former file stays on the screen. */
function clear(): void {
  [opened, selected] = [undefined, undefined];
  clearPicture();
  clearTable();
  for (const name of ["x", "x2", "y", "group"]) fill(name, []);
  for (const name of ["from", "to"]) field<HTMLInputElement>(name).value = "";
}

function openFile(
  source: Blob | string,
  name: string,
  search = "",
  wishes?: Partial<ExploreState>,
): Promise<void> {
  element<HTMLSelectElement>("example").value = "";
  resetReading();
  lastFile = { name, source, search };
  const linked = waiting?.file === name ? waiting : undefined;
  waiting = undefined;
  const wanted = wishes ?? linked ?? fresh;
  return take(reader(source, name), name, search, { ...fresh, ...wanted, example: "", file: name });
}

const reader =
  (source: Blob | string, name: string): Read =>
  (signal) =>
    readSource(source, name, readingOptions(), showProgress, signal);

function openExample(id: string, wishes: Partial<ExploreState> = {}): Promise<void> {
  const example = examples[id];
  if (!example) return Promise.resolve();
  const { x, y, name } = example;
  const read: Read = async (signal) => {
    const file = await fetchExample(id, signal);
    return readSource(file, name, readingOptions(), showProgress, signal);
  };
  return take(read, name, "", { ...fresh, example: id, x, y, ...wishes });
}

/** Reads the same file again, as it is now chosen; columns stay where they are still there. A column that becomes one of numbers is y. */
function readAgain(column?: string): void {
  const { x, y, x2, example } = state;
  const wishes = { ...fresh, x, y: y || (column ?? ""), x2, example, file: state.file };
  if (example !== "") void openExample(example, wishes);
  else if (lastFile)
    void take(reader(lastFile.source, lastFile.name), lastFile.name, lastFile.search, wishes);
}

/** Shows what the address says, after a step back or forth. */
async function restore(): Promise<void> {
  const wanted = readHash(location.hash, Object.keys(examples));
  if (wanted.example !== state.example || wanted.file !== state.file) {
    element<HTMLSelectElement>("example").value = wanted.example;
    if (wanted.example !== "") await openExample(wanted.example, wanted);
    else if (lastFile?.name === wanted.file)
      await take(reader(lastFile.source, lastFile.name), lastFile.name, lastFile.search, wanted);
    else awaitFile(wanted);
    return;
  }
  const isOther = (["x", "x2", "y", "group"] as const).some((name) => wanted[name] !== state[name]);
  state = wanted;
  await update(isOther ? "columns" : "fit");
}

/** A link to a file of a visitor: it was never uploaded. */
function awaitFile(wanted: ExploreState): void {
  clear();
  waiting = wanted;
  say(
    `This link shows “${wanted.file}”, a file that is only on the computer where it was opened. Open it again to see the same.`,
  );
  settle();
}

// ─── Computing ─────────────────────────────────────────────────────────────────────────────────────────

/** Shows the state in the controls, and computes what follows from it. */
function update(what: Change, run = 0): Promise<void> {
  if (!opened) return Promise.resolve();
  clearProblems();
  if (what === "columns") [data, selected] = [undefined, undefined];
  if (what !== "view") computing.begin();
  showChoices(opened, state);
  if (!isHeld) remember(writeHash(state), opened.search, run);
  element<HTMLButtonElement>("undo").disabled = !canUndo();
  return refresh();
}

let running: Promise<void> | undefined;
let isStale = false;

/** One computation at a time, always from the newest state. */
function refresh(): Promise<void> {
  isStale = true;
  running ??= work().finally(() => {
    running = undefined;
  });
  return running;
}

async function work(): Promise<void> {
  while (isStale) {
    isStale = false;
    const { signal } = computing;
    try {
      await compute(signal);
    } catch (error) {
      if (!(signal.aborted && isAbort(error))) fail(error);
    }
  }
  settle();
}

/** Says what is wrong beside the control that it is about; the picture of something else goes. */
function fail(error: unknown): void {
  clearPicture();
  const text = messageOf(error);
  if (error instanceof ChoiceError) {
    sayBeside(field(error.field), text);
    say(`${opened?.name ?? ""}: ${text}`, true);
  } else say(text, true);
}

async function compute(signal: AbortSignal): Promise<void> {
  if (!opened) return;
  showProgress(0);
  data ??= await dataOf(opened.table, state, signal);
  signal.throwIfAborted();
  const current = { state: { ...state }, data };
  const [held, rows] = [isHeld, selected];
  const pageEngine = await engineReady;
  signal.throwIfAborted();
  const choice = state.width > 0 ? undefined : await choiceFor(pageEngine, current, signal);
  const widths = choice?.widths ?? widthsOf(data, current.state);
  await yieldToEventLoop();
  const { fit, selection } = await pageEngine.run(async (engine) => {
    const fit = await fitPicture(engine, current.data, current.state, { signal, widths, isDragging: held });
    if (!rows || fit.kind !== "map") return { fit };
    const curve = await fitSelection(engine, rows, current.state, { signal, widths });
    return { fit, selection: { data: rows.data, fit: curve } };
  });
  await yieldToEventLoop();
  signal.throwIfAborted();
  shown = { ...current, fit, choice, selection, engine: pageEngine.current };
  showPicture();
  // A task of its own for each, so that none is long.
  await yieldToEventLoop();
  signal.throwIfAborted();
  showWords();
}

async function choiceFor(
  pageEngine: PageEngine,
  { data: rows, state: settings }: { readonly data: Data; readonly state: ExploreState },
  signal: AbortSignal,
): Promise<Choice> {
  const known = choices.get(rows) ?? new Map<string, Choice>();
  choices.set(rows, known);
  const key = [settings.kernel, settings.degree, settings.rule].join();
  const found = known.get(key);
  if (found) return found;
  isChoosing = true;
  try {
    const options = { signal, onProgress: showProgress };
    say("choosing a bandwidth …");
    const choice = await pageEngine.run((engine) => chooseWidths(engine, rows, settings, options));
    signal.throwIfAborted();
    known.set(key, choice);
    void refine(choice, known, key, signal);
    return choice;
  } finally {
    isChoosing = false;
  }
}

/** The same bandwidth from more rows, found meanwhile; it is taken unless something newer was chosen. */
async function refine(
  choice: Choice,
  known: Map<string, Choice>,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const better = await choice.refine?.(signal);
    if (!better || signal.aborted) return;
    known.set(key, better);
    if (state.width === 0) void refresh();
  } catch {
    // The first one stays: what it was found from is said beside it.
  }
}

function cancel(): void {
  const wasReading = !running;
  reading.cancel();
  computing.cancel();
  isStale = false;
  if (shown) {
    ({ state, data } = shown);
    state = { ...state };
    if (opened) showChoices(opened, state);
    show();
  }
  element<HTMLSelectElement>("example").value = state.example;
  say(shown ? "Cancelled; the picture shows what it showed before." : "Cancelled.");
  if (wasReading) settle();
}

// ─── Showing ───────────────────────────────────────────────────────────────────────────────────────────

function show(): void {
  showPicture();
  showWords();
}

function showPicture(): void {
  if (!shown) return;
  const { state: settings, data: rows, fit, selection } = shown;
  const body = pictureBody();
  body.classList.remove("busy");
  draw(body, { data: rows, state: settings, isHeld }, fit);
  if (selection) drawSelection(body, { data: selection.data, state: settings }, selection.fit);
}

function showWords(): void {
  if (shown && opened)
    showNumbers(opened, shown, {
      // What the visitor moves or types now is newer.
      ...{ isNewest: !isHeld && !isStale, info: shown.engine.info },
    });
}

// ─── Beginning ─────────────────────────────────────────────────────────────────────────────────────────

/** Takes the bandwidth that the slider shows. */
function slide(run: number, held: boolean): void {
  if (!data) return;
  if (isChoosing) computing.begin();
  isHeld = held;
  const [least, most] = data.range;
  const share = 10 ** Number(element<HTMLInputElement>("slider").value);
  state.width = Number(((most - least) * share).toPrecision(3));
  state.width2 = 0;
  void update("view", run);
}

function move(from: number, to: number, held: boolean): void {
  if (!data) return;
  const [least, most] = data.range;
  const width = Math.min(to - from, most - least);
  const start = Math.min(Math.max(from, least), most - width);
  const isWhole = width >= most - least;
  // As fine as the eye can tell on the screen, and no longer: 15.3, not 15.28371.
  const grain = 10 ** Math.floor(Math.log10(width / 300));
  const digits = (value: number) => Number((Math.round(value / grain) * grain).toPrecision(12));
  Object.assign(state, isWhole ? { from: NaN, to: NaN } : { from: digits(start), to: digits(start + width) });
  isHeld = held;
  void update("view");
}

async function start(): Promise<void> {
  fillChoices();
  enableScrolling();
  listen({
    state: () => state,
    data: () => data,
    change: (part, what) => {
      state = { ...state, ...part };
      void update(what);
    },
    open: (source, name) => void openFile(source, name),
    openExample: (id) => void openExample(id),
    readAgain: () => readAgain(),
    restore: () => void restore(),
    redraw: show,
    ...{ slide, move, cancel },
    select: (x, y) => {
      if (!data?.y) return; // classes have no curve
      selected = rowsWithin(data, { x, y });
      say(`selected: ${rangeWords(x, data.dates.x)}`);
      void update("view");
    },
    keep: () => {
      if (!shown) return;
      const { kernel, degree } = shown.state;
      const width = Number(shown.fit.widths[0].toPrecision(4));
      state = { ...state, kept: [...state.kept, { kernel, degree, width }].slice(0, MOST_KEPT) };
      void update("view");
    },
  });
  onSchemeChange(show);
  const numbers = () => tableOf(shown!.state, shown!.data, shown!.fit);
  addDownloads(element("fit"), async () => numbers(), {
    ...{ others: binaryDownloads, text: withDates },
    html: () => {
      const { x, y } = shown!.state;
      const title = `${y || "density"} against ${x}`;
      const about = element("about").textContent ?? "";
      return htmlFigure(pictureBody(), {
        title,
        about,
        command: element("command").textContent ?? "",
        table: numbers(),
      });
    },
  });
  const wanted = readHash(location.hash, Object.keys(examples));
  const isLinked = location.hash.length > 1;
  const address = new URLSearchParams(location.search).get("url");
  const chosen = element<HTMLInputElement>("file").files?.[0]; // before this script ran
  if (address && !chosen) {
    const name = nameOf(address);
    await openFile(
      new URL(address, location.href).href,
      name,
      location.search,
      isLinked ? wanted : undefined,
    );
    return;
  }
  state = wanted;
  if (wanted.file !== "") awaitFile(wanted);
  if (chosen) await openFile(chosen, chosen.name);
  if (chosen || wanted.file !== "") return;
  element<HTMLSelectElement>("example").value = wanted.example;
  const { x: _x, y: _y, ...rest } = wanted;
  await openExample(wanted.example, wanted.x === "" ? rest : wanted);
}

start().catch((error: unknown) => {
  say(messageOf(error), true);
  settle();
});
