/** All options of all commands, in one table: `--help`, completion, and what jobs over shards take are derived from it. */
import { type Command, Option } from "commander";
import type { Entry } from "./entry.ts";
import { FIT_OPTIONS } from "./fit-options.ts";
import { READ_OPTIONS } from "./read-options.ts";
import { RUN_OPTIONS } from "./run-options.ts";
import { SHARD_OPTIONS } from "./shard-options.ts";

/** An entry of the table, by the name of its attribute. */
export interface TableOption extends Entry {
  readonly name: string;
  readonly sets: readonly string[];
}

export const OPTIONS: readonly TableOption[] = [
  ...FIT_OPTIONS,
  ...RUN_OPTIONS,
  ...READ_OPTIONS,
  ...SHARD_OPTIONS,
].map((entry) => {
  const name = new Option(entry.flags).attributeName();
  return { ...entry, name, sets: entry.sets ?? [name] };
});

/** Adds the options of a command, by its name. */
export function withOptions(command: Command): Command {
  for (const each of OPTIONS) {
    if (!each.commands.includes(command.name())) continue;
    const option = new Option(each.flags, each.text).makeOptionMandatory(each.isRequired ?? false);
    if (each.group !== undefined) option.helpGroup(each.group);
    if (each.choices) option.choices(each.choices);
    if (each.parse) option.argParser(each.parse);
    if (each.default !== undefined) option.default(each.default);
    command.addOption(option);
  }
  return command;
}

/** The names of the options that a command has only for jobs over shards. */
const ONLY_OVER_SHARDS: readonly string[] = SHARD_OPTIONS.map(({ flags }) =>
  new Option(flags).attributeName(),
);

const namesOf = (entries: readonly Entry[]): string[] => [
  ...new Set(entries.map(({ flags }) => new Option(flags).attributeName())),
];

/** @param given the options that the command line has */
export const isOverShards = (given: Iterable<string>): boolean => {
  const names = new Set(given);
  return ONLY_OVER_SHARDS.some((name) => names.has(name));
};

/** The options that say how files are read. */
export const READ_NAMES: readonly string[] = namesOf(READ_OPTIONS);
/** The options of engines. */
export const ENGINE_NAMES: readonly string[] = namesOf(
  RUN_OPTIONS.filter(({ commands }) => commands.includes("bench")),
);

/** Why jobs over shards refuse an option; undefined if they take it. */
export function refusalOverShards(name: string): string | undefined {
  const taken = OPTIONS.filter((each) => each.name === name && each.overShards === true);
  if (taken.length > 0) return undefined;
  const reason = OPTIONS.find((each) => each.name === name && typeof each.overShards === "string");
  return (reason?.overShards as string) ?? "needs all rows in one place, and is not available over shards";
}
