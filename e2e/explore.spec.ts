/** The explorer's fits: what it shows are the library's numbers. */
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvParse } from "d3-dsv";
import { Engine, KernelClassifier, KernelDensity, KernelRegression } from "../src/index.ts";
import { readTable } from "../src/io/files.ts";
import { draw, largestDifference } from "../src/testing/random.ts";
import {
  change,
  column,
  csv,
  downloadBytes,
  drawnLine,
  expect,
  explore,
  settled,
  test,
  visit,
} from "./page.ts";

const rides = "demo/data/motorcycle.csv";
const [time, acceleration] = ["time (ms)", "acceleration (g)"];
const data = csvParse(readFileSync(rides, "utf8"));
const keys = Float64Array.from(data, (row) => Number(row[time]));
const values = Float64Array.from(data, (row) => Number(row[acceleration]));
const cpu = await Engine.create({ backend: "cpu" });

type Page = Parameters<typeof csv>[0];
const message = (page: Page) => page.locator("#message");

test("an example opens with its curve and band, whose numbers are the library's", { tag: "@phone" }, async ({
  page,
  errors: _,
}) => {
  await explore(page);
  await expect(page.locator("#about")).toHaveText("133 rows.");
  const rows = await csv(page, "fit");
  const places = column(rows, time);
  const input = { keys, values, degree: 1, bandwidth: "plug-in" } as const;
  const model = await KernelRegression.fit(input, { engine: cpu });
  const { mean, lower, upper } = await model.predict(places, { confidence: 0.95 });
  expect(largestDifference(column(rows, acceleration), mean)).toBeLessThan(2e-3);
  expect(largestDifference(column(rows, "lower"), lower!)).toBeLessThan(5e-3);
  expect(largestDifference(column(rows, "upper"), upper!)).toBeLessThan(5e-3);
  const drawn = await drawnLine(page, "fit", 0, "estimate");
  expect(drawn).toHaveLength(600);
  expect(Math.abs(drawn[300][1] - mean[300])).toBeLessThan(1);
  await expect(page.locator("#command")).toHaveText(
    /^nadaraya regress motorcycle.csv --x 'time \(ms\)' --y 'acceleration \(g\)' --bandwidth [\d.]+ --missing drop --degree 1 --confidence 0.95 --grid 600$/,
  );
  await expect(page.locator("#width")).toHaveText(`${model.bandwidth[0].toPrecision(3)} ms`);
  await expect(page.locator("#choice")).toContainText(
    "plug-in (Ruppert, Sheather and Wand) from all 133 rows",
  );
});

const everyThird = (numbers: Float64Array, from: number) => numbers.filter((_, i) => i % 3 === from);

const widthsOf = async (page: Page) =>
  (await page.locator("#width").textContent())!.split(" × ").map(Number.parseFloat);

