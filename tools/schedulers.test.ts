/** Without schedulers, and without the means to install them, the wide test is skipped with a reason. */
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { findOrInstallSchedulers } from "./schedulers.mjs";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Looks for schedulers where only these commands are. */
function find(commands: readonly string[], { user = 0, platform = "linux" } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "nadaraya-schedulers-"));
  for (const name of commands) {
    writeFileSync(join(folder, name), "#!/bin/sh\n");
    chmodSync(join(folder, name), 0o755);
  }
  vi.stubEnv("PATH", folder);
  vi.spyOn(process, "getuid").mockReturnValue(user);
  vi.spyOn(process, "platform", "get").mockReturnValue(platform as NodeJS.Platform);
  const said: string[] = [];
  const reason = findOrInstallSchedulers((line) => said.push(line));
  return { reason, said };
}

test.each([
  ["no apt-get", [], {}, /^parallel\b.*: missing, and there is no apt-get$/],
  [
    "another user than root",
    ["apt-get"],
    { user: 1000 },
    /only root may install them \(apt-get install parallel\b/,
  ],
  ["another system", [], { platform: "darwin" }, /^Slurm runs on Linux only$/],
] as const)("%s is the reason, which is printed", (_, commands, machine, expected) => {
  const { reason, said } = find(commands, machine);
  expect(reason).toMatch(expected);
  expect(said).toEqual([`The tests of schedulers are skipped: ${reason}`]);
});
