/**
 * `node tools/release.mjs v0.2.0`: prints that version's section of CHANGELOG.md, or why the packages cannot be published, with exit code 1.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("..", import.meta.url);
const FOLDERS = [".", "packages/nadaraya-cli"];
/** Stands in package.json for the account that publishes, until CONTRIBUTING's "Before the first release" is done. */
const PLACEHOLDER = /\bOWNER\b/;

/** @returns {string | undefined} the date and the text of a version's section */
export function sectionOf(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  return sections.find((text) => text.split(/\s/, 1)[0] === version);
}

/**
 * @param {{ tag: string, packages: Record<string, string>, changelog: string }} given texts of each folder's package.json, and of CHANGELOG.md
 * @returns {string[]} reasons against publishing
 */
export function reasonsAgainst({ tag, packages, changelog }) {
  const reasons = [];
  const version = tag.replace(/^v/, "");
  for (const [folder, text] of Object.entries(packages)) {
    const described = JSON.parse(text);
    const file = `${folder}/package.json`;
    if (tag !== `v${described.version}`)
      reasons.push(`${file} has the version ${described.version}, the tag is ${tag}`);
    for (const field of ["author", "homepage", "repository", "bugs", "license"])
      if (!described[field]) reasons.push(`${file} has no ${field}`);
    if (PLACEHOLDER.test(text))
      reasons.push(`${file} still says OWNER: CONTRIBUTING.md, "Before the first release"`);
  }
  const section = sectionOf(changelog, version);
  if (!section) reasons.push(`CHANGELOG.md has no section ${version}`);
  else if (!/^\S+ \(\d{4}-\d\d-\d\d\)\n/.test(section)) reasons.push(`CHANGELOG.md gives ${version} no date`);
  return reasons;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (path) => readFileSync(new URL(path, root), "utf8");
  const [tag, ...more] = process.argv.slice(2);
  if (!tag || more.length > 0) {
    console.error("usage: node tools/release.mjs v0.2.0");
    process.exit(2);
  }
  const packages = Object.fromEntries(FOLDERS.map((folder) => [folder, read(`${folder}/package.json`)]));
  const changelog = read("CHANGELOG.md");
  const reasons = reasonsAgainst({ tag, packages, changelog });
  for (const reason of reasons) console.error(reason);
  if (reasons.length > 0) process.exit(1);
  console.log(sectionOf(changelog, tag.slice(1)).replace(/^.*\n+/, ""));
}
