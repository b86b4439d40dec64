/** `npm run e2e:firefox`: the built pages in Firefox, if it is installed or Debian has it. Arguments are Vitest's. */
import { findOrInstallChromium } from "./chromium.mjs";
import { findOrInstallFirefox } from "./firefox.mjs";
import { buildIfMissing, runLast, say, setUp, skip } from "./setup.mjs";

setUp();
const chromium = await findOrInstallChromium(say); // its software adapter is Firefox's too
const firefox = findOrInstallFirefox(say);
if (!firefox) skip("there is no Firefox here; set FIREFOX_PATH to one of version 141 or newer");
buildIfMissing();
runLast("npx", ["vitest", "run", "--config", "e2e/firefox/vitest.config.ts", ...process.argv.slice(2)], {
  CHROMIUM_PATH: chromium,
  FIREFOX_PATH: firefox,
});
