/** The commands about files and the machine: what columns a table has, which adapter computes, and how fast. */
import { show } from "../common/errors.ts";
import { type AdapterInfo, Engine, KernelRegression, type Progress } from "../index.ts";
import { readTable, writeStandardOutput } from "../io/files.ts";
import type { ColumnSummary, Table } from "../io/table.ts";
import { dateText } from "../io/typing/dates.ts";
import { nameOfPath } from "../io/url.ts";
import { type EngineArguments, engineOptions } from "./engine-options.ts";
import { type ReadArguments, readOptions } from "./read-options.ts";
import { Reporter } from "./reporter.ts";

interface InfoOptions extends ReadArguments, EngineArguments {
  readonly json?: boolean;
  readonly selfTest?: boolean;
}

/** The columns of files, or where this machine computes. */
export async function info(files: readonly string[], options: InfoOptions): Promise<void> {
  if (options.selfTest) return selfTest(options);
  if (files.length === 0) return machine(options);
  const reporter = Reporter.start({ quiet: options.json });
  const onProgress = (share: number) => reporter.progress("reading", share);
  const table = await readTable(files, { ...readOptions(options), onProgress });
  reporter.done();
  const columns = (table.summary ?? []).map((summary) => described(table, summary));
  if (options.json) {
    const { rows, notes } = table;
    await writeStandardOutput(`${JSON.stringify({ files: files.map(nameOfPath), rows, columns, notes })}\n`);
    return;
  }
  for (const note of table.notes ?? []) reporter.note(note);
  const header = ["column", "type", "missing", "values"];
  const lines = columns.map(({ name, type, missing, values }) => [name, type, String(missing), values]);
  const widths = header.map((word, j) =>
    Math.max(...[header, ...lines].map((line) => line[j].length), word.length),
  );
  const print = (cells: readonly string[]) =>
    `${cells.map((cell, j) => (j < cells.length - 1 ? cell.padEnd(widths[j]) : cell)).join("  ")}\n`;
  await writeStandardOutput(`${table.rows} rows\n\n${[header, ...lines].map(print).join("")}`);
  for (const { name, firstBad } of columns)
    if (firstBad)
      await writeStandardOutput(
        `\ncolumn "${name}", ${firstBad.where}: ${show(firstBad.value)} ${firstBad.problem} (${firstBad.count} of ${table.rows} rows)${firstBad.isAmbiguous ? "" : "; --bad missing leaves such cells empty"}\n`,
      );
}

/** A column's range, or how many different texts it has, and the first of them. */
function described(table: Table, summary: ColumnSummary): ColumnSummary & { readonly values: string } {
  const { name, type } = summary;
  const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
  if (column === undefined) return { ...summary, values: "lists or objects, which are not read" };
  if (column instanceof Float64Array) {
    let [least, most] = [Infinity, -Infinity];
    for (const value of column) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const shown = (value: number) => (type === "date" ? (dateText(value) ?? "") : String(value));
    return { ...summary, values: least > most ? "none" : `${shown(least)} to ${shown(most)}` };
  }
  const distinct = new Set(column);
  distinct.delete(undefined);
  const first = [...distinct].slice(0, 3).map(show);
  return {
    ...summary,
    values: `${distinct.size} different: ${first.join(", ")}${distinct.size > 3 ? ", …" : ""}`,
  };
}

async function machine(options: InfoOptions): Promise<void> {
  const engine = await Engine.create(engineOptions(options));
  await engine.calibrate();
  if (options.json)
    await writeStandardOutput(`${JSON.stringify({ ...engine.info, node: process.version })}\n`);
  else await writeStandardOutput(`${linesOf(engine).join("\n")}\n`);
  engine.dispose();
}

/** Compares every kernel by every method on this adapter with float64; the exit status is 1 where one is wrong. */
async function selfTest(options: InfoOptions): Promise<void> {
  const { json } = options;
  const engine = await Engine.create(engineOptions(options));
  const reporter = Reporter.start({ quiet: json });
  const onProgress = ({ done, total }: Progress) => reporter.progress("self-test", done / total);
  const report = await engine.selfTest({ onProgress });
  reporter.done();
  await writeStandardOutput(json ? `${JSON.stringify(report)}\n` : report.text);
  engine.dispose();
  if (!report.passed) process.exitCode = 1;
}

function linesOf(engine: Engine): string[] {
  const { info } = engine;
  const { adapter, calibration, limits, reason } = info;
  return [
    `computes on   ${info.backend === "webgpu" ? "the GPU, by WebGPU" : "the CPU, in float64"}`,
    ...(reason ? [`because       ${reason}`] : []),
    ...(adapter ? [`adapter       ${nameOf(adapter)}`] : []),
    ...(calibration
      ? [`calibrated    ${calibration.pairsPerMillisecond} pairs/ms, latency ${calibration.latency} ms`]
      : []),
    ...(limits ? [`buffers up to ${limits.maxStorageBufferBindingSize / 2 ** 20} MiB`] : []),
    ...(info.workersReason ? [info.workersReason] : []),
    `Node          ${process.version}`,
  ];
}

function nameOf({ vendor, architecture, device, description, isFallbackAdapter }: AdapterInfo): string {
  const words = [vendor, architecture, device, description, isFallbackAdapter && "fallback"];
  return words.filter(Boolean).join(" · ") || "unnamed";
}

/** Every pair of a square problem, for each of three numbers of coordinates. */
export async function bench(options: EngineArguments): Promise<void> {
  const engine = await Engine.create(engineOptions(options));
  const size = engine.info.backend === "webgpu" ? 16_384 : 2048;
  await writeStandardOutput("coordinates,keys,queries,milliseconds,pairs per second\n");
  for (const dims of [1, 4, 16]) {
    const data = Float64Array.from({ length: size * dims }, (_, i) => Math.sin(i * i));
    const values = Float64Array.from({ length: size }, (_, i) => Math.cos(i));
    const model = await KernelRegression.fit({ keys: { data, dims }, values, bandwidth: 0.5 }, { engine });
    let best = Infinity;
    for (let run = 0; run < 6; run++) {
      const { report } = await model.predict({ data, dims }, { method: "dense" });
      best = Math.min(best, report.milliseconds);
    }
    model.dispose();
    await writeStandardOutput(
      `${dims},${size},${size},${best.toFixed(1)},${((1000 * size * size) / best).toPrecision(3)}\n`,
    );
  }
  engine.dispose();
}
