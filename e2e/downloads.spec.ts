/** Every figure gives away its table and its picture. */
import { download, downloadBytes, expect, test } from "./page.ts";

// A browser lets a document have ten downloads: three figures a document.
const groups = [
  ["hero", "kernels", "data"],
  ["estimates", "weights", "bandwidths"],
  ["bandwidth-weights", "any-estimate", "any-weights"],
  ["learn", "coordinates", "parzen"],
  ["motorcycle", "choose", "penguins"],
  ["adaptive", "sphere", "rates"],
  ["million", "skipped"],
];

for (const figures of groups) {
  const tag = figures.includes("hero") ? "@phone-wide" : "@wide";
  test(`CSV, SVG and PNG of ${figures.join(", ")}`, { tag }, async ({ page, open }) => {
    await page.goto("about:blank");
    await open();
    for (const figure of figures) {
      const table = await download(page, figure, "CSV");
      expect(table.trim().split("\n").length, figure).toBeGreaterThan(
        { rates: 9, choose: 24 }[figure as string] ?? 30,
      );
      const svg = await download(page, figure, "SVG");
      expect(svg).not.toContain("var(--");
      const parsed = await page.evaluate((text) => {
        const document = new DOMParser().parseFromString(text, "image/svg+xml");
        return {
          error: document.querySelector("parsererror")?.textContent,
          marks: document.querySelectorAll("path, circle, image, rect").length,
        };
      }, svg);
      expect(parsed.error, figure).toBeUndefined();
      expect(parsed.marks, figure).toBeGreaterThan(3);
      const png = await downloadBytes(page, figure, "PNG");
      expect([...png.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
      const colours = await page.evaluate(async (base64) => {
        const image = new Image();
        image.src = `data:image/png;base64,${base64}`;
        await image.decode();
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [image.width, image.height];
        const context = canvas.getContext("2d")!;
        context.drawImage(image, 0, 0);
        return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer))
          .size;
      }, png.toString("base64"));
      expect(colours, `colours in ${figure}.png`).toBeGreaterThan(8);
    }
  });
}
