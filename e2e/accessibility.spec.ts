/** What axe-core finds on every page, in light and dark. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, settled, test, visit } from "./page.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

for (const path of ["/", "/explore.html", "/bench.html"])
  test(`no violations on ${path}, light and dark`, { tag: path === "/" ? "@phone-wide" : "@phone" }, async ({
    page,
    errors: _,
  }) => {
    await visit(page, path);
    if (path !== "/bench.html") await settled(page);
    await page.evaluate(() => dispatchEvent(new Event("beforeprint"))); // all figures
    await expect(page.locator(".body[data-stale]")).toHaveCount(0);
    await page.evaluate(axe); // a script tag would be against the page's policy
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return (await axe.run()).violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
        );
      });
      expect(violations, colorScheme).toEqual([]);
    }
  });
