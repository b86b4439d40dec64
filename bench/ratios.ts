/**
 * Ratios of a benchmark's run that do not depend on how fast the machine is: ours beside peers of the same run, shares of measured ceilings,
 * workers beside one thread. Those of two runs can be compared.
 */
import type { MethodRow } from "./methods.ts";
import type { Results, Row } from "./suite.ts";

/** What `npm run bench -- --peers` saves. */
export interface Peers {
  readonly tasks: readonly {
    readonly task: string;
    readonly rows: readonly { readonly by: string; readonly milliseconds: number }[];
  }[];
}

export type Ratios = ReadonlyMap<string, number>;

/** By the quantity measured; larger is better for us. */
export function ratiosOf(results: Results | Peers): Ratios {
  return new Map(
    "tasks" in results ? peerRatios(results) : [...rowRatios(results.rows), ...methodRatios(results.methods)],
  );
}

type Entry = readonly [name: string, ratio: number];

function peerRatios({ tasks }: Peers): Entry[] {
  return tasks.flatMap(({ task, rows }) => {
    const [ours, others] = split(rows);
    return ours.flatMap((row) =>
      others.map(
        (other): Entry => [`${task}: ${row.by} beside ${other.by}`, other.milliseconds / row.milliseconds],
      ),
    );
  });
}

function rowRatios(rows: readonly Row[]): Entry[] {
  const problemOf = ({ kernel, n, dims, columns }: Row) =>
    `${kernel}, n = ${n}, d = ${dims}, ${columns} columns`;
  const [ours, others] = split(rows);
  return ours.flatMap((row) => {
    const problem = problemOf(row);
    const name = `every pair, ${problem}, m = ${row.m}`;
    const beside = others
      .filter((other) => problemOf(other) === problem)
      .map((other): Entry => [`${name}: beside ${other.by}`, row.pairsPerSecond / other.pairsPerSecond]);
    return row.ofCeiling === undefined
      ? beside
      : [[`${name}: share of the ceiling`, row.ofCeiling], ...beside];
  });
}

function methodRatios(methods: readonly MethodRow[]): Entry[] {
  const problemOf = ({ what, kernel, n, m, dims }: MethodRow) =>
    `${what}, ${kernel}, ${n} × ${m}, d = ${dims}`;
  const [ours, others] = split(methods);
  return ours.flatMap((row) => {
    const problem = problemOf(row);
    const { method, workers, tolerance } = row;
    const words = [method, ...(tolerance ? [`tolerance ${tolerance}`] : [])];
    const name = (more: string) => `${problem}, ${[...words, more].join(", ")}`;
    if (workers) {
      const alone = ours.find(
        (other) =>
          problemOf(other) === problem &&
          other.method === method &&
          other.tolerance === tolerance &&
          other.workers === 0,
      );
      return alone
        ? [[name(`${workers} workers beside one thread`), alone.time.median / row.time.median] as const]
        : [];
    }
    const where = workers === 0 ? "one thread" : "this engine";
    return others
      .filter((other) => problemOf(other) === problem)
      .map((other): Entry => [name(`${where}: beside ${other.by}`), other.time.median / row.time.median]);
  });
}

/** Our rows, and those of peers. */
function split<R extends { readonly by: string }>(rows: readonly R[]): [R[], R[]] {
  const isOurs = ({ by }: R) => by.startsWith("nadaraya");
  return [rows.filter(isOurs), rows.filter((row) => !isOurs(row))];
}

/** A ratio below this share of the earlier one counts as slower: shared machines differ by as much from run to run. */
export const SLOWER = 0.8;

/** Markdown that lists the ratios of which less than `SLOWER` is left, the worst first. */
export function slowerToMarkdown(name: string, before: Ratios, after: Ratios): string {
  const both = [...after].flatMap(([what, now]) => {
    const earlier = before.get(what);
    return earlier === undefined ? [] : [{ what, earlier, now, change: now / earlier }];
  });
  const slower = both.filter(({ change }) => change < SLOWER).sort((a, b) => a.change - b.change);
  const head = `**${name}**: ${slower.length} of ${both.length} ratios are below ${SLOWER} of the committed ones.`;
  if (slower.length === 0) return `${head}\n`;
  const lines = slower.map(
    ({ what, earlier, now, change }) =>
      `| ${what} | ${earlier.toPrecision(3)} | ${now.toPrecision(3)} | ${change.toFixed(2)} |`,
  );
  return [
    head,
    "",
    "| what | committed | now | now / committed |",
    "| --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}
