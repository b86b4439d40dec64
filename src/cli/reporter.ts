/** What a person at a terminal sees while they wait, on the standard error; a pipe sees the notes alone. */
import { Presets, SingleBar } from "cli-progress";

export class Reporter {
  private readonly quiet: boolean;
  private bar: SingleBar | undefined;
  private what = "";

  constructor(quiet: boolean) {
    this.quiet = quiet;
  }

  progress(what: string, share: number): void {
    if (this.quiet || !process.stderr.isTTY) return;
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
    if (!this.quiet) process.stderr.write(`${text}\n`);
  }

  done(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.what = "";
  }
}
