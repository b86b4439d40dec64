import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DocsState, docsPlugin, isOfDocs } from "./site-server.mjs";

const site = mkdtempSync(join(tmpdir(), "nadaraya-site-"));
let state: DocsState = "building";
let server: PreviewServer;
beforeAll(async () => {
  writeFileSync(join(site, "index.html"), "the lesson");
  writeFileSync(join(site, "explore.html"), "the explorer");
  server = await preview({
    logLevel: "error",
    build: { outDir: site },
    preview: { port: 0 },
    plugins: [docsPlugin(() => state)],
  });
});
afterAll(async () => {
  await server.close();
  rmSync(site, { recursive: true });
});

async function get(path: string): Promise<[status: number, text: string]> {
  const { port } = server.httpServer.address() as { port: number };
  const response = await fetch(`http://localhost:${port}${path}`, { headers: { accept: "text/html" } });
  return [response.status, await response.text()];
}

describe("the served site", () => {
  test("answers known addresses", async () => {
    expect(await get("/")).toEqual([200, "the lesson"]);
    expect(await get("/explore.html")).toEqual([200, "the explorer"]);
  });

  test.each([
    "/nonsense",
    "/nonsense.html",
    "/explore/nonsense",
    "/assets/nonsense.js",
  ])("answers the unknown address %s by 404", async (path) => {
    const [status, text] = await get(path);
    expect(status).toBe(404);
    expect(text).toContain('<a href="/">The lesson</a>');
  });

  test("says that the documentation is being built, that it failed, or shows it", async () => {
    mkdirSync(join(site, "docs"));
    writeFileSync(join(site, "docs/index.html"), "the documentation");
    state = "building";
    for (const path of ["/docs", "/docs/", "/docs/start.html"]) {
      const [status, text] = await get(path);
      expect(status).toBe(503);
      expect(text).toContain("The documentation is being built");
    }
    state = "failed";
    const [status, text] = await get("/docs/");
    expect(status).toBe(500);
    expect(text).toContain("The documentation could not be built");
    state = "built";
    for (const path of ["/docs/", "/docs"]) expect(await get(path)).toEqual([200, "the documentation"]);
    expect((await get("/docs/nonsense.html"))[0]).toBe(404);
    rmSync(join(site, "docs"), { recursive: true }); // as a build of the pages does
    expect(await get("/docs/")).toEqual([503, expect.stringContaining("The documentation was removed")]);
  });

  test("takes only addresses below /docs for the documentation's", () => {
    expect(["/docs", "/docs/", "/docs/a.html", "/docs?x"].every(isOfDocs)).toBe(true);
    expect(["/", "/documents", "/a/docs/"].some(isOfDocs)).toBe(false);
  });
});
