/** A Slurm cluster of one node on this machine, with a folder, ports and authentication of its own. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { withSystemFolders } from "../../tools/schedulers.mjs";
import { exitStatus, killGroup, startGroup, until } from "./process-groups.ts";
import { freePort } from "./redis.ts";

export class SlurmCluster {
  /** The variables with which sbatch, squeue and scontrol find this cluster. */
  readonly env: NodeJS.ProcessEnv;
  private readonly folder: string;
  private readonly daemons: ChildProcess[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.env = withSystemFolders({ ...process.env, SLURM_CONF: join(folder, "slurm.conf") });
  }

  /** @param slots number of tasks that run at once; each may have one of as many (imaginary) GPUs */
  static async start(slots: number): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(mkdtempSync(join(tmpdir(), "nadaraya-slurm-")));
    try {
      await cluster.startDaemons(slots);
    } catch (error) {
      const logs = cluster.logs();
      await cluster.stop();
      throw new Error(`Slurm does not start: ${logs}`, { cause: error });
    }
    return cluster;
  }

  private async startDaemons(slots: number): Promise<void> {
    const inFolder = (name: string) => join(this.folder, name);
    chmodSync(this.folder, 0o755); // munged refuses a socket that others cannot reach
    for (const name of ["state", "spool"]) mkdirSync(inFolder(name));
    writeFileSync(inFolder("munge.key"), randomBytes(1024), { mode: 0o400 });
    const [host] = hostname().split(".");
    const user = userInfo().username;
    const config = {
      ClusterName: "nadaraya",
      SlurmctldHost: `${host}(127.0.0.1)`,
      ...{ SlurmUser: user, SlurmdUser: user },
      ...{ SlurmctldPort: await freePort(), SlurmdPort: await freePort() },
      ...{ AuthType: "auth/munge", AuthInfo: `socket=${inFolder("munge.socket")}`, CredType: "cred/munge" },
      ...{ StateSaveLocation: inFolder("state"), SlurmdSpoolDir: inFolder("spool") },
      ...{ SlurmctldPidFile: inFolder("slurmctld.pid"), SlurmdPidFile: inFolder("slurmd.pid") },
      ...{ ProctrackType: "proctrack/linuxproc", TaskPlugin: "task/none", MpiDefault: "none" },
      ...{ SelectType: "select/cons_tres", SelectTypeParameters: "CR_Core", SchedulerType: "sched/builtin" },
      SlurmdParameters: "config_overrides", // more slots than this machine has processors
      ...{ GresTypes: "gpu", MinJobAge: 3600 },
    };
    writeFileSync(
      inFolder("slurm.conf"),
      [
        ...Object.entries(config).map(([name, value]) => `${name}=${value}`),
        `NodeName=${host} NodeAddr=127.0.0.1 CPUs=${slots} Gres=gpu:${slots}`,
        "PartitionName=all Nodes=ALL Default=YES",
        "",
      ].join("\n"),
    );
    for (let i = 0; i < slots; i++) writeFileSync(inFolder(`gpu${i}`), ""); // instead of the devices' files
    writeFileSync(inFolder("gres.conf"), `Name=gpu File=${inFolder(`gpu[0-${slots - 1}]`)}\n`);
    this.startDaemon(
      "munged",
      ...["--foreground", "--num-threads=1", `--socket=${inFolder("munge.socket")}`],
      ...[`--key-file=${inFolder("munge.key")}`, `--pid-file=${inFolder("munged.pid")}`],
      `--seed-file=${inFolder("munge.seed")}`,
    );
    await until(
      "munged",
      () => this.run("munge", "-n", `--socket=${inFolder("munge.socket")}`) !== undefined,
    );
    this.startDaemon("slurmctld", "-D");
    this.startDaemon("slurmd", "-D");
    await until("an idle node", () => this.run("sinfo", "--noheader", "--format=%T") === "idle");
  }

  private startDaemon(command: string, ...args: readonly string[]): void {
    const log = openSync(join(this.folder, `${command}.log`), "w");
    this.daemons.push(startGroup(command, args, { env: this.env, stdio: ["ignore", log, log] }));
  }

  /** The output of a command of Slurm; undefined if it fails. */
  run(command: string, ...args: readonly string[]): string | undefined {
    const { status, stdout } = spawnSync(command, args, { env: this.env, encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  }

  /** Waits until all jobs have left the queue. Slurm would start a task that is queued again after two minutes only. */
  async finishJobs(): Promise<void> {
    await until("jobs of Slurm", () => {
      const jobs = this.run("squeue", "--noheader", "--array", "--format=%i %r");
      for (const line of jobs?.split("\n") ?? []) {
        const [id, reason] = line.split(" ");
        if (reason === "BeginTime") this.run("scontrol", "update", `JobId=${id}`, "StartTime=now");
      }
      return jobs === "";
    });
  }

  /** The state of each job whose record Slurm still has, by the job's name. */
  states(): Record<string, string> {
    const records = this.run("scontrol", "--oneliner", "show", "jobs") ?? "";
    const field = (record: string, name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(record)?.[1] ?? "";
    return Object.fromEntries(
      records.split("\n").map((record) => [field(record, "JobName"), field(record, "JobState")]),
    );
  }

  /** The ends of the daemons' logs, for messages. */
  logs(): string {
    return ["munged", "slurmctld", "slurmd"]
      .map((name) => {
        try {
          return readFileSync(join(this.folder, `${name}.log`), "utf8").slice(-2000);
        } catch {
          return `no log of ${name}`;
        }
      })
      .join("\n");
  }

  async stop(): Promise<void> {
    try {
      this.run("scancel", "--signal=KILL", "--full", `--user=${userInfo().username}`);
      this.run("scancel", `--user=${userInfo().username}`);
      const isAnswering = this.run("sinfo") !== undefined;
      if (isAnswering) await until("the end of Slurm's jobs", () => this.run("squeue", "--noheader") === "");
    } finally {
      for (const daemon of this.daemons.reverse()) {
        daemon.kill("SIGTERM");
        const isEnded = () => daemon.exitCode !== null || daemon.signalCode !== null;
        await until("the end of a daemon", isEnded).catch(() => killGroup(daemon));
        await exitStatus(daemon);
      }
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}
