/** Output that does not fit where it goes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildCommand } from "../testing/command.ts";

const { main } = buildCommand();
const cwd = mkdtempSync(join(tmpdir(), "nadaraya-full-"));
writeFileSync(join(cwd, "d.csv"), "x,y\n0,1\n1,3\n2,2\n");
/** Runs the command in a shell whose files have at most 100 blocks of 512 bytes, which a full disk does not differ from. */
const limited = (words: string) => {
  const { status, stderr } = spawnSync("sh", ["-c", `ulimit -f 100; node ${main} ${words}`], {
    ...{ cwd, encoding: "utf8" },
  });
  return { status, stderr };
};
const regress = "regress d.csv --x x --y y --bandwidth 1 --backend cpu --quiet --grid 20000";

test("an answer that does not fit on the disk ends with an error", () => {
  const { status, stderr } = limited(`${regress} > out.csv`);
  expect(readFileSync(join(cwd, "out.csv"), "utf8").split("\n").length).toBeLessThan(20_000);
  expect(stderr).toBe(
    "nadaraya: the standard output cannot be written: files must not become so large here\n",
  );
  expect(status).toBe(3);
});

test("so do other texts on the standard output", () => {
  for (const words of ["info d.csv", "info d.csv --json", "regress --help", "completion bash"]) {
    const { status, stderr } = limited(`${words} > /dev/full`);
    expect(stderr, words).toContain("the standard output cannot be written: the disk is full");
    expect(status, words).toBe(3);
  }
});
