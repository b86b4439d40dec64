/** The pages in Firefox, whose WebGPU is wgpu: `npm run e2e:firefox`, where Firefox is installed. */
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FaultReport, faultCaseNames } from "../../src/testing/fault-rounds.ts";
import { adapterEnvironment } from "../../tools/chromium.mjs";
import { findFirefox, loaderFolder } from "../../tools/firefox.mjs";
import { serveFaults } from "../faults/serve.ts";

type Rounds = (...given: readonly unknown[]) => Promise<FaultReport>;

let browser: Browser;
let server: PreviewServer;
beforeAll(async () => {
  server = await preview({ logLevel: "error", preview: { host: "localhost", port: 4395 } });
  const environment = await adapterEnvironment();
  browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: findFirefox(),
    headless: true,
    protocolTimeout: 1_200_000,
    env: { ...process.env, ...environment, ...loaderFolder(environment) },
    extraPrefsFirefox: { "dom.webgpu.enabled": true, "gfx.webgpu.ignore-blocklist": true },
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** A page without errors, and one on which WebGPU has an adapter. */
async function open(path: string): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(`http://localhost:4395${path}`);
  const adapter = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
  expect(adapter, "a WebGPU adapter in Firefox").toBe(true);
  return { page, errors };
}

async function until<T>(read: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const settled = (page: Page) =>
  until(
    () => page.evaluate(() => Number(document.documentElement.dataset.settled ?? 0)),
    (count) => count > 0,
  );

test("the page computes every figure on the GPU, and agrees with float64", async () => {
  const { page, errors } = await open("/");
  await settled(page);
  expect(await page.$eval("#backend", (each) => each.textContent)).toBe("WebGPU compute shaders");
  await page.$eval("#check", (button) => (button as HTMLButtonElement).click());
  const difference = await until(
    () => page.$eval("#check-result", (each) => Number((each as HTMLElement).dataset.difference ?? NaN)),
    (value) => !Number.isNaN(value),
  );
  expect(difference).toBeLessThan(1e-4);
  expect(await page.$$eval("[data-failed]", (failed) => failed.length)).toBe(0);
  expect(errors).toEqual([]);
  await page.close();
});

test("the explorer draws the curve of its first example", async () => {
  const { page, errors } = await open("/explore.html");
  await settled(page);
  expect(await page.$eval("#message", (each) => each.className)).not.toContain("wrong");
  expect(await page.$$eval("#fit svg path", (paths) => paths.length)).toBeGreaterThan(0);
  expect(errors).toEqual([]);
  await page.close();
});

test("the self-test of the benchmark's page passes", async () => {
  const { page, errors } = await open("/bench.html");
  await page.$eval("#self-test", (button) => (button as HTMLButtonElement).click());
  const passed = await until(
    () => page.$eval("#self-test-report", (each) => (each as HTMLElement).dataset.passed),
    (value) => value !== undefined,
  );
  const report = await page.$eval("#self-test-report", (each) => each.textContent);
  expect(passed, report ?? "").toBe("true");
  expect(report).toContain("Firefox");
  console.log(report);
  expect(errors).toEqual([]);
  await page.close();
});

test("answers in spite of lost devices", async () => {
  const { server: faults, end } = await serveFaults(4396);
  const page = await browser.newPage();
  await page.goto(faults.resolvedUrls!.local[0]);
  await until(
    () => page.evaluate(() => "ready" in document.documentElement.dataset),
    (ready) => ready,
  );
  for (const name of faultCaseNames) {
    const report = await page.evaluate(
      (given) => (window as unknown as { faultRounds: Rounds }).faultRounds(...given),
      [name, "loss", 3, 31],
    );
    expect(report).toMatchObject({
      answers: 3,
      faults: 3,
      errors: [],
      foreign: [],
      lostDevices: 3,
      heldBytes: 0,
    });
    expect(report.worst).toBeLessThan(1e-6);
  }
  const { predict, weights } = await page.evaluate(() =>
    (window as unknown as { latencies(): Promise<Record<"predict" | "weights", number>> }).latencies(),
  );
  console.log(`a small prediction takes ${predict.toFixed(1)} ms, weights ${weights.toFixed(1)} ms`);
  await page.close();
  await end();
});
