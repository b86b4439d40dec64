/** Refuses command lines that are wrong whatever the data is: options that exclude each other, or would have no effect. */
import type { Command } from "commander";
import { CLASS_RULES, DENSITY_RULES, REGRESSION_RULES, SHARD_RULES } from "../../bandwidth/rule-names.ts";
import { show } from "../../common/errors.ts";
import { checkQueueName, checkRedisAddress, redisAddress } from "../../distributed/queue/connect.ts";
import { checkJobName } from "../../distributed/store.ts";
import { checkEnding } from "../../io/files.ts";
import { checkPictureEnding } from "../picture.ts";
import { checkedUsage, UsageError } from "../usage.ts";
import { SHARDED } from "./entry.ts";
import { ENGINE_NAMES, isOverShards, READ_NAMES, refusalOverShards } from "./options.ts";

/** What a command line has: the values of all options, defaults too, and the names of those that it gives. */
export interface CommandLine {
  readonly command: string;
  readonly words: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: each rule knows the options that it reads
  readonly options: Readonly<Record<string, any>>;
  readonly given: ReadonlySet<string>;
  /** The value that an option has if it is not given. */
  readonly defaultOf?: (name: string) => unknown;
}

/** The reason to refuse a command line, if there is one. */
type Rule = (line: CommandLine) => string | undefined;

const flagOf = (name: string): string =>
  name === "header" ? "--no-header" : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The first of some options that the command line gives. */
const firstOf = ({ given }: CommandLine, names: readonly string[]): string | undefined => {
  const found = names.find((name) => given.has(name));
  return found === undefined ? undefined : flagOf(found);
};

/** Refuses an option if the command line gives it and a condition holds. */
const refuse =
  (
    name: string,
    reason: string,
    holds: (options: CommandLine["options"], line: CommandLine) => boolean,
  ): Rule =>
  (line) =>
    line.given.has(name) && holds(line.options, line) ? `${flagOf(name)} ${reason}` : undefined;

const isDense = ({ method }: CommandLine["options"]) => method === "dense";
const isOnCpu = ({ backend }: CommandLine["options"]) => backend === "cpu";
const OF_GPU = "is about a GPU: --backend cpu does not use one";
const OF_SUMS = "is for the methods cull and expand: --method dense sums every pair";
const OF_REGRESSION = "is for a regression: it needs --y";
const hasNoY = ({ y }: CommandLine["options"], { command }: CommandLine) =>
  ["plot", "bandwidth", "partial"].includes(command) && y === undefined;

const RULES: readonly Rule[] = [
  refuse("grid", "is for places over the data: --at names the places", ({ at }) => at !== undefined),
  refuse("tolerance", OF_SUMS, isDense),
  refuse("absoluteTolerance", OF_SUMS, isDense),
  refuse("powerPreference", OF_GPU, isOnCpu),
  refuse("memoryBudget", OF_GPU, isOnCpu),
  refuse(
    "weightType",
    "is about weights of rows: it needs --sample-weights",
    ({ sampleWeights }) => sampleWeights === undefined,
  ),
  refuse("seed", "is for a bootstrap: it needs --replicates", ({ replicates }) => replicates === undefined),
  refuse(
    "headerRow",
    "is the row of the names: --no-header says that there is none",
    ({ header }) => !header,
  ),
  ...["confidence", "gap", "errors"].map((name) => refuse(name, OF_REGRESSION, hasNoY)),
  refuse("degree", OF_REGRESSION, (options, line) => options.degree !== "0" && hasNoY(options, line)),
  refuse(
    "gap",
    "is for the rule that leaves rows out: it needs --bandwidth loo",
    ({ bandwidth }) => bandwidth !== "loo",
  ),
  ({ options: { degree, quantiles } }) =>
    quantiles !== undefined && degree !== "0"
      ? `--quantiles is available for --degree 0, not for --degree ${degree}`
      : undefined,
  ({ command, words, options: { at } }) =>
    command !== "merge" && at === "-" && words.includes("-")
      ? "--at - is the standard input, from which the rows are read already; expected a file for one of them"
      : undefined,
  ruleOfBandwidth,
  ruleOfInfo,
  ruleOfJobs,
  ({ command, options: { output, confidence } }) =>
    command === "merge" && isSums(output) && confidence !== undefined
      ? `${output} holds sums: --confidence is for the table that is computed from them`
      : undefined,
  ruleOfShards,
];

/** Whether the output of `merge` is a file of sums. */
export const isSums = (output: string | undefined): boolean => output?.endsWith(".partial") === true;

/** @throws UsageError */
export function checkUsage(line: CommandLine): void {
  for (const rule of RULES) {
    const reason = rule(line);
    if (reason !== undefined) throw new UsageError(reason);
  }
  const { command, options } = line;
  checkedUsage(() => {
    if (command === "plot") checkPictureEnding(options.output);
    else if (command !== "partial" && !(command === "merge" && isSums(options.output)))
      checkEnding(options.output);
    if (options.queue !== undefined) checkQueueName(options.queue);
    if (options.job !== undefined) checkJobName(options.job);
    if (command === "worker" || (command === "jobs" && isOfQueue(options)))
      checkRedisAddress(redisAddress(options.redis));
    if (isQueue(options.distributed))
      checkRedisAddress(redisAddress(options.distributed === "redis" ? undefined : options.distributed));
  });
}

