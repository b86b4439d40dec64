/** What a figure is: it computes numbers from the state, draws them, and gives them away as a table. */
import type { ComputeService } from "./compute-service.ts";
import type { State } from "./state.ts";

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (number | string)[])[];
  /** Columns whose numbers are milliseconds since 1970. */
  readonly dates?: readonly string[];
}

export interface Figure<R = unknown> {
  /** The id of the <figure> element, and the name of its downloads. */
  readonly id: string;
  /** The parts of the state it depends on. */
  readonly uses: readonly (keyof State)[];
  compute(computeService: ComputeService, state: Readonly<State>): Promise<R>;
  draw(body: HTMLElement, result: R): void;
  /** The data and results; the first columns say where, the last ones what. */
  table(result: R): Table;
}

/** Lets figures with results of different types stand in one list. */
export function figure<R>(definition: Figure<R>): Figure {
  return definition as Figure;
}
