/** What the explorer shows, as it stands in the address. */
import { type KernelName, kernelNames } from "../../src/index.ts";

/** What is drawn below the curve. */
export const belows = ["", "slope", "residuals", "loo"] as const;
export type Below = (typeof belows)[number];

/** How the bandwidth is found where none was given. */
export const widthRules = ["plug-in", "loo", "thumb"] as const;
export type WidthRule = (typeof widthRules)[number];

/** A curve that was kept to be compared with others. */
export interface KeptCurve {
  readonly kernel: KernelName;
  readonly degree: 0 | 1 | 2;
  /** In units of x. */
  readonly width: number;
}

export interface ExploreState {
  /** An example's name, or "" for a file of the visitor's. */
  example: string;
  /** The name of the visitor's file, or "". */
  file: string;
  x: string;
  /** A second coordinate, for a map; "" for a curve. */
  x2: string;
  /** "" for the density of x. */
  y: string;
  /** A column of text: a curve for each of its values; "" for one curve. */
  group: string;
  kernel: KernelName;
  /** In units of x; 0: found by `rule`. */
  width: number;
  /** Of the second coordinate, in its units; 0: the same share of its range as `width` is of x's. */
  width2: number;
  rule: WidthRule;
  degree: 0 | 1 | 2;
  band: boolean;
  quartiles: boolean;
  below: Below;
  /** What of x is shown, in its units; NaN: all of it. */
  from: number;
  to: number;
  kept: readonly KeptCurve[];
}

export const beginning: Readonly<ExploreState> = {
  ...{ example: "motorcycle", file: "", x: "", x2: "", y: "", group: "" },
  ...({ kernel: "gaussian", width: 0, width2: 0, rule: "plug-in", degree: 1 } as const),
  ...({ band: true, quartiles: false, below: "", from: NaN, to: NaN, kept: [] } as const),
};

/** What a table that was just opened is shown with. */
export const fresh = {
  ...{ file: "", x: "", x2: "", group: "", width: 0, width2: 0 },
  ...({ rule: "plug-in", quartiles: false, below: "", from: NaN, to: NaN, kept: [] } as const),
};

/** Curves that can be told apart in one picture. */
export const MOST_KEPT = 3;

export function readHash(hash: string, names: readonly string[]): ExploreState {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const text = (name: Exclude<keyof ExploreState, "kept">) => given.get(name) ?? String(beginning[name]);
  const positive = (value: string) => (Number(value) > 0 && Number(value) < Infinity ? Number(value) : 0);
  const oneOf = <T>(values: readonly T[], value: T, fallback: T) =>
    values.includes(value) ? value : fallback;
  const kernel = (value: string) => oneOf(kernelNames, value, beginning.kernel) as KernelName;
  const degree = (value: string) => oneOf([0, 1, 2], Number(value), beginning.degree) as 0 | 1 | 2;
  const kept = (given.get("kept") ?? "").split(";").flatMap((each) => {
    const [name = "", power = "", width = ""] = each.split(",");
    return kernelNames.includes(name) && positive(width) > 0
      ? [{ kernel: kernel(name), degree: degree(power), width: positive(width) }]
      : [];
  });
  const file = text("file");
  return {
    example: file === "" ? oneOf(["", ...names], text("example"), beginning.example) : "",
    file,
    ...{ x: text("x"), x2: text("x2"), y: text("y"), group: text("group") },
    ...{ kernel: kernel(text("kernel")), degree: degree(text("degree")) },
    ...{ width: positive(text("width")), width2: positive(text("width2")) },
    rule: oneOf(widthRules, text("rule") as WidthRule, beginning.rule),
    ...{ band: text("band") !== "false", quartiles: text("quartiles") === "true" },
    below: oneOf(belows, text("below") as Below, ""),
    ...{ from: Number.parseFloat(text("from")), to: Number.parseFloat(text("to")) },
    kept: kept.slice(0, MOST_KEPT),
  };
}

/** Only what differs from the beginning, and the columns. */
export function writeHash({ kept, ...state }: ExploreState): string {
  const named = ["example", "x", "y"];
  const entries = Object.entries(state).filter(([name, value]) => {
    const usual = beginning[name as keyof ExploreState];
    return named.includes(name) || !(value === usual || Number.isNaN(value));
  });
  const words = entries.map(([name, value]) => [name, String(value)]);
  const curves = kept.map(({ kernel, degree, width }) => [kernel, degree, width].join(",")).join(";");
  return new URLSearchParams([...words, ...(curves === "" ? [] : [["kept", curves]])]).toString();
}

/** What of a range is shown: all of it, unless the state says which part. */
export function viewOf(
  { from, to }: Pick<ExploreState, "from" | "to">,
  [least, most]: readonly [number, number],
): [number, number] {
  const view: [number, number] = [Number.isNaN(from) ? least : from, Number.isNaN(to) ? most : to];
  return view[0] < view[1] ? view : [least, most];
}
