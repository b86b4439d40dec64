/** The benchmark's page: runs the suite in this browser, draws the roofline, and gives the results away. */
import "./style.css";
import "./figures.css";
import * as Plot from "@observablehq/plot";
import { type Ceilings, measureCeilings } from "../bench/ceilings.ts";
import type { MethodRow } from "../bench/methods.ts";
import { summaryOf, toCsv, toMarkdown } from "../bench/report.ts";
import { countInstructions } from "../bench/roofline.ts";
import { measureKernel, type Results, type Row, runSuite } from "../bench/suite.ts";
import { PROMISED } from "../bench/workload.ts";
import { findDevice } from "../src/gpu/device.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { defineKernel, Engine, type Kernel, KernelRegression } from "../src/index.ts";
import { showOthers } from "./bench/others.ts";
import { inOwnText } from "./bench/own-text.ts";
import { linkOf, type SharedResults, sharedIn } from "./bench/share.ts";
import { save } from "./download.ts";
import { asImage, cellsOf } from "./draw/line-panels.ts";
import { messageOf } from "./message.ts";

const element = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

function fail(error: unknown): void {
  const banner = element("no-webgpu");
  banner.hidden = false;
  banner.textContent = `The benchmark needs WebGPU: ${messageOf(error)}`;
}

function drawRoofline(rows: readonly SharedResults["rows"][number][]): void {
  const [cell] = cellsOf(document.querySelector<HTMLElement>("#roofline .body")!, 1);
  const bars = rows
    .filter((row) => row.ofCeiling !== undefined)
    .map((row) => ({
      ...row,
      name: `${row.kernel}, d = ${row.dims}, ${row.n} × ${row.m}${row.columns > 1 ? ` × ${row.columns}` : ""}`,
    }));
  const plot = Plot.plot({
    width: cell.clientWidth,
    height: 68 + 18 * bars.length,
    ...{ marginLeft: Math.min(240, cell.clientWidth / 2), marginTop: 28, marginRight: 90 },
    x: {
      domain: [0, Math.max(1.05, ...bars.map((bar) => bar.ofCeiling!))],
      tickFormat: "%",
      label: "share of the ceiling",
      grid: true,
    },
    y: { domain: bars.map((bar) => bar.name), label: "kernel, coordinates d, keys × queries" },
    marks: [
      Plot.barX(bars, { x: "ofCeiling", y: "name", fill: "var(--estimate)", fillOpacity: 0.75 }),
      Plot.text(bars, {
        x: "ofCeiling",
        y: "name",
        text: (bar: Row) => `${(bar.pairsPerSecond / 1e6).toPrecision(3)} M pairs/s`,
        dx: 4,
        textAnchor: "start",
        fontSize: 9,
      }),
      Plot.ruleX([1], { stroke: "var(--ink)", strokeDasharray: "4 3" }),
    ],
  });
  cell.replaceChildren(asImage(plot as Element, `share of the ceiling for ${bars.length} measurements`));
}

/** Milliseconds against n on logarithmic scales, a line for each method and peer. */
function drawScaling(methods: readonly MethodRow[]): void {
  const [cell] = cellsOf(document.querySelector<HTMLElement>("#scaling .body")!, 1);
  const points = methods
    .filter((row) => row.dims === 1 && row.kernel === "gaussian" && row.what === "fit and predict")
    .filter((row) => row.workers === undefined)
    .filter((row) => row.m === Math.min(row.n, 1e6))
    .map((row) => ({
      n: row.n,
      ms: row.time.median,
      who: row.by === "nadaraya" ? `our ${row.took}` : row.by,
    }))
    .sort((a, b) => a.n - b.n);
  if (points.length === 0) return;
  const plot = Plot.plot({
    width: cell.clientWidth,
    height: 340,
    marginLeft: 56,
    marginRight: 30,
    x: { type: "log", label: "n", grid: true, tickFormat: "~s" },
    y: { type: "log", label: "milliseconds", grid: true, tickFormat: "~s" },
    color: { legend: true },
    marks: [
      Plot.line(points, { x: "n", y: "ms", stroke: "who", strokeWidth: 2 }),
      Plot.dot(points, { x: "n", y: "ms", fill: "who" }),
    ],
  });
  cell.replaceChildren(asImage(plot as Element, `milliseconds against n for ${points.length} measurements`));
}

function show(results: Results): void {
  drawRoofline(results.rows);
  drawScaling(results.methods);
  const markdown = toMarkdown(results);
  const summary = summaryOf(results);
  element("markdown").textContent = markdown;
  element("summary").textContent = summary ?? "";
  const file = (kind: string, text: string) => save(`nadaraya-bench.${kind}`, new Blob([text]));
  const copy = (text: string) => () => void navigator.clipboard.writeText(text);
  const actions: [string, () => void][] = [
    ["copy", copy(markdown)],
    ["copy-summary", copy(summary ?? "")],
    ["link", copy(linkOf(results))],
    ["json", () => file("json", JSON.stringify(results, null, 1))],
    ["csv", () => file("csv", toCsv(results))],
  ];
  for (const [id, action] of actions) {
    const button = element<HTMLButtonElement>(id);
    button.disabled = id === "copy-summary" && !summary;
    button.onclick = action;
  }
  document.documentElement.dataset.results = JSON.stringify(results);
}

