/** The benchmark's page: a kernel of the visitor's own is compiled, compared with float64, and placed on the roofline; the self-test. */
import { expect, test } from "./page.ts";

test.beforeEach(async ({ page, errors: _ }) => {
  await page.goto("/bench.html");
});

test("a kernel of one's own is checked and measured", { tag: "@wide" }, async ({ page }) => {
  await page.getByRole("button", { name: "Check and measure" }).click();
  await expect(page.locator("#own-result")).toContainText(
    /The GPU agrees with float64 within 0.00001 of the values' range \(largest error at some queries: \d+e[+-]\d+\). [\d.]+ M pairs\/s, \d+ % of the ceiling/,
    {
      timeout: 500_000,
    },
  );
  await expect(page.locator("#roofline svg")).toHaveAttribute("aria-label", /1 measurements/);
});

test("what is no expression is refused, and so is WGSL that does not compile", async ({ page }) => {
  const result = page.locator("#own-result");
  await page.locator("input[name=wgsl]").fill("x); } fn evil() {");
  await page.getByRole("button", { name: "Check and measure" }).click();
  await expect(result).toContainText("expected one expression in x");
  await page.locator("input[name=wgsl]").fill("exp(100.0) * exp(-x)");
  await page.locator("input[name=compact]").uncheck();
  await page.getByRole("button", { name: "Check and measure" }).click();
  await expect(result).toContainText(
    /your kernel does not compile\s*line 1, column 1: .*cannot be represented/,
    {
      timeout: 500_000,
    },
  );
  await page.locator("input[name=wgsl]").fill("exp(-x)* exp(100.0)");
  await page.getByRole("button", { name: "Check and measure" }).click();
  await expect(result).toContainText(/line 1, column 10: /, { timeout: 500_000 });
});

test("the self-test passes here, and its report can be copied", { tag: "@wide" }, async ({ page }) => {
  await page.getByRole("button", { name: "Test this adapter" }).click();
  const report = page.locator("#self-test-report");
  await expect(report).toContainText("nadaraya self-test: passed, ", { timeout: 500_000 });
  await expect(report).toContainText("swiftshader", { ignoreCase: true });
  await expect(page.getByRole("button", { name: "Copy the report" })).toBeEnabled();
});

test("rows appear as they come, a stop keeps them, and a link holds them", { tag: "@wide" }, async ({
  page,
}) => {
  await expect(page.locator("#plan")).toContainText("About sixty steps");
  await expect(page.locator("#others")).toContainText("of its ceiling");
  await page.locator("#run").click();
  const bars = page.locator("#roofline svg");
  await expect(bars).toHaveAttribute("aria-label", /1 measurements/, { timeout: 300_000 });
  await expect(page.locator("#summary")).toContainText("Gaussian pairs/s");
  await expect(page.locator("#markdown")).toContainText("16384");
  await page.locator("#stop").click();
  await expect(page.locator("#step")).toHaveText("Stopped: what was measured is below.");
  await expect(page.locator("#run")).toBeEnabled();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator("#link").click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const summary = await page.locator("#summary").textContent();
  await page.goto("about:blank");
  await page.goto(link);
  await expect(page.locator("#step")).toContainText("A result from a link");
  await expect(page.locator("#summary")).toHaveText(summary!);
  await expect(bars).toHaveAttribute("aria-label", /measurements/);
  await page.goto("about:blank");
  await page.goto(`${link.slice(0, -40)}`);
  await expect(page.locator("#step")).toContainText("cannot be read");
});
