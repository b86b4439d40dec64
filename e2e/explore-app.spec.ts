/** The explorer as an app: what is newest counts, whatever takes longer; what it shows of the rows; what it gives away. */
import { readFileSync } from "node:fs";
import { csvParse } from "d3-dsv";
import { Engine, KernelRegression } from "../src/index.ts";
import {
  change,
  column,
  csv,
  download,
  downloadBytes,
  expect,
  explore,
  frames,
  settled,
  settledCount,
  test,
  visit,
} from "./page.ts";

type Page = Parameters<typeof csv>[0];
const open = (page: Page, name: string, content: string) =>
  page.locator("#file").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
const cpu = await Engine.create({ backend: "cpu" });
const [time, acceleration] = ["time (ms)", "acceleration (g)"];
const rides = csvParse(readFileSync("demo/data/motorcycle.csv", "utf8"));

test.describe("the newest wish counts", () => {
  test("an older, slower file does not overwrite a newer one", async ({ page, errors: _ }) => {
    await explore(page, "#example=penguins");
    // The flights come only when the motorcycles are on the screen.
    let release = () => {};
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route("**/flights-3m*", async (route) => {
      await waiting;
      await route.continue().catch(() => {}); // the page asked for something else meanwhile
    });
    await page.locator("#example").selectOption("flights");
    await change(page, () => page.locator("#example").selectOption("motorcycle"));
    await expect(page.locator("#about")).toHaveText("133 rows.");
    release();
    await page.unroute("**/flights-3m*");
    await frames(page, 100); // the flights would be there by now
    await expect(page.locator("#about")).toHaveText("133 rows.");
    await expect(page.locator("#example")).toHaveValue("motorcycle");
    await expect(page.locator("select[name=x]")).toHaveValue(time);
    await expect(page.locator("#message")).toContainText("motorcycle.csv");
  });

  test("a bandwidth that is being chosen for one column is not set for another", async ({
    page,
    errors: _,
  }) => {
    await explore(page, "#example=weather");
    await page.locator("#loo").click();
    await change(page, () => page.locator("select[name=x]").selectOption("wind"));
    const width = Number.parseFloat((await page.locator("#width").textContent())!);
    expect(width).toBeLessThan(16); // wind is 0.4 to 16.2; a bandwidth in milliseconds would be far beyond
    await expect(page.locator("#width")).not.toContainText("days");
    await frames(page, 100); // the choice would have ended by now
    expect(Number.parseFloat((await page.locator("#width").textContent())!)).toBe(width);
  });

  test("the slider ends a choice that is under way", async ({ page, errors: _ }) => {
    await explore(page, "#example=weather");
    await page.locator("#loo").click();
    await change(page, () => page.locator("#slider").fill("-1"));
    await expect(page.locator("#choice")).toHaveText("chosen by hand.");
    await expect(page.locator("#width")).toHaveText("146 days");
  });

  test("work can be cancelled, and the picture stays what it was", async ({ page, errors: _ }) => {
    // Cancel is shown at once, and clicked as soon as it is shown: however fast the machine, the work goes on then.
    await page.addInitScript(() => {
      const later = window.setTimeout.bind(window);
      window.setTimeout = ((work: () => void, wait?: number) =>
        later(work, wait === 300 ? 0 : wait)) as typeof window.setTimeout;
    });
    await explore(page, "#example=weather");
    const width = await page.locator("#width").textContent();
    const clicked = page.locator("#cancel").evaluate(
      (cancel: HTMLButtonElement) =>
        new Promise<void>((resolve) => {
          new MutationObserver((_, observer) => {
            if (cancel.hidden) return;
            observer.disconnect();
            cancel.click();
            resolve();
          }).observe(cancel, { attributes: true });
        }),
    );
    const before = await settledCount(page);
    await page.locator("#loo").click();
    await clicked;
    await settled(page, before);
    await expect(page.locator("#message")).toContainText("Cancelled");
    await expect(page.locator("#width")).toHaveText(width!);
    await expect(page.locator("#cancel")).toBeHidden();
  });

  test("after an error nothing of the former file stays", async ({ page, errors: _ }) => {
    await explore(page);
    await open(page, "broken.csv", "a,b\n1,2\n3\n");
    await expect(page.locator("#message")).toContainText("broken.csv line 3 has 1 cells, expected 2");
    await expect(page.locator("#fit svg")).toHaveCount(0);
    for (const id of ["about", "width", "choice", "command", "columns"])
      await expect(page.locator(`#${id}`)).toBeEmpty();
    await expect(page.locator("select[name=x] option")).toHaveCount(0);
  });
});

