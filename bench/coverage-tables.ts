/** The coverage of bands as the documentation shows it, and what it promises of each kind of sample. */
import { type CoverageResults, type CoverageRow, SHARES, type Share } from "./coverage.ts";
import { type CoverageCase, type CoverageTable, isSurface } from "./coverage-cases.ts";

/** Least shares that the documentation promises of bands of 95 %: of a pointwise band at any query, and of a simultaneous one at all of them; in percents. */
export interface Promised {
  readonly pointwise: number;
  readonly simultaneous: number;
}

/** Undefined if noise is correlated, or the bandwidth far too wide: nothing is promised then. */
export function promiseOf({ truth, noise, fit }: CoverageCase): Promised | undefined {
  if (noise.startsWith("correlated") || fit.bandwidth === 0.15) return undefined;
  if (!isSurface(truth)) return { pointwise: 93, simultaneous: 90 };
  if (fit.bandwidth === "loo") return { pointwise: 92, simultaneous: 70 };
  return { pointwise: 93, simultaneous: fit.degree === 0 ? 80 : 90 };
}

/** Which of the promises a share is compared with. */
export const promisedShare = (promised: Promised, share: Share): number =>
  (share === "inside" || share === "ends" ? promised.pointwise : promised.simultaneous) / 100;

/** Standard deviation of a share of samples: queries of one sample are as good as that number of independent ones. */
export function errorOf(samples: number, share: Share, p: number): number {
  const independent = { inside: 4, ends: 2, simultaneous: 1, everywhere: 1 }[share];
  return Math.sqrt((p * (1 - p)) / (samples * independent));
}

/** The least and the most of the rows of one coordinate of which something is promised, in whole percents. */
export function coverageExtents({ curves, difficulties }: CoverageResults): string {
  const rows = [...curves, ...difficulties].filter(promiseOf);
  const extent = (share: Share) => {
    const shares = rows.map((row) => Math.round(100 * row[share]));
    return `${Math.min(...shares)} to ${Math.max(...shares)} %`;
  };
  return `pointwise bands held ${extent("inside")} inside the data and ${extent("ends")} at its ends, simultaneous ones ${extent("simultaneous")} inside and ${extent("everywhere")} with the ends`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const bandwidthText = ({ bandwidth }: CoverageCase["fit"]) =>
  typeof bandwidth === "string" ? `\`"${bandwidth}"\`` : String(bandwidth);
const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** The tables of docs/guide/uncertainty.md. */
export function coverageTables(results: CoverageResults): Readonly<Record<CoverageTable, string>> {
  const measured = (row: CoverageRow) => SHARES.map((share) => percent(row[share]));
  const promised = (row: CoverageRow) => {
    const promise = promiseOf(row);
    return promise ? `${promise.pointwise} %, ${promise.simultaneous} %` : "nothing";
  };
  const head = ["inside", "at the ends", "all inside", "all", "promised"];
  const fitted = (rows: readonly CoverageRow[]) =>
    tableOf(
      ["truth", "keys", "degree", "bandwidth", ...head],
      rows.map((row) => [
        row.truth,
        String(row.n),
        `${row.fit.degree}${row.fit.kernel ? `, ${row.fit.kernel}` : ""}`,
        bandwidthText(row.fit),
        ...measured(row),
        promised(row),
      ]),
    );
  return {
    curves: fitted(results.curves),
    difficulties: tableOf(
      ["keys", "noise", "bandwidth", ...head],
      results.difficulties.map((row) => [
        row.design,
        row.noise,
        bandwidthText(row.fit),
        ...measured(row),
        promised(row),
      ]),
    ),
    surfaces: fitted(results.surfaces),
  };
}
