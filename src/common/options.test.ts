import { expect, expectTypeOf, test } from "vitest";
import { type OptionNames, optionNames } from "./options.ts";

interface Base {
  readonly signal?: AbortSignal;
}
interface Options extends Base {
  readonly steps?: number;
  readonly seed: number;
}
const BASE = optionNames<Base>()({ signal: true });

test("names options in the order in which they are listed, inherited ones first", () => {
  expect(optionNames<Options>()({ steps: true, seed: true }, BASE)).toEqual(["signal", "steps", "seed"]);
  expect(optionNames<Options>()({ seed: true, signal: true, steps: true })).toEqual([
    "seed",
    "signal",
    "steps",
  ]);
});

test("a list that lacks an option, or has one too many, does not compile", () => {
  expectTypeOf<{ signal: true; steps: true; seed: true }>().toEqualTypeOf<Writable<OptionNames<Options>>>();
  expectTypeOf<{ steps: true; seed: true }>().not.toExtend<OptionNames<Options>>(); // lacks signal
  expectTypeOf<{ signal: true; seed: true }>().not.toExtend<OptionNames<Options>>(); // lacks an optional one
  expectTypeOf<{ steps: true; seed: true }>().toEqualTypeOf<Writable<OptionNames<Options, "signal">>>();
  expectTypeOf<{ seed: true }>().not.toExtend<OptionNames<Options, "signal">>();
  expectTypeOf(BASE).toEqualTypeOf<readonly "signal"[]>();
});

type Writable<T> = { -readonly [name in keyof T]: T[name] };
