/** Colours of weights: from the ground to what stands out on it, on paper and in the dark; both are told apart by colour-blind eyes. */
import { interpolateMagma, interpolateReds } from "d3-scale-chromatic";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** The colour of a share from 0, nothing, to 1, the largest. */
export const weightColour = (share: number): string =>
  dark.matches ? interpolateMagma(0.05 + 0.9 * share) : interpolateReds(share);

/** Drawings whose colours are no style sheet's are made again when the scheme changes. */
export const onSchemeChange = (redraw: () => void): void => dark.addEventListener("change", redraw);
