/** `npm run e2e`: the end-to-end tests. Arguments are Playwright's. */
import { findOrInstallChromium } from "./chromium.mjs";
import { buildIfMissing, runLast, say, setUp } from "./setup.mjs";

setUp();
const chromium = await findOrInstallChromium(say);
buildIfMissing();
runLast("npx", ["playwright", "test", ...process.argv.slice(2)], { CHROMIUM_PATH: chromium });