test("the bandwidth: by hand, by leaving one out, by a rule of thumb, and in the address", async ({
  page,
  errors: _,
}) => {
  await explore(page);
  await change(page, () => page.locator("#slider").fill("-1"));
  const [width] = await widthsOf(page);
  expect(width).toBeCloseTo((Math.max(...keys) - Math.min(...keys)) / 10, 1);
  await expect(page.locator("#choice")).toHaveText("chosen by hand.");
  await expect(page.locator("#slider")).toHaveAttribute("aria-valuetext", `${width} ms`);
  for (const [degree, expected] of [
    ["1", undefined],
    ["0", 0.914],
  ] as const) {
    await change(page, () => page.locator("select[name=degree]").selectOption(degree));
    await change(page, () => page.getByRole("button", { name: "Leave one out" }).click());
    await expect(page.locator("#scores")).toBeVisible();
    const input = { keys, values, degree: Number(degree) as 0 | 1, bandwidth: "loo" } as const;
    const model = await KernelRegression.fit(input, { engine: cpu });
    const [chosen] = await widthsOf(page);
    expect(chosen / model.bandwidth[0]).toBeCloseTo(1, 1);
    if (expected) expect(chosen).toBeCloseTo(expected, 1);
  }
  await change(page, () => page.getByRole("button", { name: "Rule of thumb" }).click());
  const thumb = await KernelRegression.fit({ keys, values }, { engine: cpu });
  expect((await widthsOf(page))[0]).toBeCloseTo(thumb.bandwidth[0], 2);
  await expect(page.locator("#scores")).toBeHidden();
  await change(page, () => page.locator("select[name=kernel]").selectOption("epanechnikov"));
  await change(page, () => page.getByRole("button", { name: "Let the data choose" }).click());
  // The Gaussian's at equal smoothing (Marron and Nolan 1988): 2.214 times as wide.
  const plugIn = await KernelRegression.fit({ keys, values, bandwidth: "plug-in" }, { engine: cpu });
  expect((await widthsOf(page))[0] / plugIn.bandwidth[0]).toBeCloseTo(2.214, 2);
  await change(page, () => page.locator("[name=band]").uncheck());
  const url = page.url();
  expect(url).toMatch(/kernel=epanechnikov.*degree=0.*band=false/);
  const before = await csv(page, "fit");
  expect(before.columns).toEqual([time, acceleration, "rows that count"]);
  await visit(page, url);
  await settled(page);
  // Another method may have been faster.
  const after = column(await csv(page, "fit"), acceleration);
  expect(largestDifference(after, column(before, acceleration))).toBeLessThan(1e-3);
});

test("a density of one column", async ({ page, errors: _ }) => {
  await explore(page, "#example=penguins");
  await change(page, () => page.locator("select[name=x]").selectOption("body mass (g)"));
  await change(page, () => page.locator("select[name=y]").selectOption(""));
  const rows = await csv(page, "fit");
  const birds = csvParse(readFileSync("demo/data/penguins.csv", "utf8"));
  const masses = column(birds, "body mass (g)");
  const model = await KernelDensity.fit({ keys: masses, bandwidth: "sheather-jones" }, { engine: cpu });
  const { density } = await model.evaluate(column(rows, "body mass (g)"));
  expect(largestDifference(column(rows, "density"), density)).toBeLessThan(1e-7);
});

test("a map over two columns, and a width for each by cross-validation", { tag: "@wide" }, async ({
  page,
  errors: _,
}) => {
  await explore(page, "#example=penguins");
  await change(page, () => page.locator("select[name=x2]").selectOption("flipper length (mm)"));
  await change(page, () => page.locator("select[name=y]").selectOption("body mass (g)"));
  await change(page, () => page.locator("#slider").fill("-1.2"));
  const [x, x2, y] = ["bill length (mm)", "flipper length (mm)", "body mass (g)"];
  const rows = await csv(page, "fit");
  expect(rows.columns).toEqual([x, x2, y]);
  expect(rows).toHaveLength(5400);
  const birds = csvParse(readFileSync("demo/data/penguins.csv", "utf8"));
  const pairs = (list: typeof rows) => list.map((row) => [Number(row[x]), Number(row[x2])]);
  const bandwidth = await widthsOf(page);
  const input = { keys: pairs(birds), values: column(birds, y), bandwidth, degree: 1 } as const;
  const model = await KernelRegression.fit(input, { engine: cpu });
  const { mean } = await model.predict(pairs(rows));
  // Widths are told to three digits.
  expect(largestDifference(column(rows, y), mean)).toBeLessThan(25);
  await expect(page.locator("#fit svg[role=img]").first()).toHaveAttribute("aria-label", /342 data points/);
  await change(page, () => page.getByRole("button", { name: "Let the data choose" }).click());
  const [first, second] = await widthsOf(page);
  expect(first / second).not.toBeCloseTo(bandwidth[0] / bandwidth[1], 2);
  await expect(page.locator("#scores")).toBeHidden();
  await expect(page.locator("#command")).toContainText("--x 'bill length (mm)' --x 'flipper length (mm)'");
});

