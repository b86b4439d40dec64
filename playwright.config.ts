import { defineConfig, devices } from "playwright/test";
import { findChromium } from "./tools/chromium.mjs";

const executablePath = await findChromium();
const PORT = 4327;
const quiet = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const webgpu = {
  executablePath,
  args: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", ...quiet],
};
const { defaultBrowserType: _, ...phone } = devices["Pixel 7"];

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
      name: "desktop",
      testIgnore: /without-webgpu/,
      use: { viewport: { width: 1280, height: 900 }, launchOptions: webgpu },
    },
    // What depends on the screen; numbers do not.
    { name: "phone", grep: /@phone/, use: { ...phone, launchOptions: webgpu } },
    {
      name: "without WebGPU",
      testMatch: /without-webgpu/,
      use: {
        launchOptions: { executablePath, args: [...quiet, "--disable-features=WebGPU", "--disable-gpu"] },
      },
    },
  ],
  webServer: {
    command: `npx vite preview --port ${PORT} --strictPort`,
    url: `http://localhost:${PORT}`,
    reuseExistingServer: false,
  },
});
