/** What the explorer shows, as it stands in the address. */
import { type KernelName, kernelNames } from "../../src/index.ts";

export interface ExploreState {
  /** An example's name, or "" for a file of the visitor's. */
  example: string;
  x: string;
  /** "" for the density of x. */
  y: string;
  kernel: KernelName;
  /** In units of x; 0: not chosen yet, so the rule of thumb. */
  width: number;
  degree: 0 | 1 | 2;
  band: boolean;
}

export const beginning: Readonly<ExploreState> = {
  ...{ example: "motorcycle", x: "", y: "" },
  ...{ kernel: "gaussian", width: 0, degree: 0, band: true },
};

export function readHash(hash: string, names: readonly string[]): ExploreState {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const text = (name: keyof ExploreState) => given.get(name) ?? String(beginning[name]);
  const width = Number(text("width"));
  const degree = Number(text("degree"));
  return {
    example: names.includes(text("example")) ? text("example") : beginning.example,
    x: text("x"),
    y: text("y"),
    kernel: (kernelNames.includes(text("kernel")) ? text("kernel") : beginning.kernel) as KernelName,
    width: width > 0 && width < Infinity ? width : 0,
    degree: degree === 1 || degree === 2 ? degree : 0,
    band: text("band") !== "false",
  };
}

export const writeHash = (state: ExploreState): string =>
  new URLSearchParams(Object.entries(state).map(([name, value]) => [name, String(value)])).toString();
