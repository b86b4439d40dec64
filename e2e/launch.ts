/** How the browsers of the tests are started: with WebGPU on a software adapter, and without it. */
import { findChromium } from "../tools/chromium.mjs";

export const executablePath = await findChromium();
const quiet = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const webgpu = {
  executablePath,
  args: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", ...quiet],
};
export const withoutWebGpu = {
  executablePath,
  args: [...quiet, "--disable-features=WebGPU", "--disable-gpu"],
};
