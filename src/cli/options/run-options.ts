/** The options that say how a command runs, what it writes, and with whom it works. */
import { ENGINES, type Entry, FITS, SUMMED, WEIGHTED } from "./entry.ts";
import { collect, fromZero, mebibytes, seconds, share, whole, wholeFromZero } from "./values.ts";

const ONE_ENGINE = "is for the engine of one process, and is not available over shards";

export const RUN_OPTIONS: readonly Entry[] = [
  {
    flags: "--method <method>",
    text: "how weights are summed; auto takes the fastest that is exact enough",
    choices: ["auto", "dense", "cull", "expand"],
    ...{ commands: SUMMED, default: "auto", overShards: true },
  },
  {
    flags: "--tolerance <share>",
    text: "largest error of cull and expand, as a share of the range of the values",
    ...{ commands: SUMMED, parse: share, default: 1e-6, overShards: true },
  },
  {
    flags: "--absolute-tolerance <density>",
    text: "largest error that any density may have besides, as a density",
    ...{ commands: ["density"], parse: fromZero },
  },
  {
    flags: "--backend <where>",
    text: "where to compute; auto takes the GPU if there is one, else the CPU with a note",
    choices: ["auto", "webgpu", "cpu"],
    ...{ commands: ENGINES, default: "auto", overShards: true },
  },
  {
    flags: "--power-preference <which>",
    text: "the GPU to take if there are two: the one that saves energy, or the faster one",
    choices: ["low-power", "high-performance"],
    ...{ commands: ENGINES, overShards: ONE_ENGINE },
  },
  {
    flags: "--memory-budget <MiB>",
    text: "most memory of the GPU to use, in MiB; 512 by default",
    ...{ commands: ENGINES, parse: mebibytes, overShards: ONE_ENGINE },
  },
  {
    flags: "--workers <n>",
    text: "number of threads that share what the CPU computes, 0 for none; by default one for each processor",
    ...{ commands: ENGINES, parse: wholeFromZero, overShards: ONE_ENGINE },
  },
  {
    flags: "--output <file>",
    text: "file for the answers, whose ending is its format; by default CSV to the standard output",
    ...{ commands: FITS, overShards: true, sets: [] },
  },
  {
    flags: "--output <file>",
    text: "file for the sums",
    ...{ commands: ["partial"], isRequired: true, sets: [] },
  },
  {
    flags: "--output <file>",
    text: "file for the answers, whose ending is its format, or for sums if it ends in .partial; by default CSV to the standard output",
    commands: ["merge"],
  },
  {
    flags: "--id <text>",
    text: "name of these rows, by default a hash of their numbers; two files of one name do not merge",
    commands: ["partial"],
  },
  {
    flags: "--errors",
    text: "add the sums from which standard errors and bands are computed",
    commands: ["partial"],
  },
  {
    flags: "--redis <address>",
    text: "address of Redis: redis://host:port; by default the variable NADARAYA_REDIS or REDIS_URL, which no list of processes shows",
    commands: ["worker", "jobs"],
  },
  {
    flags: "--concurrency <n>",
    text: "number of tasks at a time",
    ...{ commands: ["worker"], parse: whole, default: 1 },
  },
  {
    flags: "--queue <name>",
    text: "name of the queue",
    ...{ commands: ["worker", "jobs"], default: "nadaraya" },
  },
  {
    flags: "--store <folder>",
    text: "folder that all workers and jobs see, for large results",
    commands: ["worker"],
  },
  {
    flags: "--store <folder>",
    text: "folder of large results, which are removed too; without --redis, the jobs of this folder alone",
    commands: ["jobs"],
  },
  {
    flags: "--allow <path or address>",
    text: "a file, a folder or the beginning of an address that tasks may read, and nothing else; may be repeated. It is needed unless Redis is on this machine",
    ...{ commands: ["worker"], parse: collect },
  },
  {
    flags: "--lost-after <seconds>",
    text: "seconds after which a silent worker counts as lost, and its task goes to another",
    ...{ commands: ["worker"], parse: seconds(3600), default: 20 },
  },
  {
    flags: "--self-test",
    text: "compare every kernel by every method on this machine with float64",
    commands: ["info"],
  },
  {
    flags: "--quiet",
    text: "print no progress and no notes",
    ...{ commands: [...WEIGHTED, "merge"], overShards: true },
  },
  {
    flags: "--quiet",
    text: "print nothing about tasks that succeed",
    commands: ["worker"],
  },
  {
    flags: "--json",
    text: "print one line of JSON on the standard error instead of progress and notes: method, bandwidth, times",
    ...{ commands: [...WEIGHTED, "merge"], overShards: true },
  },
  {
    flags: "--json",
    text: "one line of JSON for each job",
    commands: ["jobs"],
  },
  {
    flags: "--json",
    text: "print one line of JSON",
    commands: ["info"],
  },
];
