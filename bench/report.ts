/** Results as people read them: Markdown for issues and the README, CSV for tools, and one run against another. */
import { csvFormat } from "d3-dsv";
import { type Grid, METHODS, ratioOf } from "./grid.ts";
import type { MethodRow } from "./methods.ts";
import type { ResidentRow } from "./resident.ts";
import type { StatisticRow } from "./statistics.ts";
import type { Results, Row } from "./suite.ts";

const mega = (x: number) => `${(x / 1e6).toPrecision(3)} M`;
const giga = (x: number) => `${(x / 1e9).toPrecision(3)} G`;
const count = (x: number) => (x >= 1e6 ? `${x / 1e6}e6` : String(x));
const percent = (x: number | undefined) => (x === undefined ? "" : `${Math.round(100 * x)} %`);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const sizeOf = ({ n, m, dims, columns }: Row) =>
  `${count(n)} × ${count(m)}, d = ${dims}${columns > 1 ? `, ${columns} columns` : ""}`;

/** Our row of the same shape as a peer's; the sizes may differ where a peer is too slow. */
function oursBeside(peer: Row, rows: readonly Row[]): Row | undefined {
  return rows.find(
    (row) =>
      row.by === "nadaraya" &&
      row.n === peer.n &&
      row.dims === peer.dims &&
      row.columns === peer.columns &&
      row.kernel === peer.kernel,
  );
}

/** Largest error, as a share of the range, of a peer's row in the tables: the speed of a wrong answer compares with nothing. */
const WRONG = 1e-3;

/** The ratio of pairs a second, and our size if it is another than the peer's. */
function beside(ours: Row | undefined, peer: Row): string {
  if (!ours) return "";
  const ratio = `we are ${(ours.pairsPerSecond / peer.pairsPerSecond).toFixed(1)} ×`;
  return ours.m === peer.m ? ratio : `${ratio}, at ${count(ours.n)} × ${count(ours.m)}`;
}

/** Our row of the same problem, for the ratio next to a peer. */
function methodBeside(row: MethodRow, rows: readonly MethodRow[]): string {
  const same = rows
    .filter((r) => r.by === "nadaraya" && r.what === row.what && r.kernel === row.kernel)
    .filter((r) => r.n === row.n && r.m === row.m && r.dims === row.dims);
  if (row.workers) {
    const alone = same.find((r) => r.workers === 0 && r.method === row.method);
    return alone ? `${(alone.time.median / row.time.median).toFixed(2)} × one thread` : "";
  }
  if (row.by === "nadaraya") return "";
  const ours = same
    .filter(({ workers }) => workers === undefined)
    .reduce((best, r) => Math.min(best, r.time.median), Infinity);
  return ours < Infinity ? `we are ${(row.time.median / ours).toFixed(2)} ×` : "";
}

const duration = (ms: number) => (ms < 1000 ? `${ms.toPrecision(3)} ms` : `${(ms / 1000).toPrecision(3)} s`);

function wordsOf({ method, took, tolerance, workers }: MethodRow): string {
  const words = [method === "auto" && took ? `auto: ${took}` : method];
  if (tolerance) words.push(`tolerance ${tolerance.toExponential(0)}`);
  if (workers !== undefined)
    words.push(workers ? `the CPU engine, ${workers} workers` : "the CPU engine, one thread");
  return words.join(", ");
}

export function methodsToMarkdown(methods: readonly MethodRow[]): string {
  const lines = methods.map((row) => [
    row.by === "nadaraya" ? `**nadaraya**, ${wordsOf(row)}` : row.by,
    `${row.kernel}, ${count(row.n)} × ${count(row.m)}, d = ${row.dims}`,
    row.what,
    `${duration(row.time.median)} (${duration(row.time.least)} – ${duration(row.time.most)})`,
    methodBeside(row, methods),
    row.error.toExponential(0),
  ]);
  return `${table(["who, method", "problem", "what", "median (least – most)", "", "error / range"], lines)}\n`;
}

/** The share of a grid's problems within some ratios, and those beyond a fifth. */
export function gridToMarkdown({ date, where, adapter, grid }: Grid): string {
  const checkedSums = grid.map((row) => ({ row, ratio: ratioOf(row) })).sort((a, b) => b.ratio - a.ratio);
  const within = [1.1, 1.3, 1.5, 2].map(
    (most) => `${checkedSums.filter(({ ratio }) => ratio <= most).length} within ${most} ×`,
  );
  const lines = checkedSums
    .filter(({ ratio }) => ratio > 1.2)
    .map(({ row, ratio }) => {
      const { kernel, n, m, dims, factor, took, milliseconds } = row;
      const times = METHODS.map((method) => milliseconds[method]?.toPrecision(3) ?? "");
      return [ratio.toFixed(2), `${kernel}, ${n} × ${m}, d = ${dims}, ${factor} × Scott`, took, ...times];
    });
  const head = ["auto / best", "problem", "took", ...METHODS.map((method) => `${method}, ms`)];
  return `**${adapter}**, ${where}, ${date}. "auto" against the fastest method over ${grid.length} problems: ${within.join(", ")}; at worst ${checkedSums[0].ratio.toFixed(2)} ×. Those beyond 1.2 ×:\n\n${table(head, lines)}\n`;
}