test("classes: a column of text is predicted as probabilities", async ({ page, errors: _ }) => {
  await explore(page, "#example=penguins");
  await change(page, () => page.locator("select[name=y]").selectOption("species"));
  const rows = await csv(page, "fit");
  const x = "bill length (mm)";
  expect(rows.columns).toEqual([x, "P(Adelie)", "P(Chinstrap)", "P(Gentoo)"]);
  const birds = csvParse(readFileSync("demo/data/penguins.csv", "utf8"));
  const labels = birds.map(({ species }) => species!);
  const input = { keys: column(birds, x), labels, bandwidth: "loo" } as const;
  const model = await KernelClassifier.fit(input, { engine: cpu });
  const { probability } = await model.predict(column(rows, x));
  expect(largestDifference(column(rows, "P(Gentoo)"), everyThird(probability, 2))).toBeLessThan(1e-4);
  await expect(page.locator("#fit")).toContainText("Chinstrap");
  await expect(page.locator("#scores")).toContainText("Brier score");
  await expect(page.locator("#command")).toContainText(
    "nadaraya classify penguins.csv --x 'bill length (mm)' --label species",
  );
});

test("dates are dates on the axis", async ({ page, errors: _ }) => {
  await explore(page, "#example=weather");
  await expect(page.locator("#width")).toHaveText(/days$/);
  await expect(page.locator("#fit svg").first()).toContainText("2013");
  await change(page, async () => {
    await page.locator("[name=from]").fill("2014-06-01");
    await page.locator("[name=from]").blur();
  });
  await expect(page.locator("#fit svg").first()).not.toContainText("2013");
  await change(page, () => page.locator("[name=below]").selectOption("slope"));
  await expect(page.locator("#fit svg").nth(1)).toContainText("slope, per day");
});

test("three million flights: from the file to the curve, and while the width is dragged", {
  tag: "@wide",
}, async ({ page, errors: _ }) => {
  await explore(page);
  const start = performance.now();
  await change(page, () =>
    page.locator("#file").setInputFiles("node_modules/vega-datasets/data/flights-3m.parquet"),
  );
  await expect(page.locator("#about")).toContainText("3,000,000 rows");
  const opened = performance.now() - start;
  await change(page, () => page.locator("select[name=x]").selectOption("distance"));
  await change(page, () => page.locator("select[name=y]").selectOption("delay"));
  // From the slider's event to the drawing, by the page's own clock.
  const drags = await page.evaluate(async () => {
    const slider = document.querySelector<HTMLInputElement>("#slider")!;
    const root = document.documentElement;
    const times: number[] = [];
    for (const value of ["-1.5", "-1.4", "-1.6", "-1.7"]) {
      const before = root.dataset.settled;
      const start = performance.now();
      slider.value = value;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      while (root.dataset.settled === before) await new Promise((resolve) => setTimeout(resolve, 2));
      times.push(performance.now() - start);
    }
    return times;
  });
  // No bar in a test: machines are shared. The numbers are for the log.
  console.log(
    `3e6 rows: first curve ${(opened / 1000).toFixed(1)} s, drags ${drags.map((ms) => ms.toFixed(0)).join(", ")} ms`,
  );
  await change(page, () => page.locator("#slider").dispatchEvent("change"));
  const rows = await csv(page, "fit");
  expect(rows).toHaveLength(600);
  expect(rows.columns).toEqual(["distance", "delay", "lower", "upper", "rows that count"]);
});

