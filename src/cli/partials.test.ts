/** `partial` and `merge` as a shell runs them: one process a shard, in any order. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { csvParse } from "d3-dsv";
import { beforeAll, expect, test } from "vitest";
import { buildCommand, root } from "../testing/command.ts";
import { isWideRing } from "../testing/ring.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-partials-"));
const inFolder = (name: string) => join(folder, name);
const rides = join(root, "demo/data/motorcycle.csv");
const x = "time";
const y = "acceleration";
const shards = ["a", "b", "c", "d"];

let command: ReturnType<typeof buildCommand>;
const nadaraya = (...args: readonly string[]) => command.run(args);

beforeAll(() => {
  command = buildCommand();
  const [, ...rows] = readFileSync(rides, "utf8").trim().split("\n");
  const header = `${x},${y}`;
  for (const [i, name] of shards.entries())
    writeFileSync(
      inFolder(`part-${name}.csv`),
      [header, ...rows.filter((_, row) => row % shards.length === i), ""].join("\n"),
    );
  writeFileSync(inFolder("all.csv"), [header, ...rows, ""].join("\n"));
  writeFileSync(inFolder("places.csv"), `${x}\n${Array.from({ length: 61 }, (_, i) => i).join("\n")}\n`);
  writeFileSync(inFolder("nadaraya"), `#!/bin/sh\nexec node "${command.main}" "$@"\n`);
  chmodSync(inFolder("nadaraya"), 0o755);
  // As the guide has it, word for word.
  const guide = readFileSync(join(root, "docs/guide/shards.md"), "utf8");
  const [, lines] = /```sh\n(ls part[\s\S]*?)```/.exec(guide)!;
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  execFileSync("sh", ["-ec", lines], { cwd: folder, env, stdio: "pipe" });
});

const partialOf = (name: string) => inFolder(`part-${name}.csv.partial`);

test("the merged curve is that of one process over all rows", () => {
  const merged = nadaraya("merge", inFolder("part-*.partial"), "--confidence", "0.95");
  expect(merged.stderr).toBe("4 shards, 133 rows, 61 places\n");
  expect(readFileSync(inFolder("fit.csv"), "utf8")).toBe(merged.stdout);
  const whole = nadaraya(
    ...[
      "regress",
      inFolder("all.csv"),
      "--x",
      x,
      "--y",
      y,
      "--bandwidth",
      "1.5",
      "--at",
      inFolder("places.csv"),
    ],
    ...["--backend", "cpu"],
  );
  const rows = csvParse(merged.stdout);
  expect(rows.columns).toEqual([x, y, `${y} standard error`, `${y} lower`, `${y} upper`]);
  for (const [i, row] of csvParse(whole.stdout).entries()) {
    expect(rows[i][x]).toBe(row[x]);
    expect(Math.abs(Number(rows[i][y]) - Number(row[y]))).toBeLessThan(2e-4); // 1e-6 of the range
    if (rows[i][`${y} upper`] !== "")
      expect(Number(rows[i][`${y} upper`])).toBeGreaterThan(Number(rows[i][y]));
  }
});

test.runIf(isWideRing)("the order and the grouping of files change no digit", () => {
  const files = shards.map(partialOf);
  const { stdout } = nadaraya("merge", ...files);
  expect(nadaraya("merge", ...[...files].reverse()).stdout).toBe(stdout);
  const [a, b, c, d] = files;
  expect(nadaraya("merge", d, b, "--output", inFolder("db.partial")).status).toBe(0);
  expect(nadaraya("merge", c, inFolder("db.partial"), a).stdout).toBe(stdout);
});

test("a shard twice, other settings and other files are refused, by the file's name", () => {
  const [a, b] = shards.map(partialOf);
  const refused = (message: string, ...args: string[]) => {
    const { status, stderr, stdout } = nadaraya(...args);
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([3, ""]);
  };
  nadaraya("merge", a, b, "--output", inFolder("ab.partial"));
  refused(
    `shard "part-b.csv" is both in ${inFolder("ab.partial")} and in ${b}`,
    "merge",
    inFolder("ab.partial"),
    b,
  );
  refused(`${rides}: these`, "merge", rides);
  refused("cannot be read", "merge", inFolder("none.partial"));
  const other = inFolder("other.partial");
  const input = [
    "partial",
    inFolder("part-c.csv"),
    "--x",
    x,
    "--y",
    y,
    "--at",
    inFolder("places.csv"),
    "--output",
    other,
  ];
  nadaraya(...input, "--bandwidth", "2", "--errors", "--backend", "cpu");
  refused(`${other} has bandwidth [2], expected [1.5] as in ${a}`, "merge", a, other);
  expect(nadaraya("merge").status).toBe(2);
});

test.runIf(isWideRing)("without y, the densities merge", () => {
  const parts = shards.slice(0, 2).map((name) => {
    const output = inFolder(`${name}.density.partial`);
    const { status } = nadaraya(
      ...[
        "partial",
        inFolder(`part-${name}.csv`),
        "--x",
        x,
        "--bandwidth",
        "3",
        "--at",
        inFolder("places.csv"),
      ],
      ...["--backend", "cpu", "--output", output, "--quiet"],
    );
    expect(status).toBe(0);
    return output;
  });
  const merged = csvParse(nadaraya("merge", ...parts).stdout);
  expect(merged.columns).toEqual([x, "density", "log density"]);
  const files = shards.slice(0, 2).map((name) => inFolder(`part-${name}.csv`));
  const whole = csvParse(
    nadaraya(
      "density",
      ...files,
      "--x",
      x,
      "--bandwidth",
      "3",
      "--at",
      inFolder("places.csv"),
      "--backend",
      "cpu",
    ).stdout,
  );
  for (const [i, row] of whole.entries())
    expect(Number(merged[i]["log density"])).toBeCloseTo(Number(row["log density"]), 5);
  expect(nadaraya("merge", ...parts, "--confidence", "0.9").stderr).toContain("has no confidence band");
});
