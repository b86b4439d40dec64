/** The benchmark's page: a kernel of the visitor's own is compiled, checked against its twin, and placed on the roofline. */
import { expect, test } from "./page.ts";

test.beforeEach(async ({ page, errors: _ }) => {
  await page.goto("/bench.html");
});

test("a kernel of one's own is checked and measured", async ({ page }) => {
  await page.getByRole("button", { name: "Check and measure" }).click();
  await expect(page.locator("#own-result")).toContainText(
    /Both forms agree. [\d.]+ M pairs\/s, \d+ % of the ceiling/,
    {
      timeout: 80_000,
    },
  );
  await expect(page.locator("#roofline svg")).toHaveAttribute("aria-label", /1 measurements/);
});

test("two forms that disagree are refused, and so is WGSL that does not compile", async ({ page }) => {
  await page.locator("input[name=alpha]").fill("Math.max(0, 1 - u)");
  await page.getByRole("button", { name: "Check and measure" }).click();
  await expect(page.locator("#own-result")).toContainText(/at u = [\d.]+ its WGSL gives/, {
    timeout: 80_000,
  });
  await page.locator("input[name=wgsl]").fill("nonsense(x)");
  await page.getByRole("button", { name: "Check and measure" }).click();
  await expect(page.locator("#own-result")).toContainText(/does not compile[\s\S]*nonsense/, {
    timeout: 80_000,
  });
});
