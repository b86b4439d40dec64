/**
 * Faults of a browser's devices: lost at any call, allocations that fail, calls that throw or reject; a GPU process that crashes;
 * engines in several workers. More rounds: `NADARAYA_FAULT_ROUNDS=70 npx playwright test faults`.
 */
import type { PreviewServer } from "vite";
import { type FaultReport, faultCaseNames } from "../src/testing/fault-rounds.ts";
import { serveFaults } from "./faults/serve.ts";
import { change, expect, explore, settled, test, visit } from "./page.ts";

const ROUNDS = Number(process.env.NADARAYA_FAULT_ROUNDS ?? 2);
let server: PreviewServer;

let end: () => Promise<void>;

test.beforeAll(async () => {
  ({ server, end } = await serveFaults(4392));
});
test.afterAll(() => end());
test.beforeEach(async ({ page, errors: _ }) => {
  await page.goto(server.resolvedUrls!.local[0]);
  await page.waitForFunction(() => "ready" in document.documentElement.dataset);
});

type Rounds = (...given: readonly unknown[]) => Promise<FaultReport>;

// Of calls that fail otherwise, the fast ring tests Dawn in Node alone: src/engine/faults.test.ts. Every device compiles the many
// stages of "expand" anew.
const isFast = (name: string, fault: string) => name !== "expand" && ["loss", "no memory"].includes(fault);
for (const name of faultCaseNames)
  for (const fault of ["loss", "no memory", "throw", "reject", "refuse"] as const)
    test(`${name}: ${fault}`, { tag: isFast(name, fault) ? [] : ["@wide"] }, async ({ page }) => {
      const report = await page.evaluate(
        (given) => (window as unknown as { faultRounds: Rounds }).faultRounds(...given),
        [name, fault, ROUNDS, 29],
      );
      expect(report).toMatchObject({ foreign: [], heldBytes: 0 });
      expect(report.worst).toBeLessThan(1e-6);
      expect(report.faults).toBeGreaterThan(ROUNDS / 2);
      expect(report.answers + report.errors.length).toBe(ROUNDS);
      if (fault === "loss" || fault === "no memory")
        expect(report).toMatchObject({ answers: ROUNDS, errors: [] });
      if (fault === "loss") expect(report).toMatchObject({ lostDevices: ROUNDS, warnings: ROUNDS });
    });

test("engines in four workers at once", async ({ page }) => {
  const found = await page.evaluate(() =>
    (window as unknown as { inWorkers(n: number): Promise<{ backend: string; mean: number[] }[]> }).inWorkers(
      4,
    ),
  );
  expect(found).toHaveLength(4);
  for (const each of found) expect(each).toEqual({ ...found[0], backend: "webgpu" });
});

test.describe("the pages", () => {
  /** Loses every device that the page has. */
  const loseAll = () =>
    (window as unknown as { devices: GPUDevice[] }).devices.forEach((device) => void device.destroy());
  test.beforeEach(async ({ page }) => {
    await page.addInitScript(() => {
      const devices: GPUDevice[] = [];
      Object.assign(window, { devices });
      if (!("GPUAdapter" in window)) return;
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...given) {
        const device = await request.apply(this, given);
        devices.push(device);
        return device;
      };
    });
  });

  // The tab is shared with other tests.
  test.afterEach(async ({ page }) => {
    await page.goto("about:blank");
  });

  test("go on after the device was lost, and say so", async ({ page }) => {
    await visit(page, "/");
    await settled(page);
    await page.evaluate(loseAll);
    await change(page, () => page.locator("input[name=query]").first().fill("2.5"));
    await expect(page.locator("#lost")).toContainText("The GPU device was lost once");
    await expect(page.locator("[data-failed]")).toHaveCount(0);
    await explore(page);
    await page.evaluate(loseAll);
    await change(page, () => page.locator("select[name=degree]").selectOption("0"));
    await expect(page.locator("#message")).not.toHaveClass(/wrong/);
  });

  test("compute on the CPU where there is no other device", async ({ page }) => {
    await visit(page, "/");
    await settled(page);
    await page.evaluate(() => {
      navigator.gpu.requestAdapter = async () => null;
    });
    await page.evaluate(loseAll);
    await change(page, () => page.locator("input[name=query]").first().fill("2.25"));
    await expect(page.locator("#no-webgpu")).toBeVisible();
    await expect(page.locator("[data-failed]")).toHaveCount(0);
  });
});
