/** Waits for Redis with an end: a silence is reported after seconds, and given up after a time that the user sets. */
import { NadarayaError, show } from "../../common/errors.ts";
import { isBetween } from "../../common/options.ts";

/** Milliseconds after which a silence is reported. */
const SILENCE = 5000;

/** Seconds of silence after which a job is given up. */
export const TIMEOUT = 300;

export class Patience {
  private readonly where: string;
  private readonly seconds: number;
  private readonly onNote: (note: string) => void;
  private isSilent = false;

  /**
   * @param where how messages call the server
   * @param seconds without an answer
   * @throws NadarayaError "invalid-input"
   */
  constructor(where: string, seconds: number, onNote: (note: string) => void) {
    if (!isBetween(seconds, 1, 7 * 86_400))
      throw new NadarayaError("invalid-input", `timeout is ${show(seconds)}, expected 1 to 604800 seconds`);
    this.where = where;
    this.seconds = seconds;
    this.onNote = onNote;
  }

  /** The answer to one command. @throws NadarayaError "unavailable" after the time; the signal's reason */
  answered<T>(command: Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const report = setTimeout(() => this.report(), SILENCE);
      const end = setTimeout(() => {
        settle();
        reject(
          new NadarayaError(
            "unavailable",
            `${this.where} has not answered for ${this.seconds} s; it was given up`,
          ),
        );
      }, 1000 * this.seconds);
      const onAbort = () => {
        settle();
        reject(signal!.reason);
      };
      const settle = () => {
        clearTimeout(report);
        clearTimeout(end);
        signal?.removeEventListener("abort", onAbort);
      };
      signal?.addEventListener("abort", onAbort);
      if (signal?.aborted) onAbort();
      command.then(
        (value) => {
          settle();
          if (this.isSilent) this.onNote(`${this.where} answers again`);
          this.isSilent = false;
          resolve(value);
        },
        (error) => {
          settle();
          reject(error);
        },
      );
    });
  }

  private report(): void {
    if (this.isSilent) return;
    this.isSilent = true;
    this.onNote(`${this.where} does not answer; the job waits for it for ${this.seconds} s`);
  }
}

/** What resolves within some milliseconds; undefined for what does not, or fails. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  return Promise.race([work.catch(() => undefined), end]).finally(() => clearTimeout(timer));
}
