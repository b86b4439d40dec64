import { defineConfig } from "vitest/config";
import { adapterEnvironment } from "./tools/chromium.mjs";
import { filesByProject } from "./tools/rings.mjs";

Object.assign(process.env, await adapterEnvironment()); // inherited by the forks, before Dawn loads Vulkan

const files = filesByProject(import.meta.dirname);
/** The projects that use the GPU: one process at a time, as more wait for one another on a software adapter. */
const onGpu = new Set(["gpu", "devices", "wide gpu"]);

export default defineConfig({
  test: {
    pool: "forks", // Dawn crashes in worker threads
    testTimeout: 600_000, // ends tests that hang; it measures no speed
    hookTimeout: 600_000,
    projects: Object.entries(files).map(([name, include], i) => ({
      extends: true,
      test: {
        name,
        include: include.length > 0 ? include : ["no such file"],
        isolate: name !== "gpu",
        maxWorkers: onGpu.has(name) ? 1 : 2,
        sequence: { groupOrder: 1 + i },
      },
    })),
  },
});
