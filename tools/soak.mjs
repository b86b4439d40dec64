/** `npm run soak`: random estimators with random faults, every answer checked, memory sampled. */
import { readArguments } from "./arguments.mjs";
import { bundle } from "./bundle.mjs";
import { findOrInstallAdapter } from "./chromium.mjs";
import { runLast, say, setUp } from "./setup.mjs";

const { values } = readArguments({
  command: "npm run soak",
  about:
    "Fits random estimators with random faults of the device, checks every answer and samples memory. Ends with 1 if an answer was wrong.",
  options: {
    minutes: { type: "number", default: 60, help: "how long" },
    seed: {
      type: "number",
      integer: true,
      help: "seed of the random numbers (default: another one every time)",
    },
  },
});
setUp();
const script = await bundle("src/testing/soak.ts");
const options = Object.entries(values).filter(([, value]) => value !== undefined);
runLast(
  "node",
  ["--expose-gc", script, ...options.map(([name, value]) => `--${name}=${value}`)],
  await findOrInstallAdapter(say),
);
