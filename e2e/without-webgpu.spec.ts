/** The page in a browser without WebGPU: the CPU twin computes, and a banner says so. */
import { test as base, expect } from "playwright/test";
import { nadarayaWatson } from "../src/reference/index.ts";
import { largestDifference } from "../src/testing/random.ts";
import { column, csv, settled } from "./page.ts";

base("figures are computed on the CPU, and the banner says why and how to get WebGPU", async ({ page }) => {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto("/");
  await settled(page);
  expect(await page.evaluate(async () => (await navigator.gpu?.requestAdapter()) ?? null)).toBeNull();
  await expect(page.locator("#no-webgpu")).toBeVisible();
  await expect(page.locator("#no-webgpu")).toContainText(/no WebGPU|no adapter/);
  await expect(page.locator("#no-webgpu")).toContainText("Chrome or Edge 113");
  await expect(page.locator("#backend")).toHaveText("computed on the CPU in float64");
  const data = await csv(page, "data");
  const rows = (await csv(page, "any-estimate")) as Awaited<ReturnType<typeof csv>>;
  const { mean } = nadarayaWatson({
    keys: column(data, "key"),
    values: column(data, "value"),
    queries: column(rows, "query"),
    dims: 1,
    columns: 1,
    kernel: "gaussian",
    shape: "radial",
    bandwidth: [0.5],
  });
  expect(largestDifference(column(rows, "estimate"), mean)).toBeLessThan(1e-12);
  expect(errors).toEqual([]);
});

base("the explorer computes on the CPU, and says so", async ({ page }) => {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto("/explore.html");
  await settled(page);
  await expect(page.locator("#message")).toContainText("CPU, float64");
  await expect(page.locator("#fit svg")).toHaveCount(1);
  await expect(page.locator("#width")).toHaveText("1.45 ms");
  await page.getByText("How it was computed").click();
  await expect(page.locator("#lost")).toContainText("Computed on the CPU");
  expect(errors).toEqual([]);
});
