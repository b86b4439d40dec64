/**
 * The guide's examples for GNU parallel, Slurm and Dask, by the real schedulers, while tasks and workers are killed. Everything
 * runs as docs/guide/shards.md shows it.
 */
import type { ChildProcess } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { csvParse } from "d3-dsv";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { findOrInstallSchedulers } from "../../tools/schedulers.mjs";
import { buildCommand, root } from "../testing/command.ts";
import { exitStatus, killGroup, startGroup, until } from "../testing/process-groups.ts";
import { SlurmCluster } from "../testing/slurm.ts";

const guide = readFileSync(join(root, "docs/guide/shards.md"), "utf8");
const exampleOf = (language: string, beginning: string): string => {
  const blocks = guide.matchAll(/```(\w+)\n([\s\S]*?)```/g);
  const found = [...blocks].filter(([, of, text]) => of === language && text.startsWith(beginning));
  if (found.length !== 1) throw new Error(`the guide has ${found.length} examples "${beginning}…"`);
  return found[0][2];
};
const names = ["a", "b", "c", "d"].map((name) => `part-${name}.csv`);

let missing: string | undefined;
let command: ReturnType<typeof buildCommand>;
let slurm: SlurmCluster | undefined;
const rows = readFileSync(join(root, "demo/data/motorcycle.csv"), "utf8").trim().split("\n").slice(1);
/** What every scheduler must write. */
let expected: string;

beforeAll(async () => {
  missing = findOrInstallSchedulers();
  if (missing) return;
  command = buildCommand();
  const undisturbed = new Bench();
  await undisturbed.succeed(undisturbed.start(exampleOf("sh", "ls part-")));
  expected = undisturbed.read("fit.csv");
  const options = ["--x", "time", "--y", "acceleration", "--bandwidth", "1.5", "--backend", "cpu"];
  const places = undisturbed.path("places.csv");
  const all = csvParse(
    command.run(["regress", undisturbed.path("all.csv"), ...options, "--at", places]).stdout,
  );
  const fit = csvParse(expected);
  expect(fit.length).toBe(61);
  for (const [i, { acceleration }] of all.entries())
    expect(Math.abs(Number(fit[i].acceleration) - Number(acceleration))).toBeLessThan(2e-4); // 1e-6 of the range
  undisturbed.dispose();
});

