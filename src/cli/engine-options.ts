/** From the words of the command line to what `Engine.create` takes. */
import type { EngineOptions } from "../index.ts";

export interface EngineArguments {
  readonly backend: "auto" | "webgpu" | "cpu";
  readonly powerPreference?: GPUPowerPreference;
  /** In MiB. */
  readonly memoryBudget?: number;
  readonly workers?: number;
}

export const engineOptions = ({
  backend,
  powerPreference,
  memoryBudget,
  workers,
}: EngineArguments): EngineOptions => ({
  ...{ backend, powerPreference, workers },
  memoryBudget: memoryBudget === undefined ? undefined : memoryBudget * 2 ** 20,
});
