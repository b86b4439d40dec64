/** Checks tasks that came through a queue, into which others may write. */
import { NadarayaError, show } from "../common/errors.ts";
import { isRecord, isWhole } from "../common/options.ts";
import { checkName } from "./store.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isOneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= MOST && value.every(check);
const isCount: Check = (value) => isWhole(value, 0, MOST);
const isPair: Check = (value) => isListOf(isNumber)(value) && (value as unknown[]).length === 2;
const isResult: Check = (value) => {
  checkName(value);
  return true;
};
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isObjectOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) &&
    Object.entries(checks).every(([key, check]) => check(Object.hasOwn(value, key) ? value[key] : undefined));

/** Rows of a sample, results of a merge, columns: far beyond what a job asks for. */
const MOST = 2 ** 24;

const isState = isObjectOf({
  bytes: optional(isNumber),
  ...{ modified: optional(isText), tag: optional(isText), inode: optional(isText), device: optional(isText) },
});

const isShard = isObjectOf({
  ...{ id: isText, name: isText, path: isText, state: optional(isState) },
  rowGroups: optional((value) => isListOf(isCount)(value) && (value as unknown[]).length === 2),
});

const isSettings = isObjectOf({
  ...{ x: isListOf(isText), y: isListOf(isText), sampleWeights: optional(isText), kernel: optional(isText) },
  shape: optional(isOneOf("radial", "product")),
  weightType: optional(isOneOf("importance", "frequency", "precision")),
  missing: optional(isOneOf("error", "drop")),
  read: optional(isRecord),
  backend: optional(isOneOf("auto", "webgpu", "cpu")),
  method: optional(isOneOf("auto", "dense", "cull", "expand")),
  tolerance: optional(isNumber),
  errors: optional((value) => typeof value === "boolean"),
});

const sums = {
  ...{ kind: isText, shard: isShard, shards: isCount, queries: isResult, floors: optional(isResult) },
  bandwidth: isListOf(isNumber),
  box: optional(isObjectOf({ rows: isNumber, ranges: isListOf(isPair), weights: isPair })),
};

const WORK: ReadonlyMap<unknown, Check> = new Map([
  ["summary", isObjectOf({ kind: isText, shard: isShard, sample: isCount })],
  ["sums", isObjectOf(sums)],
  ["leave-one-out", isObjectOf({ ...sums, first: isCount, count: isCount })],
  ["merge", isObjectOf({ kind: isText, of: isListOf(isResult) })],
]);

const isTask = isObjectOf({
  ...{ version: isText, name: isResult, settings: isSettings },
  work: (work) => isRecord(work) && (WORK.get(work.kind)?.(work) ?? false),
});

/** @throws NadarayaError "invalid-input" for what is no task, and for names of results that are none */
export function checkTask(given: unknown): void {
  if (!isTask(given)) throw new NadarayaError("invalid-input", `${show(given)} is no task of this library`);
}
