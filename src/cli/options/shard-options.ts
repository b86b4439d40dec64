/** The options of jobs over shards: a command line that has one of them is such a job. */
import { MOST_SAMPLED } from "../../distributed/run-job.ts";
import { type Entry, SHARDED } from "./entry.ts";
import { seconds, wholeBetween, wholeOrAuto } from "./values.ts";

const ENTRIES: readonly Pick<Entry, "flags" | "text" | "default" | "parse" | "sets">[] = [
  {
    flags: "--shards <n>",
    text: "number of parts of the rows, approximately, or auto: row groups of Parquet, other files whole",
    parse: wholeOrAuto,
  },
  {
    flags: "--distributed <where>",
    text: "who computes the shards: redis://host:port, or redis for the address in NADARAYA_REDIS or REDIS_URL, for the workers of a queue (nadaraya worker), or processes, or processes:4 of this machine",
  },
  {
    flags: "--sample <rows>",
    text: "number of rows by which a rule chooses the bandwidth; 50000 by default",
    parse: wholeBetween(1, MOST_SAMPLED),
  },
  {
    flags: "--job <id>",
    text: "name of the job: an interrupted job of the same name is resumed",
    sets: ["id"],
  },
  { flags: "--queue <name>", text: "name of the queue", default: "nadaraya" },
  { flags: "--store <folder>", text: "folder that all workers see, for large results" },
  {
    flags: "--timeout <seconds>",
    text: "seconds without an answer from Redis after which the job is given up; 300 by default",
    parse: seconds(604_800),
  },
];

export const SHARD_OPTIONS: readonly Entry[] = ENTRIES.map((entry) => ({
  ...entry,
  commands: SHARDED,
  group: "Over shards, for more rows than one process reads:",
  overShards: true,
}));
