/** Reads the arguments of a tool: one way for all of them, with `--help`. */
import { parseArgs } from "node:util";

/**
 * Returns the values and positionals that the words give, or `undefined` if they ask for help.
 * @throws {Error} if an option is unknown, has no value, or its number is outside of its range
 */
export function parse({ options = {}, positionals: extra }, words) {
  if (words.includes("--help") || words.includes("-h")) return undefined;
  const types = Object.entries(options).map(([name, { type }]) => [
    name,
    { type: type === "boolean" ? "boolean" : "string" },
  ]);
  const parsed = parseArgs({
    args: [...words],
    options: Object.fromEntries(types),
    allowPositionals: extra !== undefined,
  });
  const values = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, optionValue(name, option, parsed.values[name])]),
  );
  return { values, positionals: parsed.positionals };
}

function optionValue(name, option, given) {
  if (given === undefined) return option.default ?? (option.type === "boolean" ? false : undefined);
  if (option.type !== "number") return given;
  const { least = 0, most = Number.MAX_SAFE_INTEGER, integer = false } = option;
  const number = given.trim() === "" ? Number.NaN : Number(given);
  if (!(number >= least && number <= most) || (integer && !Number.isInteger(number))) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new Error(`--${name} takes ${integer ? "a whole number" : "a number"} ${range}, not "${given}"`);
  }
  return number;
}

/** Returns the text of `--help`. */
export function helpOf({ command, about, options = {}, positionals }) {
  const entries = Object.entries(options).map(([name, option]) => [
    option.type === "boolean" ? `--${name}` : `--${name} ${option.value ?? option.type.toUpperCase()}`,
    option.default === undefined ? option.help : `${option.help} (default: ${option.default})`,
  ]);
  if (positionals) entries.unshift([positionals.name, positionals.help]);
  entries.push(["--help", "print this text"]);
  const width = Math.max(...entries.map(([left]) => left.length));
  const dashes = command.startsWith("npm") ? " --" : "";
  const words = positionals ? ` [${positionals.name}]` : "";
  return [
    about,
    "",
    `usage: ${command}${dashes} [options]${words}`,
    "",
    ...entries.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
  ].join("\n");
}

/**
 * Returns the values and positionals of this process's arguments. Prints the help and ends the process if they ask for it; prints
 * what is wrong and ends it with 2 if they are wrong.
 */
export function readArguments(tool) {
  try {
    const parsed = parse(tool, process.argv.slice(2));
    if (parsed) return parsed;
  } catch (error) {
    console.error(`${error.message}\n\n${helpOf(tool)}`);
    process.exit(2);
  }
  console.log(helpOf(tool));
  process.exit(0);
}
