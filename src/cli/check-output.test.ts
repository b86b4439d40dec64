/** Outputs that are inputs: nothing that a command reads is replaced. */
import { linkSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { program } from "./program.ts";
import { UsageError } from "./usage.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-replaced-"));
const at = (name: string) => join(folder, name);
const ROWS = "x,y\n1,2\n2,4\n3,5\n";
for (const name of ["a.csv", "b.csv", "places.csv"]) writeFileSync(at(name), ROWS);
linkSync(at("a.csv"), at("hard.csv"));
symlinkSync(at("a.csv"), at("soft.csv"));
symlinkSync(folder, at("folder"));
mkdirSync(at("store"));
writeFileSync(at("s.partial"), "sums");
symlinkSync(at("none.csv"), at("dangling.csv"));

beforeEach(() => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => vi.restoreAllMocks());

const run = (...words: readonly string[]) => program().parseAsync(words, { from: "user" });
const OF_Y = ["--x", "x", "--y", "y", "--bandwidth", "1", "--backend", "cpu", "--workers", "0"];

test.each([
  ["the file itself", ["regress", at("a.csv"), ...OF_Y], "a.csv"],
  ["another way to write its path", ["regress", at("a.csv"), ...OF_Y], "./folder/../a.csv"],
  ["a folder that is a link", ["regress", at("a.csv"), ...OF_Y], "folder/a.csv"],
  ["a hard link", ["regress", at("a.csv"), ...OF_Y], "hard.csv"],
  ["a symbolic link", ["density", at("a.csv"), "--x", "x"], "soft.csv"],
  ["a link that is read", ["density", at("soft.csv"), "--x", "x"], "a.csv"],
  ["one of a pattern", ["regress", at("[ab].csv"), ...OF_Y], "b.csv"],
  ["the places", ["regress", at("a.csv"), ...OF_Y, "--at", at("places.csv")], "places.csv"],
  ["a shard", ["density", at("a.csv"), at("b.csv"), "--x", "x", "--shards", "2"], "b.csv"],
  [
    "the places of sums",
    ["partial", at("a.csv"), "--x", "x", "--bandwidth", "1", "--at", at("places.csv")],
    "places.csv",
  ],
  ["sums", ["merge", at("s.partial")], "s.partial"],
])("refuses to replace %s", async (_, words, output) => {
  const before = readFileSync(join(folder, output), "utf8");
  const found = await run(...words, "--output", join(folder, output)).catch((error) => error);
  expect(found).toBeInstanceOf(UsageError);
  expect(found.message).toContain("would replace");
  expect(readFileSync(join(folder, output), "utf8")).toBe(before);
});

test("refuses to write among the results of tasks", async () => {
  const words = ["density", at("a.csv"), "--x", "x", "--distributed", "processes:1", "--store", at("store")];
  await expect(run(...words, "--output", at("store/fit.csv"))).rejects.toThrow("in the folder of --store");
  await expect(run(...words, "--output", at("folder/store/fit.csv"))).rejects.toThrow("in the folder of");
});

test("writes beside the inputs, and over an earlier output", async () => {
  for (const output of [at("fit.csv"), at("fit.csv"), at("dangling.csv")])
    await run("regress", at("a.csv"), ...OF_Y, "--grid", "3", "--output", output);
  expect(readFileSync(at("fit.csv"), "utf8")).toMatch(/^x,y\n1,/);
  expect(readFileSync(at("a.csv"), "utf8")).toBe(ROWS);
});
