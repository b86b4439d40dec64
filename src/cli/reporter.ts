/** What a run says on the standard error: a progress bar at a terminal; notes, or one line of JSON instead. */
import { Presets, SingleBar } from "cli-progress";
import { show } from "../common/errors.ts";
import type { Table } from "../io/table.ts";

export class Reporter {
  private static running: Reporter | undefined;
  private readonly quiet: boolean;
  private readonly json: boolean;
  private readonly facts: Record<string, unknown> = {};
  private readonly groups = new Map<string, Readonly<Record<string, unknown>>>();
  private readonly warnings: string[] = [];
  private bar: SingleBar | undefined;
  private what = "";

  private constructor({
    quiet = false,
    json = false,
  }: { readonly quiet?: boolean; readonly json?: boolean }) {
    this.quiet = quiet;
    this.json = json;
  }

  static start(options: { readonly quiet?: boolean; readonly json?: boolean }): Reporter {
    Reporter.running = new Reporter(options);
    return Reporter.running;
  }

  /** Gives the terminal back: its cursor, its line wrapping, and a line of its own for what comes next. */
  static stop(): void {
    Reporter.running?.done();
  }

  progress(what: string, share: number): void {
    if (this.quiet || this.json || !process.stderr.isTTY) return;
    if (what !== this.what) {
      this.done();
      this.what = what;
      const format = `{what} {bar} {percentage} % | {eta_formatted}`;
      this.bar = new SingleBar(
        { format, hideCursor: true, stream: process.stderr, clearOnComplete: true },
        Presets.shades_classic,
      );
      this.bar.start(1, 0, { what });
    }
    this.bar?.update(share);
  }

  note(text: string): void {
    this.done();
    if (this.json) this.warnings.push(text);
    else if (!this.quiet) process.stderr.write(`${text}\n`);
  }

  /** What a reader had to decide, and cells that it left empty. */
  notes({ notes = [], summary = [] }: Table, { bad }: { readonly bad: "error" | "missing" }): void {
    for (const note of notes) this.note(note);
    if (bad === "missing")
      for (const { name, type, firstBad } of summary)
        if (firstBad && type !== "text")
          this.note(
            `column "${name}": ${firstBad.count} cells are left empty, first ${firstBad.where}: ${show(firstBad.value)}`,
          );
  }

  /** Facts for the report of --json, about all rows or about a group of them. */
  report(facts: Readonly<Record<string, unknown>>, group?: string): void {
    if (group === undefined) Object.assign(this.facts, facts);
    else this.groups.set(group, { ...this.groups.get(group), ...facts });
  }

  finish(): void {
    this.done();
    if (!this.json) return;
    const groups = this.groups.size > 0 ? Object.fromEntries(this.groups) : undefined;
    process.stderr.write(`${JSON.stringify({ ...this.facts, groups, notes: this.warnings })}\n`);
  }

  done(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.what = "";
  }
}
