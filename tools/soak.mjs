/** `npm run soak -- --minutes 60 [--seed N]`: random estimators with random faults, every answer checked, memory sampled. */

import { bundle } from "./bundle.mjs";
import { adapterEnvironment } from "./chromium.mjs";
import { run, setUp } from "./setup.mjs";

setUp();
const script = await bundle("src/testing/soak.ts");
run("node", ["--expose-gc", script, ...process.argv.slice(2)], await adapterEnvironment());