test("columns that name rows, and constants, are not what is shown first", async ({ page, errors: _ }) => {
  await explore(page);
  const rows = Array.from(
    { length: 40 },
    (_, i) => `${i + 1},7,${i % 2 ? "a" : "b"},${(i * 37) % 41},${i * i}`,
  );
  await change(page, () => open(page, "ids.csv", `id,version,kind,speed,power\n${rows.join("\n")}\n`));
  await expect(page.locator("select[name=x]")).toHaveValue("speed");
  await expect(page.locator("select[name=y]")).toHaveValue("power");
  const table = page.locator("#columns");
  await expect(table.locator("tr")).toHaveCount(6);
  await expect(table).toContainText("a number of the row");
  await expect(table).toContainText("always 7");
  await expect(table.locator("svg.sparkline")).toHaveCount(5);
  const dated = Array.from(
    { length: 30 },
    (_, i) => `${i},2024-01-${String(i + 1).padStart(2, "0")},${i % 7}`,
  );
  await change(page, () => open(page, "dated.csv", `value,day,count\n${dated.join("\n")}\n`));
  await expect(page.locator("select[name=x]")).toHaveValue("day");
  await page.getByText("The first rows").click();
  await expect(page.locator("#rows")).toContainText("2024-01-08");
});

test("dates: durations, downloads, a y of dates, and hovering", async ({ page, errors: _ }) => {
  await explore(page, "#example=weather");
  await expect(page.locator("#width")).toHaveText(/^[\d.]+ days$/);
  const rows = await csv(page, "fit");
  expect(rows[0].date).toBe("2012-01-01");
  expect(rows[599].date).toBe("2015-12-31");
  const box = (await page.locator("#fit svg").first().boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await expect(page.locator("#fit svg").first()).toContainText(/date: 201\d-\d\d-\d\d/);
  await expect(page.locator("#fit svg").first()).toContainText(/rows count/);
  await change(page, () => page.locator("select[name=x]").selectOption("temp_max"));
  await change(page, () => page.locator("select[name=y]").selectOption("date"));
  await expect(page.locator("#fit svg").first()).toContainText("2014");
  expect((await csv(page, "fit"))[300].date).toMatch(/^201\d-\d\d-\d\d/);
});

test("a part of x that ends before it begins is refused beside its boxes", async ({ page, errors: _ }) => {
  await explore(page);
  await change(page, async () => {
    await page.locator("[name=from]").fill("40");
    await page.locator("[name=from]").blur();
  });
  await page.locator("[name=to]").fill("20");
  await page.locator("[name=to]").blur();
  await expect(page.locator("#view-control .problem")).toContainText("ends at 20, before it begins at 40");
  await expect(page.locator("[name=to]")).toHaveAttribute("aria-invalid", "true");
  await change(page, async () => {
    await page.locator("[name=to]").fill("50");
    await page.locator("[name=to]").blur();
  });
  await expect(page.locator(".problem")).toHaveCount(0);
});

test("what is typed stays while the picture of something older arrives", async ({ page, errors: _ }) => {
  await explore(page);
  const [from, to] = [page.locator("[name=from]"), page.locator("[name=to]")];
  await change(page, async () => {
    await from.fill("40");
    await to.fill("45"); // without waiting; it is taken when the box is left
  });
  await expect(from).toHaveValue("40");
  await expect(to).toHaveValue("45");
  await change(page, () => to.blur());
  await expect(page.locator("#view")).toContainText("40");
  await expect(page.locator("#view")).toContainText("45");
  // Neither does a refused number go when a picture arrives.
  await from.fill("42");
  await to.fill("41");
  await to.blur();
  await expect(page.locator("#view-control .problem")).toContainText("before it begins");
  await settled(page);
  await expect(to).toHaveValue("41");
  // Keys that come faster than pictures each count.
  const slider = page.locator("#slider");
  const [step, before] = [Number(await slider.getAttribute("step")), Number(await slider.inputValue())];
  await slider.focus();
  await change(page, async () => {
    for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowRight");
  });
  // The bandwidth is told to three digits, the slider by its logarithm.
  expect(Math.abs(Number(await slider.inputValue()) - (before + 8 * step))).toBeLessThan(step);
});

test("a wrong column is said beside its choice", async ({ page, errors: _ }) => {
  await explore(page);
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${i % 5},name ${i}`);
  await change(page, () => open(page, "names.csv", `a,b,name\n${rows.join("\n")}\n`));
  await change(page, () => page.locator("select[name=y]").selectOption("name"));
  await expect(page.locator(".control:has([name=y]) .problem")).toContainText("30 different texts");
  await expect(page.locator("#fit svg")).toHaveCount(0);
  await change(page, () => page.locator("select[name=y]").selectOption("b"));
  await expect(page.locator(".problem")).toHaveCount(0);
  await expect(page.locator("#fit svg")).toHaveCount(1);
});

test("a curve for each value of a column, and curves that are kept", async ({ page, errors: _ }) => {
  await explore(page, "#example=penguins");
  await change(page, () => page.locator("select[name=group]").selectOption("species"));
  const rows = await csv(page, "fit");
  expect(rows.columns.slice(0, 3)).toEqual(["group", "bill length (mm)", "bill depth (mm)"]);
  expect(rows).toHaveLength(1800);
  const birds = csvParse(readFileSync("demo/data/penguins.csv", "utf8"));
  const gentoos = birds.filter(({ species }) => species === "Gentoo");
  const width = Number.parseFloat((await page.locator("#width").textContent())!);
  const model = await KernelRegression.fit(
    {
      keys: column(gentoos, "bill length (mm)"),
      values: column(gentoos, "bill depth (mm)"),
      ...({ bandwidth: width, degree: 1, missing: "drop" } as const),
    },
    { engine: cpu },
  );
  const own = rows.filter(({ group }) => group === "Gentoo");
  const { mean } = await model.predict(column(own, "bill length (mm)"));
  const worst = own
    .map((row, i) => [Number(row["bill length (mm)"]), Math.abs(Number(row["bill depth (mm)"]) - mean[i])])
    .filter(([x]) => x > 42 && x < 55)
    .reduce((most, [, off]) => Math.max(most, off), 0);
  expect(worst).toBeLessThan(0.02); // the bandwidth is shown with three digits
  const labels = await page.locator("#fit .end-label").allTextContents();
  expect(labels.sort()).toEqual(["Adelie", "Chinstrap", "Gentoo"]);
  await change(page, () => page.locator("#keep").click());
  await change(page, () => page.locator("select[name=degree]").selectOption("0"));
  await expect(page.locator("#fit g.kept")).toHaveCount(1);
  const url = page.url();
  await visit(page, url);
  await settled(page);
  await expect(page.locator("#fit g.kept")).toHaveCount(1);
  await change(page, () => page.locator("#drop").click());
  await expect(page.locator("#fit g.kept")).toHaveCount(0);
});

test("residuals and quartiles are the library's", async ({ page, errors: _ }) => {
  await explore(page);
  const keys = column(rides, time);
  const values = column(rides, acceleration);
  await change(page, () => page.locator("[name=below]").selectOption("loo"));
  await expect(page.locator("#fit svg").nth(1)).toHaveAttribute(
    "aria-label",
    /leave-one-out residuals of 133 rows/,
  );
  await expect(page.locator("#fit g.residuals circle")).toHaveCount(133);
  await change(page, () => page.locator("[name=quartiles]").check());
  await expect(page.locator("#fit g.quartile")).toHaveCount(2);
  const rows = await csv(page, "fit");
  const model = await KernelRegression.fit({ keys, values, bandwidth: "plug-in" }, { engine: cpu });
  const expected = await model.quantiles(column(rows, time), [0.25, 0.75]);
  const lower = column(rows, "lower quartile");
  expect(lower.filter((v, i) => Math.abs(v - expected[2 * i]) > 1e-9)).toHaveLength(0);
});

test("a rectangle on a map shows the curve of its rows", { tag: "@wide" }, async ({ page, errors: _ }) => {
  await explore(
    page,
    `#${new URLSearchParams({ example: "penguins", x: "bill length (mm)", x2: "flipper length (mm)", y: "body mass (g)" })}`,
  );
  const box = (await page.locator("#fit svg").first().boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.45);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.8, { steps: 5 });
  await change(page, () => page.mouse.up());
  await expect(page.locator("#fit .selection")).toContainText(/The \d+ rows of the rectangle/);
  await expect(page.locator("#fit .selection g.estimate path")).toHaveCount(1);
  await expect(page.locator("#fit .selection g.kept")).toHaveCount(1);
  await expect(page.locator("#fit .colour-scale")).toContainText("body mass (g)");
});

