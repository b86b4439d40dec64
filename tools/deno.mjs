/** `npm test -- deno`: the library on Deno's WebGPU, which is wgpu, like Firefox's. */
import { bundle } from "./bundle.mjs";
import { adapterEnvironment } from "./chromium.mjs";
import { loaderFolder } from "./firefox.mjs";
import { run } from "./setup.mjs";

const script = await bundle("src/testing/implementation.ts");
const environment = await adapterEnvironment();
const flags = ["--allow-all", "--unstable-webgpu", "--node-modules-dir=manual", "--no-check"];
run("npx", ["deno", "run", ...flags, script], { ...environment, ...loaderFolder(environment) });
