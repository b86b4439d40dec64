/** What the page says besides its own text, in English; the other languages have the same names. */
export interface Phrases {
  readonly computedOnGpu: (adapter: string) => string;
  readonly computedOnCpu: string;
  readonly onGpu: string;
  readonly onCpu: string;
  readonly play: string;
  readonly pause: string;
}

export const phrases: Phrases = {
  computedOnGpu: (adapter) =>
    `Compute shaders on ${adapter} computed every number on this page just now, and recompute it while you drag.`,
  computedOnCpu:
    "Every number on this page was computed just now on the CPU, in float64, and is recomputed while you drag.",
  onGpu: "WebGPU compute shaders",
  onCpu: "computed on the CPU in float64",
  play: "Play",
  pause: "Pause",
};