/** How long the rest will take, by the steps that are done: a minute's guess after a few. */
function timeLeft(start: number, done: number, total: number): string {
  if (done < 3) return "";
  const seconds = ((performance.now() - start) / done) * (total - done) * 1e-3;
  return seconds < 90
    ? `, about ${Math.ceil(seconds / 10) * 10} s left`
    : `, about ${Math.round(seconds / 60)} minutes left`;
}

element("run").onclick = async () => {
  const run = element<HTMLButtonElement>("run");
  const stop = element("stop");
  const controller = new AbortController();
  stop.onclick = () => controller.abort();
  [run.disabled, stop.hidden] = [true, false];
  const start = performance.now();
  const browser = /(Edg|Chrome|Firefox|Version)\/[\d.]+/.exec(navigator.userAgent)?.[0];
  try {
    const results = await runSuite({
      where: browser?.replace("Version", "Safari") ?? "a browser",
      full: element<HTMLInputElement>("full").checked,
      signal: controller.signal,
      progress: (what, done, total) => {
        element<HTMLProgressElement>("progress").value = done / total;
        element("step").textContent = `${done} of ${total}: ${what}${timeLeft(start, done, total)}`;
      },
      onResults: show,
    });
    if (results) show(results);
    if (controller.signal.aborted)
      element("step").textContent = results
        ? "Stopped: what was measured is below."
        : "Stopped before anything was measured.";
  } catch (error) {
    fail(error);
  }
  [run.disabled, stop.hidden] = [false, true];
};

element("self-test").onclick = async () => {
  const button = element<HTMLButtonElement>("self-test");
  const report = element("self-test-report");
  button.disabled = true;
  report.textContent = "testing …";
  try {
    const engine = await Engine.create();
    const { text, passed } = await engine.selfTest({
      onProgress: ({ done, total }) => {
        element<HTMLProgressElement>("self-test-progress").value = done / total;
      },
    });
    engine.dispose();
    report.textContent = text;
    report.dataset.passed = String(passed);
    const copy = element<HTMLButtonElement>("copy-self-test");
    copy.disabled = false;
    copy.onclick = () => void navigator.clipboard.writeText(text);
  } catch (error) {
    report.textContent = messageOf(error);
  }
  button.disabled = false;
};

const form = element<HTMLFormElement>("own");
/** Measured once in a page. */
let ceilings: Ceilings | undefined;

async function predictOnce(engine: Engine, kernel: Kernel): Promise<void> {
  const model = await KernelRegression.fit({ keys: [0], values: [0], kernel, bandwidth: 1 }, { engine });
  await model.predict([0], { method: "dense" });
  model.dispose();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const output = element("own-result");
  output.textContent = "compiling …";
  try {
    const { wgsl, compact } = Object.fromEntries(new FormData(form)) as Record<string, string>;
    const kernel = defineKernel({ name: "your kernel", wgsl, compact: compact === "on" });
    const found = await findDevice();
    const gpu = new Gpu(found, 2 ** 28);
    const engine = await Engine.create({ device: found.device });
    await predictOnce(engine, kernel); // what does not compile is said at once
    output.textContent = "measuring what the adapter can do at best …";
    ceilings ??= await measureCeilings(gpu);
    output.textContent = "measuring …";
    const size = { n: 8192, m: 8192, dims: 1, columns: 1 };
    const row = await measureKernel(
      engine,
      kernel,
      countInstructions(wgsl, compact === "on"),
      size,
      ceilings,
    );
    const { fma, exp2, sqrt, divide } = row.instructions!;
    const agreement =
      row.error <= PROMISED
        ? `The GPU agrees with float64 within ${PROMISED} of the values' range`
        : `The GPU does not agree with float64 within ${PROMISED} of the values' range`;
    output.textContent = `${agreement} (largest error at some queries: ${row.error.toExponential(0)}). ${(row.pairsPerSecond / 1e6).toPrecision(3)} M pairs/s, ${Math.round(100 * row.ofCeiling!)} % of the ceiling for ${fma} fma, ${exp2} exp2, ${sqrt} sqrt and ${divide} divisions a pair (counted in the expression).`;
    drawRoofline([row]);
    found.device.destroy();
  } catch (error) {
    const wgsl = String(new FormData(form).get("wgsl"));
    output.textContent = inOwnText(error, wgsl);
  }
});

document.querySelector<HTMLElement>(".scroll")!.tabIndex = 0; // scrolled by keys, too
showOthers(element("others"));
sharedIn(location.hash)
  .then((shared) => {
    if (!shared) return;
    drawRoofline(shared.rows);
    element("summary").textContent = summaryOf(shared) ?? "";
    element("step").textContent = `A result from a link: ${shared.adapter}, ${shared.where}, ${shared.date}.`;
  })
  .catch((error: unknown) => {
    element("step").textContent = messageOf(error);
  });
