/** The table of open faults is what the tests declare. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, root), "utf8");

const testFiles = ["demo", "e2e", "src"].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => /\.(test|spec)\.ts$/.test(path) && path !== "src/testing/open-faults.test.ts"),
);

/** For each finding the issues that mend it and the files that have its cases. */
const declared = new Map<string, { issues: Set<string>; files: Set<string> }>();
for (const file of testFiles)
  for (const [, issue, finding] of textOf(file).matchAll(/\bopenFault\(\s*"([A-Z])",\s*"([^"]+)"/g)) {
    const own = declared.get(finding) ?? { issues: new Set(), files: new Set() };
    declared.set(finding, own);
    own.issues.add(issue);
    own.files.add(file);
  }
const inOrder = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });
const rows = [...declared].map(([finding, { issues, files }]) => {
  const cases = [...files].sort(inOrder).map((file) => `\`${file}\``);
  return `| ${finding} | ${[...issues].sort(inOrder).join(", ")} | ${cases.join(", ")} |`;
});

const [withCases, without] = textOf("src/testing/open/README.md").split("## Findings without a case");
const written = withCases.split("\n").filter((line) => /^\| [a-z]+ \w+ \|/.test(line));

test("the table lists each finding that has a case, with its issues and files", () => {
  expect(rows.length).toBeGreaterThan(0);
  expect(written).toEqual(rows.sort(inOrder));
});

test("a finding without a case has none", () => {
  const named = without.split("\n").flatMap((line) => /^\| ([a-z]+) ([^|]+) \|/.exec(line)?.slice(1) ?? []);
  expect(named.length).toBeGreaterThan(10);
  const findings = named.flatMap((each, i) =>
    i % 2 === 0 ? named[i + 1].split(", ").map((number) => `${each} ${number}`) : [],
  );
  expect(findings.filter((finding) => declared.has(finding))).toEqual([]);
});