test("zoom by boxes and by a stroke, and every step undone", { tag: "@phone-wide" }, async ({
  page,
  errors: _,
  isMobile,
}) => {
  await explore(page);
  await expect(page.locator("#undo")).toBeDisabled();
  const from = page.locator("[name=from]");
  await change(page, async () => {
    await from.fill("15");
    await from.blur();
  });
  await change(page, async () => {
    await page.locator("[name=to]").fill("35");
    await page.locator("[name=to]").blur();
  });
  const places = column(await csv(page, "fit"), time);
  expect([places[0], places[599]]).toEqual([15, 35]);
  const line = await drawnLine(page, "fit", 0, "estimate");
  expect(line[0][0]).toBeCloseTo(15, 1);
  expect(line[599][0]).toBeCloseTo(35, 1);
  if (!isMobile) {
    await page.locator("#fit").scrollIntoViewIfNeeded();
    const box = (await page.locator("#fit svg").first().boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + 80);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 90, { steps: 4 });
    await expect(page.locator(".stretch")).toBeVisible();
    await change(page, () => page.mouse.up());
    const [least, most] = [
      Number(await from.inputValue()),
      Number(await page.locator("[name=to]").inputValue()),
    ];
    expect(least).toBeGreaterThan(20);
    expect(most).toBeLessThan(30);
    expect(most - least).toBeGreaterThan(3);
    await change(page, () => page.locator("#undo").click());
    await expect(from).toHaveValue("15");
  }
  await change(page, () => page.locator("#undo").click());
  await expect(page.locator("[name=to]")).toHaveValue("");
  await change(page, () => page.locator("#slider").fill("-2"));
  await change(page, () => page.locator("select[name=kernel]").selectOption("boxcar"));
  const narrow = await page.locator("#width").textContent();
  await change(page, () => page.locator("#undo").click());
  await expect(page.locator("select[name=kernel]")).toHaveValue("gaussian");
  await expect(page.locator("#width")).toHaveText(narrow!);
  await change(page, () => page.goForward());
  await expect(page.locator("select[name=kernel]")).toHaveValue("boxcar");
  await change(page, () => page.locator("#example").selectOption("penguins"));
  await change(page, () => page.goBack());
  await expect(page.locator("#about")).toHaveText("133 rows.");
  await change(page, () => page.locator("#whole").click());
  await expect(page.locator("#whole")).toBeDisabled();
});

test("the slope below the curve, and numbers kept whole in Parquet and Arrow", async ({
  page,
  errors: _,
}) => {
  await explore(page);
  const below = page.locator("[name=below]");
  await change(page, () => page.locator("[name=degree]").selectOption("0"));
  await change(page, () => below.selectOption("slope"));
  const rows = await csv(page, "fit");
  expect(rows.columns).toEqual([time, acceleration, "lower", "upper", "slope", "rows that count"]);
  const model = await KernelRegression.fit({ keys, values, bandwidth: "plug-in" }, { engine: cpu });
  const places = column(rows, time);
  const { gradient } = await model.predict(places, { gradient: true });
  expect(largestDifference(column(rows, "slope"), gradient!)).toBeLessThan(1e-2);
  const drawn = await drawnLine(page, "fit", 1, "slope");
  expect(Math.abs(drawn[300][1] - gradient![300])).toBeLessThan(0.3);
  await expect(page.locator("#command")).toContainText("--gradient");
  await expect(page.locator("#typescript")).toContainText("confidence: 0.95, gradient: true");
  for (const kind of ["PARQUET", "ARROW"] as const) {
    const bytes = await downloadBytes(page, "fit", kind);
    const path = join(tmpdir(), `nadaraya-fit.${kind.toLowerCase()}`);
    writeFileSync(path, bytes);
    const table = await readTable(path);
    expect(table.names).toEqual(rows.columns);
    expect([...(table.columns.slope as Float64Array)]).toEqual([...column(rows, "slope")]);
  }
  // A mean by a kernel with corners has no slope to show.
  await change(page, () => page.locator("select[name=kernel]").selectOption("triangular"));
  await expect(below).toHaveValue("");
  await expect(page.locator("#fit svg")).toHaveCount(1);
});

