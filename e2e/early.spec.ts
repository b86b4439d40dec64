/** What a visitor does before the page is ready, as on a slow network or while the adapter starts, is done and not lost. */
import { test as base, expect, type Page } from "playwright/test";

/** A page whose adapter is found only after `startAdapter` was called in it. */
const test = base.extend<{ slow: Page }>({
  slow: async ({ page }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => void errors.push(error.message));
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.addInitScript(() => {
      const { requestAdapter } = GPU.prototype;
      const started = new Promise<void>((resolve) => Object.assign(window, { startAdapter: resolve }));
      GPU.prototype.requestAdapter = async function (...given) {
        await started;
        return requestAdapter.apply(this, given);
      };
    });
    await use(page);
    expect(errors, "exceptions in the page").toEqual([]);
  },
});
const startAdapter = (page: Page) =>
  page.evaluate(() => (window as unknown as { startAdapter(): void }).startAdapter());

const groups = {
  name: "groups.csv",
  mimeType: "",
  buffer: Buffer.from(
    `dose,effect\n${Array.from({ length: 30 }, (_, i) => `${i * i},${3 * i + (i % 4)}`).join("\n")}\n`,
  ),
};
const columns = (page: Page) => page.locator("select[name=x] option");
async function expectGroups(page: Page): Promise<void> {
  await expect(page.locator("#about")).toHaveText("30 rows.");
  await expect(page.locator("#message")).toContainText("groups.csv");
  await expect(page.locator("#message")).not.toHaveClass(/wrong/);
  await expect(columns(page)).toHaveText(["dose", "effect"]);
  await expect(page.locator("#example")).toHaveValue("");
  expect(page.url()).toContain("file=groups.csv");
}

test("a file opened before the adapter has started is shown", async ({ slow: page }) => {
  await page.goto("/explore.html");
  await expect(page.locator("select[name=kernel] option")).not.toHaveCount(0); // its handlers are there
  await page.locator("#file").setInputFiles(groups);
  await expect(columns(page)).toHaveText(["dose", "effect"]);
  await startAdapter(page);
  await expectGroups(page);
});

test("a file that is still being read when the adapter starts is shown", async ({ slow: page }) => {
  await page.goto("/explore.html");
  await expect(page.locator("select[name=kernel] option")).not.toHaveCount(0);
  await Promise.all([page.locator("#file").setInputFiles(groups), startAdapter(page)]);
  await expectGroups(page);
});

test("a file chosen before the page's script has arrived is shown", async ({ slow: page }) => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/explore-*.js", async (route) => {
    await released;
    await route.continue();
  });
  await page.goto("/explore.html", { waitUntil: "commit" });
  await page.locator("#file").setInputFiles(groups);
  release();
  await startAdapter(page);
  await expectGroups(page);
});

test("a link's file opened before the adapter has started is shown as the link says", async ({
  slow: page,
}) => {
  await page.goto("/explore.html#file=groups.csv&x=dose&y=effect");
  await expect(page.locator("select[name=kernel] option")).not.toHaveCount(0);
  await page.locator("#file").setInputFiles(groups);
  await startAdapter(page);
  await expect(page.locator("#about")).toHaveText("30 rows.");
  await expect(page.locator("select[name=x]")).toHaveValue("dose");
});

test("a slider moved and a check asked for before the adapter has started: the check agrees to 1e-5 of the range", {
  tag: "@wide",
}, async ({ slow: page }) => {
  await page.goto("/#fourth=epanechnikov");
  const sigma = page.locator(".controls input[name=sigma]");
  await expect(page.locator("#hero svg")).toBeVisible(); // drawn by the processor meanwhile
  await sigma.fill("-1");
  await page.locator("#check").click();
  await startAdapter(page);
  await expect(page.locator("#estimates .body:not([data-stale]) svg").first()).toBeVisible();
  await expect(sigma).toHaveValue("-1");
  expect(page.url()).toContain("sigma=0.1");
  await expect(page.locator("#check-result")).toHaveText(/largest difference/);
  const difference = Number(await page.locator("#check-result").getAttribute("data-difference"));
  expect(difference).toBeGreaterThan(0);
  expect(difference).toBeLessThan(1e-5);
});

test("the example is shown where nobody opens anything", async ({ slow: page }) => {
  await page.goto("/explore.html");
  await startAdapter(page);
  await expect(page.locator("#about")).toHaveText("133 rows.");
});
