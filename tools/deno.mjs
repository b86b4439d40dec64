/** `npm test -- deno`: the library on Deno's WebGPU, which is wgpu, like Firefox's. */
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "./bundle.mjs";
import { adapterEnvironment } from "./chromium.mjs";
import { run } from "./setup.mjs";

const script = await bundle("src/testing/implementation.ts");
const environment = await adapterEnvironment();
// Of Chromium's folder Deno must find the Vulkan loader and nothing else: other libraries there are not those that it expects.
const folder = join(tmpdir(), `nadaraya-vulkan-${process.pid}`);
if (environment.VK_ICD_FILENAMES) {
  mkdirSync(folder, { recursive: true });
  const loader = join(environment.VK_ICD_FILENAMES, "../libvulkan.so.1");
  symlinkSync(loader, join(folder, "libvulkan.so.1"));
  environment.LD_LIBRARY_PATH = folder;
}
try {
  const flags = ["--allow-all", "--unstable-webgpu", "--node-modules-dir=manual", "--no-check"];
  run("npx", ["deno", "run", ...flags, script], environment);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