test("a map of classes over two columns", { tag: "@wide" }, async ({ page, errors: _ }) => {
  await explore(page, "#example=penguins");
  await change(page, () => page.locator("select[name=y]").selectOption("species"));
  await change(page, () => page.locator("select[name=x2]").selectOption("flipper length (mm)"));
  const [x, x2] = ["bill length (mm)", "flipper length (mm)"];
  const rows = await csv(page, "fit");
  expect(rows.columns).toEqual([x, x2, "P(Adelie)", "P(Chinstrap)", "P(Gentoo)"]);
  const birds = csvParse(readFileSync("demo/data/penguins.csv", "utf8"));
  const pairs = (list: typeof rows) => list.map((row) => [Number(row[x]), Number(row[x2])]);
  const labels = birds.map(({ species }) => species!);
  const input = { keys: pairs(birds), labels, bandwidth: await widthsOf(page) };
  const model = await KernelClassifier.fit(input, { engine: cpu });
  const { probability } = await model.predict(pairs(rows));
  // Bandwidths are shown with three digits.
  expect(largestDifference(column(rows, "P(Chinstrap)"), everyThird(probability, 1))).toBeLessThan(0.02);
  await expect(page.locator("#fit svg[role=img]")).toHaveAttribute("aria-label", /Gentoo .* 342 rows/);
  await expect(page.locator("#command")).toContainText(
    "nadaraya classify penguins.csv --x 'bill length (mm)' --x 'flipper length (mm)' --label species",
  );
});

test("a step back keeps the file that was opened, and leads back to it from an example", async ({
  page,
  errors: _,
}) => {
  await explore(page);
  const buffer = Buffer.from("a,b\n1,2\n2,3\n3,5\n4,4\n5,6\n");
  await change(page, () => page.locator("#file").setInputFiles({ name: "own.csv", mimeType: "", buffer }));
  await change(page, () => page.locator("select[name=kernel]").selectOption("laplace"));
  await change(page, () => page.locator("#undo").click());
  await expect(page.locator("select[name=kernel]")).toHaveValue("gaussian");
  await expect(page.locator("#about")).toHaveText("5 rows.");
  await expect(page.locator("#command")).toContainText("own.csv --x a --y b");
  await change(page, () => page.locator("#example").selectOption("penguins"));
  await change(page, () => page.goBack());
  await expect(page.locator("#about")).toHaveText("5 rows.");
  await expect(page.locator("#example")).toHaveValue("");
  // Such an address, opened elsewhere, says which file to open; with it, it shows the same.
  await change(page, () => page.locator("#slider").fill("-0.5"));
  const width = await page.locator("#width").textContent();
  const url = page.url();
  await visit(page, url);
  await settled(page);
  await expect(message(page)).toContainText("This link shows “own.csv”");
  await expect(page.locator("#fit svg")).toHaveCount(0);
  await change(page, () => page.locator("#file").setInputFiles({ name: "own.csv", mimeType: "", buffer }));
  await expect(page.locator("#width")).toHaveText(width!);
});

test("two campaigns of an hour, a month apart, have a bandwidth of minutes", { tag: "@wide" }, async ({
  page,
  errors: _,
}) => {
  const random = draw(11);
  const rows = Array.from({ length: 400 }, (_, i) => {
    const t = random.uniform(0, 3600) + (i % 2 ? 30 * 86_400 : 0);
    return `${t},${Math.sin(t / 300) + 0.2 * random.normal()}`;
  });
  await explore(page);
  const buffer = Buffer.from(`t,y\n${rows.join("\n")}\n`);
  await change(page, () =>
    page.locator("#file").setInputFiles({ name: "campaigns.csv", mimeType: "", buffer }),
  );
  await change(page, () => page.locator("#loo").click());
  await expect(page.locator("#choice")).toContainText("leave-one-out");
  const width = Number((await page.locator("#width").innerText()).replaceAll(",", ""));
  expect(width).toBeLessThan(1000);
  expect(width).toBeGreaterThan(10);
});
