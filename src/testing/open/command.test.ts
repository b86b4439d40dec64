/** Open faults that only the packed command shows (issue O). */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { buildCommand } from "../command.ts";
import { openFault } from "../open-faults.ts";

const { main } = buildCommand();

openFault("O", "jobs A3", "an answer that does not fit on the disk ends with an error", () => {
  const cwd = mkdtempSync(join(tmpdir(), "nadaraya-full-"));
  writeFileSync(join(cwd, "d.csv"), "x,y\n0,1\n1,3\n2,2\n");
  const regress = `node ${main} regress d.csv --x x --y y --bandwidth 1 --backend cpu --quiet --grid 20000 > out.csv`;
  const { status } = spawnSync("sh", ["-c", `ulimit -f 100; ${regress}`], { cwd });
  const lines = readFileSync(join(cwd, "out.csv"), "utf8").split("\n").length;
  if (lines > 20_000) throw new Error(`the limit of the shell does not hold: ${lines} lines`);
  expect(status).not.toBe(0);
});
