/** A worker that finds the plug-in bandwidth of many rows, so that the page stays responsive. */
import { plugIn } from "../../src/bandwidth/plug-in.ts";
import { sheatherJones } from "../../src/bandwidth/sheather-jones.ts";

export interface PlugInRequest {
  readonly x: Float64Array;
  /** Absent for a density. */
  readonly y: Float64Array | undefined;
}

export interface PlugInAnswer {
  readonly bandwidth: number;
}

addEventListener("message", ({ data: { x, y } }: MessageEvent<PlugInRequest>) => {
  const matrix = (data: Float64Array) => ({ data, count: data.length, dims: 1 });
  const bandwidth = y ? plugIn(matrix(x), matrix(y)).bandwidth : sheatherJones(matrix(x));
  postMessage({ bandwidth } satisfies PlugInAnswer);
});
