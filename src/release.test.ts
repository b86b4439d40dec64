/** A release is refused until both packages and the changelog are ready for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reasonsAgainst, sectionOf } from "../tools/release.mjs";
import { packageOf, root } from "./testing/app.ts";

const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
const { version } = packageOf(".");
const FOLDERS = [".", "packages/nadaraya-cli"];

/** Both packages as they are, with the placeholder filled and then some fields changed. */
function given(changes: Record<string, unknown> = {}, tag = `v${version}`, log = changelog) {
  const packages = Object.fromEntries(
    FOLDERS.map((folder) => {
      const filled = JSON.parse(JSON.stringify(packageOf(folder)).replaceAll("OWNER", "somebody"));
      return [folder, JSON.stringify({ ...filled, ...changes })];
    }),
  );
  return { tag, packages, changelog: log };
}

test("accepts the packages as they are, once the owner is filled in", () => {
  expect(reasonsAgainst(given())).toEqual([]);
});

test("refuses packages that do not say whose they are", () => {
  for (const reason of reasonsAgainst(given({ author: "OWNER" })))
    expect(reason).toContain("still says OWNER");
  expect(reasonsAgainst(given({ author: "OWNER" }))).toHaveLength(2);
  expect(reasonsAgainst(given({ repository: undefined }))).toEqual(
    FOLDERS.map((folder) => `${folder}/package.json has no repository`),
  );
});

test("refuses a tag of another version", () => {
  const reasons = reasonsAgainst(given({}, "v9.9.9"));
  expect(reasons).toContain(`./package.json has the version ${version}, the tag is v9.9.9`);
  expect(reasons).toContain(
    `packages/nadaraya-cli/package.json has the version ${version}, the tag is v9.9.9`,
  );
  expect(reasons).toContain("CHANGELOG.md has no section 9.9.9");
});

test("refuses a changelog without the version or its date", () => {
  const without = given({}, undefined, changelog.replace(`## ${version} (`, "## Unreleased ("));
  expect(reasonsAgainst(without)).toEqual([`CHANGELOG.md has no section ${version}`]);
  const undated = given({}, undefined, changelog.replace(new RegExp(`## ${version} .*`), `## ${version}`));
  expect(reasonsAgainst(undated)).toEqual([`CHANGELOG.md gives ${version} no date`]);
});

test("every version of the changelog has a date, the newest first", () => {
  const heads = [...changelog.matchAll(/^## (.*)$/gm)]
    .map(([, head]) => head)
    .filter((head) => head !== "Unreleased");
  const dates = heads.map((head) => /^\d+\.\d+\.\d+ \((\d{4}-\d\d-\d\d)\)$/.exec(head)?.[1]);
  expect(dates).not.toContain(undefined);
  expect(dates).toEqual(dates.toSorted().reverse());
  expect(sectionOf(changelog, version)).toContain("\n- ");
});

test("both packages carry the licence and the same addresses", () => {
  const [core, command] = FOLDERS.map(packageOf);
  for (const field of ["author", "homepage", "bugs", "license"])
    expect(command[field], field).toEqual(core[field]);
  expect(command.repository.url).toBe(core.repository.url);
  expect(command.repository.directory).toBe("packages/nadaraya-cli");
  const [licence, copy] = FOLDERS.map((folder) => readFileSync(join(root, folder, "LICENSE"), "utf8"));
  expect(copy).toBe(licence);
});
