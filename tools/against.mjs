/**
 * `npm run bench -- --against COMMIT [--save] [TASK …]`: the same tasks by an older commit and by this one, in turn, in two processes on one machine;
 * medians. Of tasks that are not named, what was saved stays.
 */
import { execFileSync, fork } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";
import { say } from "./setup.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Fewest and most runs that count, and milliseconds after which fewer will do. */
const RUNS = { least: 5, most: 25, patience: 10_000 };
/** Runs before those that count, where they are short: code is compiled then. */
const WARM_UPS = 3;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const duration = (ms) => (ms < 1000 ? `${ms.toPrecision(3)} ms` : `${(ms / 1000).toPrecision(3)} s`);

export async function against(commit, save, wanted) {
  const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const [before, after] = [git("rev-parse", "--short", commit), git("rev-parse", "--short", "HEAD")];
  const folder = mkdtempSync(join(tmpdir(), "nadaraya-against-"));
  const children = [];
  const old = join(folder, "old");
  try {
    git("worktree", "add", "--detach", old, before);
    // Built libraries find their packages beside them, the old sources theirs.
    for (const home of [folder, old]) symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
    for (const [name, home] of Object.entries({ old, new: root })) {
      say(`building ${name}`);
      const args = ["tsc", "-p", "tsconfig.build.json", "--outDir", join(folder, `${name}-dist`)];
      execFileSync("npx", args, { cwd: home, stdio: "inherit" });
    }
    const script = await bundle("bench/against-child.ts");
    const start = (dist) => {
      const child = fork(script, [dist]);
      children.push(child);
      const next = () =>
        new Promise((resolve, reject) => {
          const ended = (code) => reject(new Error(`the benchmark of ${dist} ended with ${code}`));
          child.once("exit", ended);
          child.once("message", (message) => {
            child.off("exit", ended);
            resolve(message);
          });
        });
      return { child, next, ready: next() };
    };
    const both = ["old", "new"].map((name) => start(join(folder, `${name}-dist`)));
    const [names] = await Promise.all(both.map(({ ready }) => ready));
    const rows = [];
    for (const name of names) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const times = [[], []];
      let samples;
      let spent = 0;
      const isEnough = () =>
        times[0].length >= RUNS.most || (times[0].length >= RUNS.least && spent > RUNS.patience);
      for (let run = 0; !isEnough(); run++) {
        samples = [];
        for (const [i, { child, next }] of both.entries()) {
          const answer = next();
          child.send(name);
          const { milliseconds, sample } = await answer;
          samples.push(sample);
          spent += milliseconds;
          if (run >= WARM_UPS || spent > RUNS.patience) times[i].push(milliseconds);
        }
      }
      const apart = Math.max(...samples[0].map((x, i) => Math.abs(x - samples[1][i])));
      const [earlier, now] = times.map(median);
      rows.push({ task: name, after, old: earlier, new: now, ratio: earlier / now, times, apart });
      say(`${name}: ${duration(earlier)} → ${duration(now)}, ${(earlier / now).toFixed(2)} ×`);
    }
    const path = join(root, "bench/results/against.json");
    const saved = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { rows: [] };
    const kept = saved.before === before ? saved.rows : [];
    const rowOf = (name) => [...rows, ...kept].find(({ task }) => task === name);
    const results = {
      ...{ version: 1, date: new Date().toISOString(), before, node: process.version, cpu: cpus()[0].model },
      rows: names.map(rowOf).filter(Boolean),
    };
    if (save) writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`);
    console.log(markdown(results));
  } finally {
    for (const child of children) child.kill();
    git("worktree", "remove", "--force", old);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The saved comparison as a table. */
export function markdown({ before, node, cpu, rows }) {
  const lines = rows.map(
    ({ task, after, old, new: now, ratio, apart }) =>
      `| ${task} | ${after} | ${duration(old)} | ${duration(now)} | ${ratio.toFixed(1)} × | ${apart.toExponential(0)} |`,
  );
  return [
    `## ${before} and later commits in turn`,
    "",
    `On the CPU, one thread, Node ${node}, ${cpu}; fit and first answer; medians of 5 runs or more.`,
    "",
    "| task | by | before | after | faster | answers apart |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}
