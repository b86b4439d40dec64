/** The benchmark in Node: prints progress on the standard error, the results as JSON on the standard output. */
import { runSuite } from "./suite.ts";

const results = await runSuite({
  where: `Node ${process.version} (Dawn)`,
  full: process.argv.includes("--full"),
  progress: (what, done, total) => console.error(`[${done}/${total}] ${what}`),
});
console.log(JSON.stringify(results));
process.exit(0); // Dawn keeps the process alive
