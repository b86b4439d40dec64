import { describe, expect, test } from "vitest";
import { helpOf, parse, type Tool } from "./arguments.mjs";

const tool: Tool = {
  command: "npm run fuzz",
  about: "Runs the property tests.",
  options: {
    minutes: { type: "number", default: 10, help: "how long" },
    port: { type: "number", most: 65535, integer: true, help: "port of the server" },
    commit: { type: "string", value: "COMMIT", help: "an older commit" },
    open: { type: "boolean", help: "open the browser" },
  },
};

describe("arguments of the tools", () => {
  test("are defaults if none is given", () =>
    expect(parse(tool, [])).toEqual({
      values: { minutes: 10, port: undefined, commit: undefined, open: false },
      positionals: [],
    }));

  test("are read as numbers, texts and switches", () =>
    expect(parse(tool, ["--minutes", "0.5", "--port=8080", "--commit", "abc", "--open"])?.values).toEqual({
      minutes: 0.5,
      port: 8080,
      commit: "abc",
      open: true,
    }));

  test.each([
    [["--minutes", "one"], /--minutes takes a number of at least 0, not "one"/],
    [["--minutes", ""], /--minutes takes a number/],
    [["--minutes=-1"], /--minutes takes a number of at least 0/],
    [["--minutes", "NaN"], /--minutes takes a number/],
    [["--minutes", "Infinity"], /--minutes takes a number/],
    [["--port", "70000"], /--port takes a whole number from 0 to 65535, not "70000"/],
    [["--port", "80.5"], /--port takes a whole number/],
    [["--minute", "1"], /Unknown option '--minute'/],
    [["--minutes"], /argument missing/],
    [["more"], /Unexpected argument 'more'/],
  ])("are refused: %j", (words, message) => expect(() => parse(tool, words)).toThrow(message));

  test("may have words without an option if the tool takes some", () =>
    expect(
      parse({ ...tool, positionals: { name: "TASK", help: "only these" } }, ["a", "--open", "b"])
        ?.positionals,
    ).toEqual(["a", "b"]));

  test("ask for help by --help or -h, whatever else is wrong", () => {
    expect(parse(tool, ["--nonsense", "--help"])).toBeUndefined();
    expect(parse(tool, ["-h"])).toBeUndefined();
  });
});

test("the help shows the usage, and each option with its default", () => {
  const help = helpOf(tool);
  expect(help).toContain("usage: npm run fuzz -- [options]");
  expect(help).toContain("--minutes NUMBER  how long (default: 10)");
  expect(help).toContain("--commit COMMIT   an older commit\n");
  expect(help).toContain("--help            print this text");
});