/** A folder with four shards, and on the PATH a `nadaraya` that can be held up. */
class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "nadaraya-schedulers-"));
  readonly env: NodeJS.ProcessEnv;
  private readonly started: ChildProcess[] = [];

  constructor() {
    for (const folder of ["bin", "victims", "held"]) mkdirSync(this.path(folder));
    this.writeTable("all.csv", rows);
    for (const [i, name] of names.entries())
      this.writeTable(
        name,
        rows.filter((_, row) => row % names.length === i),
      );
    writeFileSync(this.path("places.csv"), `time\n${Array.from({ length: 61 }, (_, i) => i).join("\n")}\n`);
    // Notes each call; holds the first one of a victim, for three minutes at most.
    this.writeProgram(
      "bin/nadaraya",
      `cd '${this.folder}' || exit
echo "$1 $2" >> calls
if [ "$1" = partial ] && mv "victims/$2" "held/$2" 2> /dev/null; then
  echo "$$ $PPID" > "held/$2"
  tenths=0
  while [ -s "held/$2" ] && [ $tenths -lt 1800 ]; do sleep 0.1; tenths=$((tenths + 1)); done
fi
exec '${process.execPath}' '${command.main}' "$@"
`,
    );
    symlinkSync("/usr/bin/python3", this.path("bin/python3")); // the one that has Debian's packages
    this.env = { ...process.env, PATH: `${this.path("bin")}${delimiter}${process.env.PATH}` };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  writeTable(name: string, lines: readonly string[]): void {
    writeFileSync(this.path(name), ["time,acceleration", ...lines, ""].join("\n"));
  }

  writeProgram(name: string, text: string): void {
    writeFileSync(this.path(name), text.startsWith("#!") ? text : `#!/bin/sh\n${text}`);
    chmodSync(this.path(name), 0o755);
  }

  /** Starts lines of shell. Their output goes to the file "log". */
  start(lines: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
    const log = openSync(this.path("log"), "a");
    const child = startGroup("sh", ["-ec", lines], {
      cwd: this.folder,
      env: { ...env, ...this.env },
      stdio: ["ignore", log, log],
    });
    this.started.push(child);
    return child;
  }

  /** Waits for the end of the program, which must succeed. */
  async succeed(child: ChildProcess): Promise<void> {
    const status = await exitStatus(child);
    expect({ status, log: status === 0 ? "" : this.read("log") }).toEqual({ status: 0, log: "" });
  }

  /** The first call for this shard will be held. */
  hold(name: string): void {
    writeFileSync(this.path(`victims/${name}`), "");
  }

  /** Waits for a held call. @returns the ids of its process and of the process that started it */
  async held(name: string): Promise<{ pid: number; parent: number }> {
    const path = this.path(`held/${name}`);
    const text = await until(`the task of ${name}; ${this.read("log")}`, () => {
      const content = existsSync(path) ? readFileSync(path, "utf8") : "";
      return content.endsWith("\n") && content;
    });
    const [pid, parent] = text.split(" ").map(Number);
    return { pid, parent };
  }

  release(name: string): void {
    writeFileSync(this.path(`held/${name}`), "");
  }

  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : "";
  }

  /** The number of calls of `nadaraya` for each shard, and for the merge. */
  calls(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const line of this.read("calls").trim().split("\n")) {
      const [what, file] = line.split(" ");
      const key = what === "merge" ? what : file;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  /** The digits are those of the same shards one after the other, and no shard left an unfinished file. */
  checkFit(): void {
    expect(this.read("fit.csv")).toBe(expected);
    const partials = readdirSync(this.folder).filter((name) => /part-.*partial/.test(name));
    expect(partials.sort()).toEqual(names.map((name) => `${name}.partial`));
  }

  dispose(): void {
    for (const name of readdirSync(this.path("held"))) this.release(name);
    for (const child of this.started) killGroup(child);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

let bench: Bench;

beforeEach((context) => {
  if (missing) context.skip(missing);
  bench = new Bench();
});
afterEach(() => bench?.dispose());
afterAll(() => slurm?.stop());

const kill = (pid: number) => process.kill(pid, "SIGKILL");

test("GNU parallel repeats a killed task, and after an interrupt computes only what is missing", async () => {
  const lines = exampleOf("sh", "parallel ");
  const [, b, , d] = names;
  bench.hold(b);
  bench.hold(d);
  const first = bench.start(lines);
  kill((await bench.held(b)).pid);
  const { pid } = await bench.held(d);
  await until("three shards", () => names.slice(0, 3).every((name) => bench.read(`${name}.partial`) !== ""));
  killGroup(first);
  kill(pid);
  expect(bench.read("fit.csv")).toBe("");
  await bench.succeed(bench.start(lines));
  bench.checkFit();
  expect(bench.calls()).toEqual({ "part-a.csv": 1, [b]: 2, "part-c.csv": 1, [d]: 2, merge: 1 });
});

test("Dask gives the task of a killed worker to another one, and repeats a killed task", async () => {
  writeFileSync(bench.path("fit.py"), exampleOf("python", "import subprocess"));
  const [, b, , d] = names;
  bench.hold(b);
  bench.hold(d);
  const program = bench.start(exampleOf("sh", "python3 fit.py"));
  const orphan = await bench.held(b);
  kill(orphan.parent); // the worker; its process goes on, and computes the same shard once more
  await until("the task again", () => bench.calls()[b] === 2);
  bench.release(b);
  kill((await bench.held(d)).pid);
  await bench.succeed(program);
  await until("the end of the orphan", () => !isAlive(orphan.pid));
  bench.checkFit();
  expect(bench.calls()).toEqual({ "part-a.csv": 1, [b]: 2, "part-c.csv": 1, [d]: 2, merge: 1 });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("Slurm queues a killed task again, and merges afterwards", async () => {
  slurm ??= await SlurmCluster.start(names.length);
  bench.writeProgram("partial.sh", exampleOf("sh", "#!/bin/sh\n#SBATCH"));
  const [, b] = names;
  bench.hold(b);
  await bench.succeed(bench.start(exampleOf("sh", "set -- part-"), slurm.env));
  kill((await bench.held(b)).pid);
  await slurm.finishJobs();
  bench.checkFit();
  expect(bench.calls()).toEqual({ "part-a.csv": 1, [b]: 2, "part-c.csv": 1, "part-d.csv": 1, merge: 1 });
});

test("Slurm gives up a task that always fails, and the merge with it", async () => {
  slurm ??= await SlurmCluster.start(names.length);
  bench.writeProgram("partial.sh", exampleOf("sh", "#!/bin/sh\n#SBATCH"));
  for (const name of names.slice(2)) rmSync(bench.path(name));
  const [a, b] = names;
  writeFileSync(bench.path(b), "other,columns\n1,2\n");
  await bench.succeed(bench.start(exampleOf("sh", "set -- part-"), slurm.env));
  await slurm.finishJobs();
  expect(bench.calls()).toEqual({ [a]: 1, [b]: 4 });
  expect(slurm.states()).toMatchObject({ wrap: "CANCELLED" });
  expect(bench.read("fit.csv")).toBe("");
});
