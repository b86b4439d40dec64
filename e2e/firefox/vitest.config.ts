import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["e2e/firefox/*.test.ts"],
    testTimeout: 1_800_000, // what hangs is cut off; no machine is too slow or too busy
    hookTimeout: 1_800_000,
  },
});
