/** What the explorer shows, as it stands in the address. */
import { type KernelName, kernelNames } from "../../src/index.ts";

export interface ExploreState {
  /** An example's name, or "" for a file of the visitor's. */
  example: string;
  x: string;
  /** A second coordinate, for a map; "" for a curve. */
  x2: string;
  /** "" for the density of x. */
  y: string;
  kernel: KernelName;
  /** In units of x; 0: not chosen yet, so the rule of thumb. */
  width: number;
  /** Of the second coordinate, in its units; 0: the same share of its range as `width` is of x's. */
  width2: number;
  degree: 0 | 1 | 2;
  band: boolean;
  /** Whether the curve's gradient is drawn below it. */
  slope: boolean;
  /** What of x is shown, in its units; NaN: all of it. */
  from: number;
  to: number;
}

export const beginning: Readonly<ExploreState> = {
  ...{ example: "motorcycle", x: "", x2: "", y: "" },
  ...{ kernel: "gaussian", width: 0, width2: 0, degree: 0, band: true },
  ...{ slope: false, from: NaN, to: NaN },
};

export function readHash(hash: string, names: readonly string[]): ExploreState {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const text = (name: keyof ExploreState) => given.get(name) ?? String(beginning[name]);
  const positive = (name: "width" | "width2") => {
    const number = Number(text(name));
    return number > 0 && number < Infinity ? number : 0;
  };
  const degree = Number(text("degree"));
  return {
    example: text("example") === "" || names.includes(text("example")) ? text("example") : beginning.example,
    x: text("x"),
    x2: text("x2"),
    y: text("y"),
    kernel: (kernelNames.includes(text("kernel")) ? text("kernel") : beginning.kernel) as KernelName,
    width: positive("width"),
    width2: positive("width2"),
    degree: degree === 1 || degree === 2 ? degree : 0,
    band: text("band") !== "false",
    slope: text("slope") === "true",
    from: Number.parseFloat(text("from")),
    to: Number.parseFloat(text("to")),
  };
}

export const writeHash = (state: ExploreState): string =>
  new URLSearchParams(
    Object.entries(state)
      .filter(([, value]) => !Number.isNaN(value))
      .map(([name, value]) => [name, String(value)]),
  ).toString();

/** What of a range is shown: all of it, unless the state says which part. */
export function viewOf(
  { from, to }: Pick<ExploreState, "from" | "to">,
  [least, most]: readonly [number, number],
): [number, number] {
  const view: [number, number] = [Number.isNaN(from) ? least : from, Number.isNaN(to) ? most : to];
  return view[0] < view[1] ? view : [least, most];
}

/** What a table that was just opened is shown with. */
export const fresh = { x: "", x2: "", width: 0, width2: 0, slope: false, from: NaN, to: NaN };
