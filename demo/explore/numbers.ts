/** What stands around the picture: the view, the bandwidth, what was used and how it was computed, code, and every bandwidth that was tried. */
import type { Engine, EngineInfo } from "../../src/index.ts";
import { drawScores } from "../draw/scores.ts";
import type { Choice } from "./bandwidth.ts";
import { fittedOf } from "./code/fitted.ts";
import { languages, snippetsFor } from "./code/snippets.ts";
import type { ColumnProfile } from "./columns.ts";
import { type Data, MANY } from "./data.ts";
import type { Curves, Fit } from "./fit.ts";
import { element, field, say } from "./page.ts";
import type { ReadTable } from "./reader.ts";
import { readingOptions } from "./reading.ts";
import { type ExploreState, viewOf } from "./state.ts";
import { DAY, distanceOf, number, rangeWords } from "./units.ts";

/** The table that is open. */
export interface Opened {
  readonly table: ReadTable;
  readonly profiles: readonly ColumnProfile[];
  readonly name: string;
  /** The part of the address that leads to it. */
  readonly search: string;
}

/** What the picture shows, and what it was made of. */
export interface Shown {
  readonly state: ExploreState;
  readonly data: Data;
  readonly fit: Fit;
  readonly choice: Choice | undefined;
  readonly selection?: { readonly data: Data; readonly fit: Curves };
  /** What computed it. */
  readonly engine: Engine;
}

export function showNumbers(
  opened: Opened,
  shown: Shown,
  { isNewest, info }: { readonly isNewest: boolean; readonly info: EngineInfo },
): void {
  showView(shown.data, shown.state, isNewest);
  showWidth(shown, isNewest);
  showWords(opened, shown, info);
  showScores(shown);
}

function showView({ range, dates }: Data, settings: ExploreState, isNewest: boolean): void {
  for (const [i, name] of (["from", "to"] as const).entries()) {
    const box = field<HTMLInputElement>(name);
    const type = dates.x ? "date" : "number";
    if (box.type !== type) box.type = type;
    const value = settings[name];
    const isWhole = Number.isNaN(value);
    const text = isWhole
      ? ""
      : dates.x
        ? new Date(value).toISOString().slice(0, 10)
        : String(Number(value.toPrecision(6)));
    const isTyped = box === document.activeElement || box.ariaInvalid === "true";
    if (isNewest && !isTyped && box.value !== text) box.value = text;
    if (dates.x) continue;
    // Whole numbers as far as six digits show the range.
    box.placeholder = String(Number(range[i].toPrecision(6)));
  }
  const view = viewOf(settings, range);
  element("view").textContent = rangeWords(view, dates.x);
  element<HTMLButtonElement>("whole").disabled = view.every((end, i) => end === range[i]);
}

function showWidth({ data: rows, state: settings, fit, choice }: Shown, isNewest: boolean): void {
  const names = [settings.x, settings.x2];
  const dates = [rows.dates.x, rows.dates.x2];
  const text = fit.widths.map((width, i) => distanceOf(width, dates[i], names[i])).join(" × ");
  element("width").textContent = text;
  const slider = element<HTMLInputElement>("slider");
  const [least, most] = rows.range;
  if (isNewest) slider.value = String(Math.log10(fit.widths[0] / (most - least)));
  slider.setAttribute("aria-valuetext", text);
  element("choice").textContent = choice
    ? `${settings.rule === "thumb" ? "" : "chosen by the data: "}${choice.how}.${choice.warning ? ` ${choice.warning}.` : ""}`
    : "chosen by hand.";
}

function showWords(
  { name, table }: Opened,
  { state: settings, data: rows, fit, choice }: Shown,
  info: EngineInfo,
): void {
  const { x, dropped, missing } = rows;
  const count = x.length.toLocaleString("en");
  const why = missing.map((each) => `${each.count.toLocaleString("en")} have no ${each.name}`).join(", ");
  const out = dropped > 0 ? `; ${dropped.toLocaleString("en")} left out (${why})` : "";
  const { y: target, x: across, x2 } = settings;
  element("title").textContent =
    `${target || "The density"} ${target ? `against ${across}` : `of ${across}`}${x2 ? ` and ${x2}` : ""}.`;
  element("about").textContent = `${count} rows${out}.`;
  element("hint").textContent =
    fit.kind === "map"
      ? "Draw a rectangle to see the curve of its rows."
      : "Draw along it to zoom in; Ctrl and the wheel zoom, Shift and a stroke move.";
  const adapter = [info.adapter?.vendor, info.adapter?.architecture].filter(Boolean).join(" ");
  say(
    `${name} · ${count} rows${dropped > 0 ? ` · ${dropped.toLocaleString("en")} left out` : ""} · ${fit.milliseconds.toFixed(0)} ms · ${info.backend === "webgpu" ? adapter || "WebGPU" : "CPU, float64"}`,
  );
  const { method, reason, evaluatedPairs } = fit.report;
  const cells = fit.kind === "curves" ? fit.curves[0].cells : undefined;
  const isMean = fit.kind === "map" && x.length > MANY && settings.degree > 0 && fit.mean;
  element("details").textContent = [
    `Method ${method}: ${number(evaluatedPairs, 3)} pairs of a row and a place weighed; ${reason}.`,
    cells
      ? `Rows were summed in ${cells.toLocaleString("en")} cells of x, eight or more to a bandwidth.`
      : "",
    isMean ? "A map of so many rows shows local means." : "",
    choice ? `The bandwidth: ${choice.how}.` : "",
  ].join(" ");
  const fitted = {
    ...{ fileName: name, widths: fit.widths, classes: rows.labels !== undefined },
    degree: fit.kind === "map" && x.length > MANY ? 0 : settings.degree,
    ranges: [viewOf(settings, rows.range), ...(rows.second ? [rows.second.range] : [])],
  };
  const snippets = snippetsFor(settings, fittedOf(fitted, table, readingOptions()));
  for (const language of languages) element(language).textContent = snippets[language];
}

function showScores({ state: settings, data, choice }: Shown): void {
  const isDate = data.dates.x;
  const unit = isDate ? DAY : 1;
  const points = (choice?.candidates ?? [])
    .map(({ bandwidth, score }) => ({
      width: bandwidth[0] / unit,
      error: choice!.score.isSquare ? Math.sqrt(score) : score,
    }))
    .filter(({ error }) => Number.isFinite(error))
    .sort((a, b) => a.width - b.width);
  const isShown = points.length > 0 && settings.x2 === ""; // a curve has one bandwidth
  element("scores").hidden = !isShown;
  if (!isShown) return;
  const [best] = choice!.widths;
  drawScores(document.querySelector<HTMLElement>("#scores .body")!, {
    ...{
      title: `Best at ${distanceOf(best, isDate, settings.x)}`,
      points,
      best: best / unit,
      current: best / unit,
    },
    ...{ xLabel: `bandwidth, in ${isDate ? "days" : settings.x}`, yLabel: choice!.score.name },
  });
}
