/** An option of a tool. A number may have a range; `integer` refuses fractions. */
export interface ToolOption {
  readonly type: "boolean" | "string" | "number";
  /** Name of its value in the help. */
  readonly value?: string;
  readonly default?: string | number;
  readonly help: string;
  readonly least?: number;
  readonly most?: number;
  readonly integer?: boolean;
}

export interface Tool {
  readonly command: string;
  readonly about: string;
  readonly options?: Readonly<Record<string, ToolOption>>;
  /** Words without an option, if there may be some. */
  readonly positionals?: { readonly name: string; readonly help: string };
}

export interface Arguments {
  readonly values: Readonly<Record<string, boolean | string | number | undefined>>;
  readonly positionals: readonly string[];
}

export function parse(tool: Tool, words: readonly string[]): Arguments | undefined;
export function helpOf(tool: Tool): string;
export function readArguments(tool: Tool): Arguments;