test("keys: the slider says its bandwidth, and a run of arrow keys is one step back", async ({
  page,
  errors: _,
}) => {
  await explore(page);
  const first = await page.locator("#width").textContent();
  await page.locator("#slider").focus();
  for (let i = 0; i < 5; i++) await change(page, () => page.keyboard.press("ArrowRight"));
  const moved = await page.locator("#width").textContent();
  expect(moved).not.toBe(first);
  await expect(page.locator("#slider")).toHaveAttribute("aria-valuetext", moved!);
  await change(page, () => page.locator("#undo").click());
  await expect(page.locator("#width")).toHaveText(first!);
  await expect(page.locator("#undo")).toBeDisabled();
});

test("curve and slider are in view at once", { tag: "@phone" }, async ({ page, errors: _, isMobile }) => {
  const before = page.viewportSize()!;
  await page.setViewportSize(isMobile ? { width: 390, height: 844 } : { width: 1440, height: 900 });
  await explore(page);
  const { height } = page.viewportSize()!;
  for (const part of ["#fit svg", "#slider", "#width"]) {
    const box = (await page.locator(part).first().boundingBox())!;
    expect(box.y + box.height, part).toBeLessThan(height);
    expect(box.y, part).toBeGreaterThanOrEqual(0);
  }
  const shift = await page.evaluate(
    () =>
      new Promise<[number, string][]>((resolve) => {
        type Shift = PerformanceEntry & { value: number; sources: { node?: Element }[] };
        new PerformanceObserver((list) =>
          resolve(
            (list.getEntries() as Shift[]).map(({ value, sources }) => [
              value,
              sources.map(({ node }) => node?.id || node?.className || node?.nodeName || "").join(" "),
            ]),
          ),
        ).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve([]), 200);
      }),
  );
  const sum = shift.reduce((total, [value]) => total + value, 0);
  expect(sum, JSON.stringify(shift)).toBeLessThanOrEqual(0.02);
  await page.setViewportSize(before);
});

