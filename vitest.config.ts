import { defineConfig } from "vitest/config";
import { adapterEnvironment } from "./tools/chromium.mjs";

Object.assign(process.env, await adapterEnvironment()); // inherited by the forks, before Dawn loads Vulkan

export default defineConfig({
  test: {
    include: ["{shaders,src,bench,demo}/**/*.test.ts"],
    pool: "forks", // Dawn crashes in worker threads
    maxWorkers: 2, // more wait for one another on a software adapter
    testTimeout: 1_800_000, // what hangs is cut off; no machine is too slow or too busy
    hookTimeout: 1_800_000,
  },
});
