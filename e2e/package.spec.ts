/** The package as others get it, in a fresh Vite app: in a page, and in a worker, on the GPU. */
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build, type PreviewServer, preview } from "vite";
import { App } from "../src/testing/app.ts";
import { expect, test } from "./page.ts";

const app = new App();
let server: PreviewServer;

test.beforeAll(async () => {
  app.install(".", "nadaraya");
  const ask = `
    import { Engine, KernelRegression } from "nadaraya";
    export async function ask() {
      const engine = await Engine.create();
      const model = await KernelRegression.fit({ keys: [0, 1, 2], values: [1, 2, 3], bandwidth: 1 }, { engine });
      const { mean } = await model.predict([1, 1.5], { method: "dense" });
      return { backend: engine.info.backend, mean: [...mean] };
    }
    /** Means by workers, less those without. */
    export async function share() {
      const keys = Float64Array.from({ length: 5000 }, (_, i) => Math.sin(i * i));
      const means = [];
      for (const workers of [0, 2]) {
        const engine = await Engine.create({ backend: "cpu", workers });
        const model = await KernelRegression.fit({ keys, values: keys, bandwidth: 0.1 }, { engine });
        means.push((await model.predict(keys, { method: "dense" })).mean);
      }
      return Math.max(...means[0].map((mean, i) => Math.abs(mean - means[1][i])));
    }`;
  app.write(
    "index.html",
    '<!doctype html><title>app</title><link rel=icon href=data:,><script type="module" src="./main.js"></script>',
  );
  app.write("ask.js", ask);
  app.write("worker.js", 'import { ask } from "./ask.js";\nask().then(postMessage);');
  app.write(
    "main.js",
    `import { ask, share } from "./ask.js";
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => { window.inWorker = data; };
    ask().then((found) => { window.inPage = found; });
    window.share = share;`,
  );
  const config = { configFile: false, root: app.folder, logLevel: "error" } as const;
  await build({ ...config, build: { target: "es2022" }, worker: { format: "es" } });
  server = await preview({ ...config, preview: { host: "localhost", port: 4391 } });
});

test.afterAll(async () => {
  await server.close();
  rmSync(app.folder, { recursive: true, force: true });
});

test("in a page and in a worker, on the GPU", async ({ page, errors: _ }) => {
  await page.goto(server.resolvedUrls!.local[0]);
  for (const name of ["inPage", "inWorker"]) {
    const handle = await page.waitForFunction((name) => (window as never)[name], name);
    const { backend, mean } = (await handle.jsonValue()) as { backend: string; mean: number[] };
    expect(backend, name).toBe("webgpu");
    expect(mean[0]).toBeCloseTo(2, 5);
    const weights = [1.5, 0.5, -0.5].map((u) => Math.exp((-u * u) / 2));
    const exact = (weights[0] + 2 * weights[1] + 3 * weights[2]) / (weights[0] + weights[1] + weights[2]);
    expect(mean[1]).toBeCloseTo(exact, 5);
  }
});

test("workers share long work on the CPU", async ({ page, errors: _ }) => {
  const started: string[] = [];
  page.on("worker", (worker) => started.push(worker.url()));
  await page.goto(server.resolvedUrls!.local[0]);
  await page.waitForFunction(() => "inWorker" in window);
  const before = started.length;
  const share = () => (window as unknown as { share(): Promise<number> }).share();
  expect(await page.evaluate(share)).toBe(0);
  expect(started.length - before).toBe(2);
});

test("where a page forbids them, the page's own thread does the work", async ({ page, errors: _ }) => {
  await page.goto(server.resolvedUrls!.local[0]);
  await page.waitForFunction(() => "inWorker" in window);
  await page.evaluate(() => {
    window.Worker = class {
      constructor() {
        throw new DOMException("not allowed", "SecurityError");
      }
    } as unknown as typeof Worker;
  });
  const share = () => (window as unknown as { share(): Promise<number> }).share();
  expect(await page.evaluate(share)).toBe(0);
});

test("a page without a bundler imports the one file from another origin, with its workers", async ({
  page,
  errors: _,
}) => {
  const file = readFileSync(join(app.folder, "node_modules/nadaraya/dist/nadaraya.min.js"));
  const other = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/javascript", "access-control-allow-origin": "*" });
    response.end(file);
  }).listen(0, "127.0.0.1");
  await once(other, "listening");
  const started: string[] = [];
  page.on("worker", (worker) => started.push(worker.url()));
  await page.goto(server.resolvedUrls!.local[0]);
  await page.waitForFunction(() => "inWorker" in window);
  const before = started.length;
  const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}/nadaraya.min.js`;
  const largest = await page.evaluate(async (address) => {
    const { Engine, KernelRegression } = (await import(address)) as typeof import("../src/index.ts");
    const keys = Float64Array.from({ length: 5000 }, (_, i) => Math.sin(i * i));
    const means: Float64Array[] = [];
    for (const workers of [0, 2]) {
      const engine = await Engine.create({ backend: "cpu", workers });
      const model = await KernelRegression.fit({ keys, values: keys, bandwidth: 0.1 }, { engine });
      means.push((await model.predict(keys, { method: "dense" })).mean);
    }
    return Math.max(...means[0].map((mean, i) => Math.abs(mean - means[1][i])));
  }, address);
  other.close();
  expect(largest).toBe(0);
  expect(started.length - before).toBe(2);
});
