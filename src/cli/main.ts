#!/usr/bin/env node
/** The executable `nadaraya`: exit code 0 done, 1 it failed, 2 the command line is wrong whatever the data is, 3 the data is wrong, 130 interrupted. */
import { CommanderError } from "commander";
import { NadarayaError } from "../index.ts";
import { removeUnfinished } from "../io/files.ts";
import { cleanUp, SIGNALS } from "./interrupts.ts";
import { program } from "./program.ts";
import { Reporter } from "./reporter.ts";
import { UsageError } from "./usage.ts";

const WRONG_DATA = new Set(["invalid-input", "invalid-bandwidth", "unsupported", "empty-window"]);

let isInterrupted = false;

function fail(message: string, code: number): never {
  Reporter.stop();
  process.stderr.write(`nadaraya: ${message}\n`);
  process.exit(code);
}

for (const [signal, code] of SIGNALS)
  process.once(signal, async () => {
    process.once(signal, () => process.exit(code)); // a second one does not wait
    isInterrupted = true;
    Reporter.stop();
    removeUnfinished();
    await cleanUp();
    process.exit(code);
  });
process.on("uncaughtException", (error: NodeJS.ErrnoException) => {
  // The program that reads the output may stop before its end.
  if (error.code === "EPIPE") process.exit(0);
  // A terminal that was closed takes no more texts; the signal's own code is to come.
  if (isInterrupted) return;
  removeUnfinished();
  fail(error.stack ?? error.message, 1);
});

const command = program();
for (const each of [command, ...command.commands]) each.exitOverride();
try {
  await command.parseAsync();
  process.exit(process.exitCode ?? 0); // Dawn keeps the process alive
} catch (error) {
  if (isInterrupted) await new Promise(() => {}); // the signal's own code is to come
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  if (error instanceof UsageError) fail(error.message, 2);
  if (error instanceof NadarayaError) fail(error.message, WRONG_DATA.has(error.code) ? 3 : 1);
  fail(error instanceof Error ? (error.stack ?? error.message) : String(error), 1);
}
