/** What a shell needs to complete the command: made of the commands and options that there are. */
import type { Command } from "commander";

export const SHELLS = ["bash", "zsh"] as const;
export type Shell = (typeof SHELLS)[number];

/** A script to evaluate in a shell's start file: eval "$(nadaraya completion bash)". */
export function completionScript(program: Command, shell: Shell): string {
  const name = program.name();
  const cases = program.commands.map((command) => {
    const flags = command.options.map(({ long }) => long).join(" ");
    // After an option with a value: its choices, or else files, which the shell completes itself.
    const values = command.options
      .filter(({ required }) => required)
      .map(({ long, argChoices = [] }) => `      ${long}) words="${argChoices.join(" ")}" ;;`);
    return [
      `    ${command.name()})`,
      `    case "$before" in`,
      ...values,
      `      *) words="${flags}" ;;`,
      "    esac ;;",
    ].join("\n");
  });
  const script = [
    `_${name}() {`,
    `  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""`,
    `  case "\${COMP_WORDS[1]}" in`,
    ...cases,
    `    *) words="${program.commands.map((command) => command.name()).join(" ")} --help --version" ;;`,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    `complete -o default -o bashdefault -F _${name} ${name}`,
  ];
  return `${[...(shell === "zsh" ? ["autoload -U +X bashcompinit && bashcompinit"] : []), ...script].join("\n")}\n`;
}