export function statisticsToMarkdown(statistics: readonly StatisticRow[]): string {
  const lines = statistics.map(({ what, problem, milliseconds, found }) => [
    what,
    problem,
    milliseconds === undefined ? "" : duration(milliseconds),
    found,
  ]);
  return `${table(["what", "problem", "time", "found"], lines)}\n`;
}

export function residentToMarkdown(rows: readonly ResidentRow[]): string {
  const lines = rows.map(
    ({ n, m, dims, bandwidth, gridPoints, build, read, limit, call, fallbackQueries, error }) => [
      `${count(n)} × ${count(m)}, d = ${dims}, bandwidth ${bandwidth.toPrecision(2)}, ${mega(gridPoints)} grid points`,
      duration(build),
      duration(read),
      percent(limit / (build + read)),
      `${duration(call.median)} (${duration(call.least)} – ${duration(call.most)})`,
      String(fallbackQueries),
      error.toExponential(0),
    ],
  );
  const head = [
    "Gaussian",
    "sort, spread, convolve",
    "read",
    "of the ceilings",
    "`predict`, by the wall",
    "recomputed",
    "error / range",
  ];
  return `${table(head, lines)}\n`;
}

export function toMarkdown({
  date,
  where,
  adapter,
  ceilings,
  firstCall,
  firstCallWarm,
  rows,
  methods,
  statistics,
  resident = [],
}: Results): string {
  const { fma, exp2, sqrt, divide, workgroupBytes, storageBytes, latency } = ceilings;
  const comparable = rows.filter((row) => row.by === "nadaraya" || row.error < WRONG);
  const lines = comparable.map((row) => {
    const ours = row.by === "nadaraya" ? undefined : oursBeside(row, rows);
    return [
      row.by === "nadaraya" ? `**nadaraya**, ${row.kernel}` : row.by,
      sizeOf(row),
      mega(row.pairsPerSecond),
      `${row.time.least.toFixed(1)} – ${row.time.most.toFixed(1)}`,
      row.by === "nadaraya" ? percent(row.ofCeiling) : beside(ours, row),
      row.error.toExponential(0),
    ];
  });
  return `**${adapter}**, ${where}, ${date}. Ceilings: ${giga(fma)} fma/s, ${giga(exp2)} exp2/s, ${giga(sqrt)} sqrt/s, ${giga(divide)} div/s, ${giga(workgroupBytes)}B/s workgroup memory, ${giga(storageBytes)}B/s storage, latency ${latency.toFixed(2)} ms. First call with compilation: ${firstCall.toFixed(0)} ms${firstCallWarm ? `; warmed, ${firstCallWarm.toFixed(0)} ms` : ""}.

${table(["what", "keys × queries", "pairs/s", "ms (least – most)", "of the ceiling", "error / range"], lines)}

${resident.length > 0 ? `The fast Gauss transform with queries and means on the GPU, tolerance 1e-5, by the GPU's clock:\n\n${residentToMarkdown(resident)}` : ""}
Methods, with Scott's bandwidth, from typed arrays to typed array:

${methodsToMarkdown(methods ?? [])}
Statistics:

${statisticsToMarkdown(statistics ?? [])}`;
}

export function toCsv({ date, where, adapter, rows }: Results): string {
  return csvFormat(
    rows.map(({ time, instructions, ...row }) => ({
      date,
      where,
      adapter,
      ...row,
      medianMs: time.median,
      leastMs: time.least,
      mostMs: time.most,
      fma: instructions?.fma,
      exp2: instructions?.exp2,
    })),
  );
}

/** Rows that both runs have: the second's rate over the first's. */
export function compare(before: Results, after: Results): string {
  const key = ({ by, kernel, n, m, dims, columns }: Row) => [by, kernel, n, m, dims, columns].join();
  const earlier = new Map(before.rows.map((row) => [key(row), row]));
  const rows = after.rows.flatMap((row) => {
    const other = earlier.get(key(row));
    if (!other) return [];
    const ratio = row.pairsPerSecond / other.pairsPerSecond;
    return [
      [
        `${row.by}, ${row.kernel}`,
        sizeOf(row),
        mega(other.pairsPerSecond),
        mega(row.pairsPerSecond),
        `${ratio.toFixed(2)} ×`,
      ],
    ];
  });
  return `${before.adapter}, ${before.date} → ${after.adapter}, ${after.date}\n\n${table(["what", "keys × queries", "before", "after", "after / before"], rows)}\n`;
}

/** One line that says it all: "M2: 1.20 T pairs/s, 78 % of its ceiling, 31 × plain JavaScript". */
export function summaryOf({ adapter, rows }: Pick<Results, "adapter" | "rows">): string | undefined {
  const square = rows.filter(
    ({ by, kernel, dims, n, m, columns }) =>
      by === "nadaraya" && kernel === "gaussian" && dims === 1 && n === m && columns === 1,
  );
  const ours = square[0];
  if (!ours) return undefined;
  const plain = rows.find(({ by, dims }) => by === "plain JavaScript" && dims === 1);
  const { pairsPerSecond: rate } = ours;
  const speed = rate >= 1e12 ? `${(rate / 1e12).toPrecision(3)} T` : rate >= 1e9 ? giga(rate) : mega(rate);
  const ratio = plain ? `, ${(rate / plain.pairsPerSecond).toPrecision(3)} × plain JavaScript` : "";
  return `${adapter}: ${speed} Gaussian pairs/s, ${percent(ours.ofCeiling)} of its ceiling${ratio}`;
}
