/** The texts of --help. */
import { expect, test } from "vitest";
import { program } from "./program.ts";

test("describes every command, argument and option by a whole phrase", () => {
  for (const command of program().commands) {
    const texts = [
      command.description(),
      ...command.registeredArguments.map(({ description }) => description),
      ...command.options.map(({ description }) => description),
    ];
    for (const text of texts) {
      // "of the queue", "without it" and "as it takes" need a sentence around them.
      expect(text, `${command.name()}: ${text}`).toMatch(/^\S+ \S+/);
      expect(text, `${command.name()}: ${text}`).not.toMatch(
        /^(of|for|by|which|what they|as for|also|how many|where the)\b/,
      );
    }
  }
});

test("lists the exit codes", () => {
  let help = "";
  program()
    .configureOutput({ writeOut: (text) => (help += text) })
    .outputHelp();
  for (const code of [
    "0 done",
    "1 failed",
    "2 the command line",
    "3 the data",
    "130 interrupted",
    "129 by SIGHUP",
  ])
    expect(help).toContain(code);
});
