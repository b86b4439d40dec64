/** What all pictures of the explorer share: what they show, their size, their x axis and colours. */
import { schemeObservable10 } from "d3-scale-chromatic";
import type { Data } from "./data.ts";
import type { ExploreState } from "./state.ts";

export interface Picture {
  readonly data: Data;
  readonly state: ExploreState;
  /** While the slider or the view moves nothing is said at the pointer. */
  readonly isHeld?: boolean;
}

/** Colours of several curves; one alone has the page's. */
export const curveColours = schemeObservable10;
export const font = { style: { fontSize: "12px" } };

/** The room for the picture: what the window leaves, but no less than shows a curve. */
export function sizeOf(body: HTMLElement, below: boolean): { width: number; height: number } {
  const [width] = [body.clientWidth];
  const room = Math.max(innerHeight - 215 - (below ? 165 : 0), 260);
  return { width, height: Math.round(Math.min(Math.max(width * 0.62, 270), room)) };
}

/** The axis of x, which may be of dates. */
export const xAxis = (data: Data, label: string, domain: readonly number[], width: number) => ({
  domain: domain.map((x) => (data.dates.x ? new Date(x) : x)),
  label,
  type: data.dates.x ? ("utc" as const) : ("linear" as const),
  ticks: Math.max(3, Math.round(width / 110)),
});
