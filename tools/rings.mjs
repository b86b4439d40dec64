/**
 * Decides which Vitest project runs a test file. `npm test` runs "cpu", "gpu" and "devices" (the fast ring), `npm run test:wide` also
 * the others. One process at a time uses the GPU.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDERS = ["shaders", "src", "bench", "demo", "tools"];

/** The file starts a device, which it may count, measure or destroy. */
const OWN_DEVICE =
  /\b(findDevice|findGpu|ownGpuEngine|faultRounds)\(|backend: "webgpu"|from ".*\/fault-rounds\.ts"/;
/** The file replaces modules, which would stay replaced for the files after it, or not be for itself if they were loaded before. */
const OWN_MODULES = /\bvi\.mock\(/;
/** The file computes on the device that all files share. */
const SHARED_DEVICE = /\bgpuEngine\(/;

/**
 * - "cpu": without a GPU; in two processes for all files, so that the engine is loaded and optimised once in each.
 * - "gpu": on one device for all files, in one process, so that a shader is compiled once.
 * - "devices": on a device of its own, or with modules replaced; a process for each file.
 * - "wide cpu", "wide gpu": files named `*.wide.test.ts`; a process for each.
 */
export function projectOf(path, text) {
  const usesGpu = OWN_DEVICE.test(text) || SHARED_DEVICE.test(text);
  if (path.endsWith(".wide.test.ts")) return usesGpu ? "wide gpu" : "wide cpu";
  if (OWN_DEVICE.test(text) || OWN_MODULES.test(text)) return "devices";
  return usesGpu ? "gpu" : "cpu";
}

export const projectNames = ["cpu", "gpu", "devices", "wide cpu", "wide gpu"];

/** The test files of each project, as paths from the root. */
export function filesByProject(root) {
  const files = Object.fromEntries(projectNames.map((name) => [name, []]));
  for (const folder of FOLDERS)
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".test.ts")) continue;
      const path = `${folder}/${name.replaceAll("\\", "/")}`;
      files[projectOf(path, readFileSync(join(root, path), "utf8"))].push(path);
    }
  return files;
}
