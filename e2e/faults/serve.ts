/** Builds and serves the page of faults. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, preview } from "vite";

export async function serveFaults(port: number) {
  const site = mkdtempSync(join(tmpdir(), "nadaraya-faults-"));
  const config = { configFile: false, root: "e2e/faults", logLevel: "error" } as const;
  const options = { outDir: site, emptyOutDir: true, target: "es2022" } as const;
  await build({ ...config, base: "./", build: options, worker: { format: "es" } });
  const server = await preview({ ...config, build: options, preview: { host: "localhost", port } });
  const end = async () => {
    await server.close();
    rmSync(site, { recursive: true, force: true });
  };
  return { server, end };
}
