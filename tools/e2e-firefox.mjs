/** `npm run e2e:firefox`: the built pages in Firefox, where it is installed or Debian has it. */
import { findOrInstallChromium } from "./chromium.mjs";
import { findOrInstallFirefox } from "./firefox.mjs";
import { run, say, setUp } from "./setup.mjs";

setUp();
const chromium = await findOrInstallChromium(say); // its software adapter is Firefox's too
const firefox = findOrInstallFirefox(say);
if (firefox)
  run("npx", ["vitest", "run", "--config", "e2e/firefox/vitest.config.ts"], {
    CHROMIUM_PATH: chromium,
    FIREFOX_PATH: firefox,
  });
else say("skipped: there is no Firefox here; set FIREFOX_PATH to one of version 141 or newer");
