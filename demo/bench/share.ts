/** A link that holds results: they are in the part of the address that no server sees. */
import type { Results, Row } from "../../bench/suite.ts";

/** What a link holds: our rows and those of plain JavaScript, without their single times. */
export interface SharedResults extends Pick<Results, "adapter" | "where" | "date"> {
  readonly rows: readonly Row[];
}

type Packed = readonly [
  by: string,
  kernel: string,
  n: number,
  m: number,
  dims: number,
  columns: number,
  pairsPerSecond: number,
  ofCeiling: number | null,
  error: number,
];

export function linkOf({ adapter, where, date, rows }: Results): string {
  const digits = (value: number) => Number(value.toPrecision(6)); // more than any text shows
  const packed = rows
    .filter(({ by }) => by === "nadaraya" || by === "plain JavaScript")
    .map(({ by, kernel, n, m, dims, columns, pairsPerSecond, ofCeiling, error }): Packed => {
      const size = [n, m, dims, columns] as const;
      const share = ofCeiling === undefined ? null : digits(ofCeiling);
      return [by, kernel, ...size, digits(pairsPerSecond), share, digits(error)];
    });
  const url = new URL(location.href);
  url.hash = new URLSearchParams({
    results: JSON.stringify({ adapter, where, date, rows: packed }),
  }).toString();
  return url.href;
}

/** The results in an address; undefined where there are none. @throws Error where they cannot be read */
export async function sharedIn(hash: string): Promise<SharedResults | undefined> {
  const text = new URLSearchParams(hash.replace(/^#/, "")).get("results");
  if (text === null) return undefined;
  const problem = new Error("The link's results cannot be read: it may have been cut off.");
  let found: { adapter?: unknown; where?: unknown; date?: unknown; rows?: unknown };
  try {
    found = JSON.parse(text);
  } catch {
    throw problem;
  }
  const { adapter, where, date, rows } = found ?? {};
  const isPacked = (row: unknown): row is Packed =>
    Array.isArray(row) &&
    row.length === 9 &&
    row.slice(0, 2).every((part) => typeof part === "string") &&
    row.slice(2, 7).every((part) => typeof part === "number" && part > 0);
  if (![adapter, where, date].every((part) => typeof part === "string")) throw problem;
  if (!Array.isArray(rows) || !rows.every(isPacked)) throw problem;
  const time = { median: Number.NaN, least: Number.NaN, most: Number.NaN, runs: 0 };
  return {
    ...{ adapter: String(adapter), where: String(where), date: String(date) },
    rows: rows.map(([by, kernel, n, m, dims, columns, pairsPerSecond, ofCeiling, error]) => ({
      ...{ by, kernel, n, m, dims, columns, pairsPerSecond, error, time },
      ofCeiling: ofCeiling ?? undefined,
    })),
  };
}