/** Checks a command line that commander has parsed. @throws UsageError */
export function checkCommand(command: Command): void {
  checkUsage({
    command: command.name(),
    words: command.processedArgs.flat().filter((word) => typeof word === "string"),
    options: command.opts(),
    given: new Set(givenOf(command)),
    defaultOf: (name) => command.options.find((each) => each.attributeName() === name)?.defaultValue,
  });
}

/** The names of the options that the command line has. */
export const givenOf = (command: Command): string[] =>
  Object.keys(command.opts()).filter((name) => command.getOptionValueSource(name) === "cli");

function ruleOfBandwidth(line: CommandLine): string | undefined {
  const { command, given, options } = line;
  const { bandwidth } = options;
  if (typeof bandwidth !== "string") return undefined;
  const isDensity = ["density", "weights"].includes(command) || hasNoY(options, line);
  const [what, rules] = isOverShards(given)
    ? ["over shards", isDensity ? SHARD_RULES.density : SHARD_RULES.regression]
    : command === "classify"
      ? ["of classifiers", CLASS_RULES]
      : isDensity
        ? ["of densities", DENSITY_RULES]
        : ["of regressions", REGRESSION_RULES];
  if ((rules as readonly string[]).includes(bandwidth)) return undefined;
  return `--bandwidth is ${show(bandwidth)}, expected a number above 0, one for each column of keys, or a rule ${what}: ${rules.join(", ")}`;
}

/** `info` is about files, which are read, or about the machine, which computes. */
function ruleOfInfo(line: CommandLine): string | undefined {
  const { command, words, options } = line;
  if (command !== "info") return undefined;
  if (words.length === 0) {
    const reading = firstOf(line, READ_NAMES);
    return reading && `${reading} is for reading files: info was given none`;
  }
  if (options.selfTest === true)
    return `--self-test is about this machine, but ${show(words[0])} was given: leave out the files`;
  const computing = firstOf(line, ENGINE_NAMES);
  return (
    computing &&
    `${computing} is about this machine, and info of a file computes nothing: leave out one of them`
  );
}

/** Whether `jobs` is about a queue, or about a folder of results alone. */
export const isOfQueue = ({ redis, store }: { readonly redis?: string; readonly store?: string }): boolean =>
  store === undefined || Boolean(redis ?? (process.env.NADARAYA_REDIS || process.env.REDIS_URL));

function ruleOfJobs(line: CommandLine): string | undefined {
  const { command, words, options } = line;
  if (command !== "jobs") return undefined;
  const [action, ...names] = words;
  if (action === "list" && names.length > 0) return "list takes no names";
  if (action !== "list" && names.length === 0)
    return `${action} needs the names of jobs: nadaraya jobs lists them`;
  if (!isOfQueue(options) && line.given.has("queue"))
    return "--queue is the name of a queue: without an address of Redis, jobs are those of the folder";
  if (action !== "list" && options.json) return `--json is for nadaraya jobs list, not for ${action}`;
  return undefined;
}

export const isQueue = (distributed: string | undefined): boolean =>
  distributed === "redis" || distributed?.includes("://") === true;

function ruleOfShards(line: CommandLine): string | undefined {
  const { command, given, options, defaultOf } = line;
  if (!SHARDED.includes(command) || !isOverShards(given)) return undefined;
  const { distributed, store, job, bandwidth } = options;
  if (store !== undefined && distributed === undefined)
    return "--store is for --distributed: one process keeps results in its memory";
  if (job !== undefined && store === undefined && !isQueue(distributed))
    return "--job is for jobs that go on after an interrupt: it needs --distributed redis://… or --store";
  if (distributed !== undefined && !isQueue(distributed) && !/^processes(:[1-9]\d*)?$/.test(distributed))
    return `--distributed is ${show(distributed)}, expected redis://host:port, redis, processes, or processes:4`;
  const ofQueue = firstOf(line, ["queue", "timeout"]);
  if (ofQueue !== undefined && !isQueue(distributed))
    return `${ofQueue} is ${ofQueue === "--queue" ? "the name" : "the patience with the Redis"} of a queue: it needs --distributed redis://…`;
  if (given.has("sample") && typeof bandwidth !== "string")
    return "--sample is for a rule that chooses the bandwidth: it needs --bandwidth scott, silverman or loo";
  // A value that the option has anyway asks for nothing more.
  const isTaken = (name: string) => options[name] === defaultOf?.(name);
  const refused = [...given].find((name) => refusalOverShards(name) !== undefined && !isTaken(name));
  if (refused === undefined) return undefined;
  return `${refused === "degree" ? `--degree ${options.degree}` : flagOf(refused)} ${refusalOverShards(refused)}`;
}
