#!/usr/bin/env node
/** The executable `nadaraya`: exit code 0 done, 1 it failed, 2 the command line is wrong, 3 the data is. */
import { CommanderError } from "commander";
import { NadarayaError } from "../index.ts";
import { program } from "./program.ts";

const WRONG_DATA = new Set(["invalid-input", "invalid-bandwidth", "unsupported", "empty-window"]);

const command = program();
for (const each of [command, ...command.commands]) each.exitOverride();
try {
  await command.parseAsync();
  process.exit(0); // Dawn keeps the process alive
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  if (error instanceof NadarayaError) {
    process.stderr.write(`nadaraya: ${error.message}\n`);
    process.exit(WRONG_DATA.has(error.code) ? 3 : 1);
  }
  process.stderr.write(`nadaraya: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exit(1);
}
