/**
 * Every figure against a committed picture, at both widths, in light and dark. Text is left out, as fonts differ between machines; its numbers are tested
 * elsewhere. `npx playwright test pictures --update-snapshots` takes new ones: look at them before they are committed.
 */
import { webgpu } from "./launch.ts";
import { change, expect, explore, settled, test, visit } from "./page.ts";

// A figure's height in whole pixels depends on where it lies, and so on the page's words about the GPU above it.
test.use({ launchOptions: webgpu });

/** What differs between machines, times and fonts, is not in the pictures. */
const STABLE = `
  * { animation: none !important; transition: none !important; caret-color: transparent !important; }
  body, body * { color: transparent !important; text-shadow: none !important; }
  svg text { fill: transparent !important; stroke: transparent !important; }
  .body > * > :not(svg, canvas, .body), .body.one > .selection > p { display: none !important; } /* as tall as its text */
  .controls, .status { position: static !important; }
`;

/** Figures whose pictures hold times, or as many rows as take long. */
const LEFT_OUT = ["million", "skipped"];

for (const colorScheme of ["light", "dark"] as const) {
  // At the phone's width the layout differs, not the colours: one scheme is enough.
  const tag = colorScheme === "light" ? ["@phone", "@wide"] : ["@wide"];
  test(`figures of the lesson, ${colorScheme}`, { tag }, async ({ page, errors: _ }) => {
    await page.emulateMedia({ colorScheme });
    await visit(page, "/");
    await settled(page);
    await page.evaluate(() => dispatchEvent(new Event("beforeprint"))); // all figures
    await expect(page.locator(".body[data-stale]")).toHaveCount(0);
    await page.addStyleTag({ content: STABLE });
    const ids = await page.locator("figure").evaluateAll((figures) => figures.map(({ id }) => id));
    for (const id of ids.filter((each) => !LEFT_OUT.includes(each)))
      await expect.soft(page.locator(`#${id} .body`)).toHaveScreenshot(`${id}-${colorScheme}.png`);
  });

  test(`pictures of the explorer, ${colorScheme}`, { tag }, async ({ page, errors: _ }) => {
    await page.emulateMedia({ colorScheme });
    for (const [name, hash] of [
      ["curve", ""],
      ["groups", "#example=weather&x=date&y=temp_max&group=location&kept=gaussian,0,5e9"],
      [
        "map",
        `#${new URLSearchParams({ example: "penguins", x: "bill length (mm)", x2: "flipper length (mm)", y: "body mass (g)" })}`,
      ],
      ["classes", "#example=penguins&x=bill+length+%28mm%29&y=species"],
    ]) {
      await explore(page, hash);
      await page.addStyleTag({ content: STABLE });
      await expect.soft(page.locator("#fit .body")).toHaveScreenshot(`explore-${name}-${colorScheme}.png`);
    }
  });
}

test("a figure follows the window's width", async ({ page, errors: _ }) => {
  const before = page.viewportSize()!;
  await explore(page);
  // The figure that is there: each new width makes another.
  const width = () =>
    page
      .locator("#fit svg")
      .first()
      .evaluate((figure) => figure.getBoundingClientRect().width);
  const wide = await width();
  await page.setViewportSize({ width: 700, height: 800 });
  await expect.poll(width).not.toBe(wide);
  // The page may be laid out before the figure is drawn for what is left to it.
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(700);
  await change(page, () => page.locator("#slider").fill("-1"));
  await page.setViewportSize(before);
});
