import { defineConfig } from "vitest/config";
import { adapterEnvironment } from "./tools/chromium.mjs";
import { filesByProject } from "./tools/rings.mjs";

Object.assign(process.env, await adapterEnvironment()); // inherited by the forks, before Dawn loads Vulkan

/** The projects that use the GPU: one process at a time, as more wait for one another on a software adapter. */
const onGpu = new Set(["gpu", "devices", "wide gpu"]);

/** The projects whose files share processes. */
const shared = new Set(["cpu", "gpu"]);

export default defineConfig({
  test: {
    maxWorkers: 2,
    coverage: {
      include: ["src/**/*.ts", "shaders/**/*.ts"],
      exclude: ["**/*.test.ts", "src/testing/**"],
      reporter: ["text-summary"],
    },
    projects: Object.entries(filesByProject(import.meta.dirname)).map(([name, include], i) => ({
      test: {
        name,
        include: include.length > 0 ? include : ["no such file"],
        pool: "forks", // Dawn crashes in worker threads
        testTimeout: 600_000, // ends tests that hang; it measures no speed
        hookTimeout: 600_000,
        isolate: !shared.has(name),
        ...(onGpu.has(name) ? { maxWorkers: 1, setupFiles: ["src/testing/patient-polls.ts"] } : {}),
        sequence: { groupOrder: 1 + i },
      },
    })),
  },
});
