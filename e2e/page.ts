/** The page as a visitor has it: opened, settled, its tables taken by the buttons that it offers, its pictures measured. */
import { readFile } from "node:fs/promises";
import { csvParse, type DSVRowArray } from "d3-dsv";
import { test as base, type ConsoleMessage, expect, type Page, type TestInfo } from "playwright/test";

/** Waits until no figure is being computed. `after` is what `settled` said before the change. */
export async function settled(page: Page, after = 0): Promise<number> {
  // Not `waitForFunction`, which evaluates text in the page: the page's policy forbids that.
  let count = 0;
  await expect.poll(async () => (count = await settledCount(page))).toBeGreaterThan(after);
  return count;
}

export const settledCount = (page: Page): Promise<number> =>
  page.evaluate(() => Number(document.documentElement.dataset.settled ?? 0));

/**
 * Waits for this many frames of the page: long enough for it to do what it must not do, on a busy machine too. A second of an idle page
 * has 60.
 */
export const frames = (page: Page, count: number): Promise<void> =>
  page.evaluate(async (left) => {
    for (let i = 0; i < left; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  }, count);

/** Does what changes the page and waits until it has settled again. */
export async function change(page: Page, work: () => Promise<unknown>): Promise<void> {
  const before = await settledCount(page);
  await work();
  await settled(page, before);
}

/** A browser lets a document have ten downloads; a document with this many is left for a new one. */
const MOST_DOWNLOADS = 5;
const downloads = new WeakMap<Page, number>();

/** Whether the project's browser has WebGPU; see playwright.config.ts. */
const isOnGpu = ({ use }: TestInfo["project"]): boolean =>
  (use.launchOptions?.args ?? []).includes("--enable-unsafe-webgpu");

/**
 * One tab for all tests of a worker, as a visitor has one: the adapter's calibration, shaders and scripts are kept as browsers keep them.
 * `open` opens the first page with a state, and checks that it computes on what the project's browser has. A console error or an exception fails the test.
 */
export const test = base.extend<{ errors: string[]; open: (hash?: string) => Promise<void> }, { tab: Page }>({
  tab: [
    async ({ browser }, use, { project }) => {
      const { baseURL, viewport, userAgent, deviceScaleFactor, isMobile, hasTouch } = project.use;
      const screen = { viewport, userAgent, deviceScaleFactor, isMobile, hasTouch };
      // The first figure moves by itself where visitors do not want less motion.
      const context = await browser.newContext({ baseURL, ...screen, reducedMotion: "reduce" });
      await use(await context.newPage());
      await context.close();
    },
    { scope: "worker" },
  ],
  page: async ({ tab }, use) => {
    await use(tab);
    await tab.emulateMedia({ colorScheme: null });
  },
  errors: async ({ page }, use) => {
    const errors: string[] = [];
    const onConsole = (message: ConsoleMessage) => {
      if (message.type() === "error") errors.push(message.text());
    };
    const onPageError = (error: Error) => void errors.push(error.message);
    page.on("console", onConsole).on("pageerror", onPageError);
    await use(errors);
    page.off("console", onConsole).off("pageerror", onPageError);
    expect(errors, "errors in the console").toEqual([]);
  },
  open: async ({ page, baseURL, errors: _ }, use, { project }) => {
    await use(async (hash = "") => {
      const isOpen = page.url().split("#")[0] === `${baseURL}/`; // and not one figure alone
      if (isOpen && (downloads.get(page) ?? 0) < MOST_DOWNLOADS) {
        await change(page, () =>
          page.evaluate((next) => {
            scrollTo(0, 0);
            history.replaceState(null, "", `#${next}`);
            dispatchEvent(new HashChangeEvent("hashchange"));
          }, hash),
        );
      } else {
        await visit(page, `/#${hash}`);
        await settled(page);
      }
      const adapter = await page.evaluate(async () => {
        const found = await navigator.gpu?.requestAdapter();
        return found && `${found.info.vendor} ${found.info.architecture}`;
      });
      if (isOnGpu(project)) expect(adapter, "a WebGPU adapter in the browser").toBeTruthy();
      await expect(page.locator("#backend")).toHaveText(
        isOnGpu(project) ? "WebGPU compute shaders" : "computed on the CPU in float64",
      );
    });
  },
});

/** The explorer in a new document, with its first picture. */
export async function explore(page: Page, hash = ""): Promise<void> {
  await visit(page, `/explore.html${hash}`);
  await settled(page);
}

/** A new document, also where only what follows the # differs. */
export async function visit(page: Page, url: string): Promise<void> {
  await page.goto("about:blank");
  await page.goto(url);
  downloads.set(page, 0);
}
export { expect };

/** The figure's table, by its CSV button. */
export async function csv(page: Page, figure: string): Promise<DSVRowArray<string>> {
  return csvParse(await download(page, figure, "CSV"));
}

export async function download(page: Page, figure: string, kind: "CSV" | "SVG" | "HTML"): Promise<string> {
  return (await downloadBytes(page, figure, kind)).toString("utf8");
}

export async function downloadBytes(
  page: Page,
  figure: string,
  kind: "CSV" | "SVG" | "PNG" | "HTML" | "PARQUET" | "ARROW",
): Promise<Buffer> {
  downloads.set(page, (downloads.get(page) ?? 0) + 1);
  const waiting = page.waitForEvent("download");
  await page.locator(`#${figure} .downloads`).getByText(kind, { exact: true }).click();
  const file = await waiting;
  expect(file.suggestedFilename()).toBe(`nadaraya-${figure}.${kind.toLowerCase()}`);
  return readFile(await file.path());
}

export const column = (rows: readonly Record<string, string | undefined>[], name: string): Float64Array =>
  Float64Array.from(rows, (row) => Number(row[name]));

/**
 * The largest of what is said of each, NaN where one is: one assertion then judges all, as thousands of Playwright's own take
 * seconds.
 */
export const largestOf = <T>(all: Iterable<T>, of: (each: T, index: number) => number): number =>
  Array.from(all, of).reduce((most, each) => Math.max(most, each), 0);

/** Scrolls to a figure and waits until it shows the newest state. */
export async function show(page: Page, figure: string): Promise<void> {
  await page.locator(`#${figure}`).scrollIntoViewIfNeeded();
  await expect(page.locator(`#${figure} .body:not([data-stale])`)).toBeVisible();
}

/** The points of a line in a panel, in data units read off the axes' own tick labels. */
export async function drawnLine(
  page: Page,
  figure: string,
  panel: number,
  name: string,
): Promise<[number, number][]> {
  await show(page, figure);
  const drawn = await page
    .locator(`#${figure} .cell`)
    .nth(panel)
    .evaluate((cell, line) => {
      const ticks = (axis: string, part: 0 | 1) =>
        [...cell.querySelectorAll(`g[aria-label="${axis}-axis tick label"] text`)].map((text) => {
          const place = /translate\(([-\d.]+),([-\d.]+)\)/.exec(text.getAttribute("transform") ?? "")!;
          return { pixel: Number(place[1 + part]), value: Number(text.textContent!.replace("−", "-")) };
        });
      const path = cell.querySelector(`g.${line} path`)!.getAttribute("d")!;
      return { path, x: ticks("x", 0), y: ticks("y", 1) };
    }, name);
  const invert = (ticks: { pixel: number; value: number }[]) => {
    const [a, b] = [ticks[0], ticks.at(-1)!];
    return (pixel: number) => a.value + ((pixel - a.pixel) / (b.pixel - a.pixel)) * (b.value - a.value);
  };
  const [x, y] = [invert(drawn.x), invert(drawn.y)];
  return drawn.path
    .split(/[ML]/)
    .filter(Boolean)
    .map((pair) => pair.replace("Z", "").split(",").map(Number))
    .map(([px, py]) => [x(px), y(py)]);
}

/** The pixels of a canvas, rows from the top, [r, g, b, a] each. */
export async function pixels(page: Page, figure: string, panel: number) {
  await show(page, figure);
  return page
    .locator(`#${figure} .cell`)
    .nth(panel)
    .locator("canvas")
    .evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      return { width, height, data: [...canvas.getContext("2d")!.getImageData(0, 0, width, height).data] };
    });
}
