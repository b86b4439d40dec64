/** What axe-core finds on every page, in light and dark. */
import { createRequire } from "node:module";
import { expect, settled, test } from "./page.ts";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

for (const path of ["/", "/explore.html", "/bench.html"])
  for (const colorScheme of ["light", "dark"] as const) {
    test(`no violations on ${path}, ${colorScheme}`, async ({ page, errors: _ }) => {
      await page.emulateMedia({ colorScheme });
      await page.goto(path);
      if (path !== "/bench.html") await settled(page);
      await page.evaluate(() => dispatchEvent(new Event("beforeprint"))); // all figures
      await expect(page.locator(".body[data-stale]")).toHaveCount(0, { timeout: 60_000 });
      await page.addScriptTag({ path: axe });
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return (await axe.run()).violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
        );
      });
      expect(violations).toEqual([]);
    });
  }
