/** What all tasks of a run have in common; it is sent as JSON. */
import type { KernelName, PredictOptions } from "../index.ts";
import type { TableOptions } from "../io/read.ts";
import type { ShardInput } from "../partials/compute.ts";

/** What is read of the files, and how it is weighted. */
export interface JobSettings extends Pick<ShardInput, "shape" | "weightType" | "missing"> {
  /** The keys' columns and the values'; without values, a density. */
  readonly x: readonly string[];
  readonly y: readonly string[];
  readonly sampleWeights?: string;
  readonly kernel?: KernelName;
  /** How files are read. */
  readonly read?: Omit<TableOptions, "wanted" | "name" | "onProgress" | "signal" | "rowGroups">;
  readonly backend?: "auto" | "webgpu" | "cpu";
  readonly method?: PredictOptions["method"];
  readonly tolerance?: number;
  /** Whether standard errors are wanted. */
  readonly errors?: boolean;
}