test("a page with the figure in it, which needs nothing else", async ({ page, errors: _, context }) => {
  await explore(page);
  const html = await download(page, "fit", "HTML");
  const plain = await context.newPage();
  await plain.setContent(html);
  await expect(plain.locator("svg").first()).toBeVisible();
  await expect(plain.locator("figcaption")).toContainText("acceleration (g) against time (ms). 133 rows.");
  await expect(plain.locator("tbody tr")).toHaveCount(600);
  expect(html).not.toMatch(/src=|href="(?!data:)/);
  await plain.close();
  expect((await downloadBytes(page, "fit", "PNG")).subarray(1, 4).toString()).toBe("PNG");
});

test("the picture of three million rows follows the zoom", { tag: "@wide" }, async ({ page, errors: _ }) => {
  await explore(page, "#example=flights");
  const canvas = page.locator("#fit canvas");
  const drawn = () => canvas.evaluate((each: HTMLCanvasElement) => Number(each.dataset.drawn ?? 0));
  await expect.poll(drawn).toBeGreaterThan(0);
  const darkest = () =>
    canvas.evaluate((each: HTMLCanvasElement) => {
      const { data } = each.getContext("2d")!.getImageData(0, 0, each.width, each.height);
      return data.filter((_, i) => i % 4 === 3 && data[i] > 0).length / (each.width * each.height);
    });
  expect(await darkest()).toBeGreaterThan(0.2);
  const before = await settledCount(page);
  const count = await drawn();
  await page.locator("#zoom-in").click();
  await settled(page, before);
  await expect.poll(drawn).toBeGreaterThan(count);
  // Frames of a pan: each a fit and a picture of the rows. The numbers are for the log.
  const box = (await page.locator("#fit svg").first().boundingBox())!;
  const middle = box.y + box.height / 2;
  await page.keyboard.down("Shift");
  await page.mouse.move(box.x + box.width * 0.7, middle);
  await page.mouse.down();
  const pan = await page.evaluate(
    async (from) => {
      const root = document.documentElement;
      const start = performance.now();
      for (let i = 1; i <= 20; i++) {
        const before = root.dataset.settled;
        dispatchEvent(new PointerEvent("pointermove", { clientX: from.x - 6 * i, clientY: from.y }));
        while (root.dataset.settled === before) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return 20_000 / (performance.now() - start);
    },
    { x: box.x + box.width * 0.7, y: middle },
  );
  console.log(`3e6 rows: ${pan.toFixed(1)} frames a second while the view is moved`);
  const from = Number(await page.locator("[name=from]").inputValue());
  await change(page, () => page.mouse.move(box.x + box.width * 0.4, middle));
  await change(page, () => page.mouse.up());
  await page.keyboard.up("Shift");
  expect(Number(await page.locator("[name=from]").inputValue())).toBeGreaterThan(from);
});
