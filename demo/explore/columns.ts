/** What the columns of a table are, and which of them to show first. */
import { createYielder } from "../../src/common/yield.ts";
import type { ReadTable } from "./reader.ts";
import type { TextColumn } from "./text-column.ts";

/** Bars of a sparkline. */
const BARS = 24;
/** Rows between two looks at the clock. */
const BLOCK = 65_536;
/** Rows of which the different values are counted. */
const COUNTED = 10_000;

export interface ColumnProfile {
  readonly name: string;
  readonly type: "number" | "date" | "text";
  readonly missing: number;
  /** Of numbers and dates. */
  readonly range?: readonly [number, number];
  /** Different values: of numbers among the first ten thousand rows, of texts among all; Infinity for more than are counted. */
  readonly distinct: number;
  /** Counts of the range's equal parts; of text, those of its most frequent values. */
  readonly bars: readonly number[];
  /** The most frequent values of a column of text. */
  readonly texts?: readonly string[];
  /** A number that names its row, and measures nothing. */
  readonly isId: boolean;
}

export async function profile(table: ReadTable, signal: AbortSignal): Promise<readonly ColumnProfile[]> {
  const pause = createYielder({ signal });
  const profiles: ColumnProfile[] = [];
  for (const name of table.names) {
    const column = table.columns[name];
    profiles.push(
      column instanceof Float64Array
        ? await profileNumbers(name, column, table.dates?.includes(name) ?? false, pause)
        : await profileText(name, column, pause),
    );
  }
  return profiles;
}

async function profileNumbers(
  name: string,
  column: Float64Array,
  isDate: boolean,
  pause: () => Promise<void>,
): Promise<ColumnProfile> {
  let [least, most, missing, last, steps, whole] = [Infinity, -Infinity, 0, NaN, 0, true];
  for (let i = 0; i < column.length; i++) {
    const value = column[i];
    if (Number.isFinite(value)) {
      if (value < least) least = value;
      if (value > most) most = value;
      if (value === last + 1) steps++;
      whole &&= Number.isInteger(value);
      last = value;
    } else missing++;
    if (i % BLOCK === 0) await pause();
  }
  const bars = new Array<number>(BARS).fill(0);
  const scale = most > least ? BARS / (most - least) : 0;
  for (let i = 0; i < column.length; i++) {
    const value = column[i];
    if (Number.isFinite(value)) bars[Math.min(Math.floor((value - least) * scale), BARS - 1)]++;
    if (i % BLOCK === 0) await pause();
  }
  const distinct = new Set(column.subarray(0, COUNTED)).size;
  const present = column.length - missing;
  // Counts one by one, or whole numbers of which no two are equal under a name that says so.
  const counts = whole && present > 20 && steps >= 0.99 * (present - 1);
  const named =
    /(^|[\s_.-])(id|ids|index|idx|key|code|zip|fips|rownames?|row|no)$|^unnamed|[a-z]I[Dd]$/i.test(name);
  const isId = !isDate && ((counts && (named || steps === present - 1)) || (named && whole));
  return {
    ...{ name, missing, distinct, bars, isId },
    type: isDate ? "date" : "number",
    range: present > 0 ? [least, most] : undefined,
  };
}

async function profileText(
  name: string,
  { codes, texts, isCut }: TextColumn,
  pause: () => Promise<void>,
): Promise<ColumnProfile> {
  const counts = new Float64Array(texts.length + 1);
  for (let i = 0; i < codes.length; i++) {
    counts[codes[i]]++;
    if (i % BLOCK === 0) await pause();
  }
  const sorted = texts.map((text, t) => [text, counts[t + 1]] as const).sort((a, b) => b[1] - a[1]);
  const first = sorted.slice(0, BARS);
  return {
    ...{ name, type: "text", missing: counts[0], distinct: isCut ? Infinity : texts.length, isId: false },
    bars: first.map(([, count]) => count),
    texts: first.slice(0, 3).map(([text]) => text),
  };
}

/** Two columns worth a first look: x a date or a measurement, y a measurement that varies. Ids and constants only where there is nothing else. */
export function suggest(profiles: readonly ColumnProfile[]): { readonly x: string; readonly y: string } {
  const numeric = profiles.filter(({ type }) => type !== "text");
  const varies = ({ range, distinct }: ColumnProfile) =>
    range !== undefined && range[0] < range[1] && distinct > 1;
  const measures = (each: ColumnProfile) => varies(each) && !each.isId;
  const asX = (each: ColumnProfile) =>
    (measures(each) ? 8 : varies(each) ? 4 : 0) + (each.type === "date" ? 2 : each.distinct > 12 ? 1 : 0);
  const asY = (each: ColumnProfile) =>
    (measures(each) ? 8 : varies(each) ? 4 : 0) + (each.type === "date" ? -6 : each.distinct > 12 ? 1 : 0);
  const best = (list: readonly ColumnProfile[], score: (each: ColumnProfile) => number) =>
    list.reduce<ColumnProfile | undefined>(
      (most, each) => (most === undefined || score(each) > score(most) ? each : most),
      undefined,
    );
  const x = best(numeric, asX);
  const y = best(
    numeric.filter((each) => each !== x),
    asY,
  );
  return { x: x?.name ?? "", y: y && asY(y) > 0 ? y.name : "" };
}
