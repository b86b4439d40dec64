/** The tests that failed, from the JSON reports of Vitest and Playwright: logs are often cut to their end, which says only which step it was. */
import { readFileSync } from "node:fs";

/** Lines of a message that are shown. */
const LINES = 12;
const shown = (message) =>
  message
    .replace(/\p{Cc}\[[0-9;]*m/gu, "")
    .split("\n")
    .slice(0, LINES)
    .map((line) => `    ${line}`)
    .join("\n");

/** One text for each failed test of a report; none where there is no report. */
export function failuresIn(path) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return [];
  }
  return report.testResults ? ofVitest(report) : ofPlaywright(report.suites ?? [], report.errors ?? []);
}

const ofVitest = ({ testResults }) =>
  testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0) return status === "failed" ? [`  ${name}\n${shown(message)}`] : [];
    return failed.map(
      ({ fullName, failureMessages }) => `  ${name} > ${fullName}\n${shown(failureMessages.join("\n"))}`,
    );
  });

function ofPlaywright(suites, errors) {
  const found = errors.map(({ message }) => shown(message));
  for (const { file, specs = [], suites: inner = [] } of suites) {
    found.push(...ofPlaywright(inner, []));
    for (const { title, tests } of specs)
      for (const { projectName, results } of tests) {
        const last = results.at(-1);
        if (last && !["passed", "skipped"].includes(last.status))
          found.push(`  [${projectName}] ${file} > ${title}\n${shown(last.error?.message ?? last.status)}`);
      }
  }
  return found;
}
