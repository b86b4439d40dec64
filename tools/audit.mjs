/** `npm test -- audit`: npm's list of known flaws against what users install, where the registry answers. */
import { spawnSync } from "node:child_process";
import { skip } from "./setup.mjs";

const shell = process.platform === "win32";
const { stdout, status } = spawnSync("npm", ["audit", "--omit=dev", "--audit-level=moderate", "--json"], {
  encoding: "utf8",
  shell,
  timeout: 120_000,
});
let report;
try {
  report = JSON.parse(stdout);
} catch {
  report = undefined;
}
if (!report?.metadata) skip("the registry does not answer");
if (status === 0) console.log(`no known flaw in ${report.metadata.dependencies.prod} packages`);
else {
  for (const [name, { severity, via }] of Object.entries(report.vulnerabilities))
    console.error(`${severity}: ${name}: ${via.map((each) => each.title ?? each).join("; ")}`);
  process.exit(1);
}
