/**
 * The fast ring tests WebGPU by the files named in ON_GPU, and all else on a browser without it, whose figures are computed on the CPU.
 * The wide ring (NADARAYA_RING=wide) runs the others on WebGPU too, and the tests tagged @wide.
 */
import { defineConfig, devices } from "playwright/test";
import { executablePath, webgpu, withoutWebGpu } from "./e2e/launch.ts";

const PORT = Number(process.env.NADARAYA_PORT ?? 4327);
const isWide = process.env.NADARAYA_RING === "wide";
const { defaultBrowserType: _, ...phone } = devices["Pixel 7"];
const desktop = { viewport: { width: 1280, height: 900 } };

/** Files whose tests need a GPU, as they test what it computes, its faults, or a page before it has started. */
const ON_GPU = /\/(bench|early|faults|figures|package|statistics)\.spec\.ts$/;
const WITHOUT_WEBGPU = /\/without-webgpu\.spec\.ts$/;
const others = isWide ? webgpu : withoutWebGpu;
const wideOnly = isWide ? {} : { grepInvert: /@wide/ };

export default defineConfig({
  testDir: "e2e",
  testMatch: /\.spec\.ts$/, // e2e/firefox has tests of Vitest
  workers: 2,
  // What hangs is cut off; no machine is too slow or too busy.
  timeout: 600_000,
  expect: {
    timeout: 120_000,
    // Of a picture: antialiasing differs a little between processors.
    toHaveScreenshot: { maxDiffPixelRatio: 0.02, threshold: 0.2 },
  },
  snapshotPathTemplate: "{testDir}/pictures/{projectName}/{arg}{ext}",
  reporter: "list",
  use: { baseURL: `http://localhost:${PORT}`, channel: executablePath ? undefined : "chromium" },
  projects: [
    {
      name: "gpu",
      testMatch: ON_GPU,
      ...(isWide ? { grep: /@wide/ } : { grepInvert: /@wide/ }),
      workers: 1, // two would wait for one another on a software adapter
      use: { ...desktop, launchOptions: webgpu },
    },
    {
      name: "desktop",
      testIgnore: [ON_GPU, WITHOUT_WEBGPU],
      ...wideOnly,
      use: { ...desktop, launchOptions: others },
    },
    // What depends on the screen; numbers do not. Tests tagged @phone-wide run here in the wide ring only.
    {
      name: "phone",
      grep: isWide ? /@phone/ : /@phone(?!-wide)/,
      ...wideOnly,
      use: { ...phone, launchOptions: others },
    },
    {
      name: "without WebGPU",
      testMatch: WITHOUT_WEBGPU,
      ...wideOnly,
      use: { launchOptions: withoutWebGpu },
    },
  ],
  webServer: {
    command: `npx vite preview --port ${PORT} --strictPort`,
    url: `http://localhost:${PORT}`,
    reuseExistingServer: false,
  },
});
