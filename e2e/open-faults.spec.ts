/** Open faults that only a page shows; those of parts that need none are in demo/explore/open-faults.test.ts. */
import type { Page } from "playwright/test";
import { draw } from "../src/testing/random.ts";
import { type Sheet, workbookOf } from "../src/testing/workbook.ts";
import { expect, mustFail, openFault } from "./open-fault.ts";
import { change, drawnLine, explore, expect as patient, settled, show, test, visit } from "./page.ts";

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

test.afterEach(async ({ page }) => {
  await page.context().setOffline(false);
  await page.setViewportSize(DESKTOP);
  for (const other of page.context().pages()) if (other !== page) await other.close();
});

test("the helper takes failed assertions alone for a fault", async () => {
  await patient(mustFail(() => patient(1).toBe(2), "mended")).resolves.toContain("toBe");
  await patient(mustFail(() => {}, "mended")).rejects.toThrow("mended");
  const other = () => {
    throw new TypeError("another error");
  };
  await patient(mustFail(other, "mended")).rejects.toThrow("another error");
});

// ─── Tables ────────────────────────────────────────────────────────────────────────────────────────────

type Row = readonly (number | string)[];
const csvOf = (names: string, rows: readonly Row[]): string =>
  `${names}\n${rows.map((row) => row.map((cell) => (typeof cell === "number" ? cell.toPrecision(12) : cell)).join(",")).join("\n")}\n`;
const rowsOf = (count: number, row: (i: number) => Row): Row[] =>
  Array.from({ length: count }, (_, i) => row(i));

const message = (page: Page) => page.locator("#message");
const optionsOf = (page: Page, name: string) =>
  page
    .locator(`select[name=${name}] option:not([disabled])`)
    .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));

/** Opens a table in the explorer and waits until it is shown, or said not to be. */
async function open(page: Page, name: string, content: string | Uint8Array, hash = ""): Promise<void> {
  if (!page.url().includes("/explore.html")) await explore(page);
  if (hash !== "") await visit(page, `/explore.html#file=${name}&${hash}`);
  const file = { name, mimeType: "", buffer: Buffer.from(content) };
  await change(page, () => page.locator("#file").setInputFiles(file));
  await patient(message(page)).toContainText(name);
}
const choose = (page: Page, name: string, value: string) =>
  change(page, () => page.locator(`select[name=${name}]`).selectOption(value));

// ─── Pictures ──────────────────────────────────────────────────────────────────────────────────────────

type Stretch = readonly [from: number, to: number];

/** The stretches of x over which the marks of a class are drawn, in units of x: a list for each mark. */
async function stretches(page: Page, mark: string, cell = 0): Promise<Stretch[][]> {
  await show(page, "fit");
  const drawn = await page
    .locator("#fit .cell")
    .nth(cell)
    .evaluate((element, name) => {
      const ticks = [...element.querySelectorAll('g[aria-label="x-axis tick label"] text')].map((text) => {
        const [, pixel] = /translate\(([-\d.]+),/.exec(text.getAttribute("transform") ?? "")!;
        const value = text.textContent!.replace("−", "-").replaceAll(",", "");
        return { pixel: Number(pixel), value: Number(value) };
      });
      const paths = [...element.querySelectorAll(`g.${name}`)].map((group) =>
        [...group.querySelectorAll("path")].map((path) => path.getAttribute("d") ?? "").join(""),
      );
      return { ticks, paths };
    }, mark);
  const [first, last] = [drawn.ticks[0], drawn.ticks.at(-1)!];
  const perPixel = (last.value - first.value) / (last.pixel - first.pixel);
  const at = (pixel: number) => first.value + (pixel - first.pixel) * perPixel;
  return drawn.paths.map((path) =>
    path
      .split("M")
      .filter(Boolean)
      .map((part) => {
        const places = part
          .split(/[LZ]/)
          .filter(Boolean)
          .map((point) => at(Number.parseFloat(point)));
        return [Math.min(...places), Math.max(...places)] as const;
      }),
  );
}

/** The numbers at the axis of y. */
async function verticalTicks(page: Page): Promise<number[]> {
  const labels = page.locator('#fit g[aria-label="y-axis tick label"] text');
  await patient(labels.nth(1)).toBeAttached(); // the message may be there before the picture
  const texts = await labels.allTextContents();
  return texts.map((text) => Number(text.replace("−", "-").replaceAll(",", "")));
}

/** All text that the page shows about the picture. */
const words = async (page: Page): Promise<string> =>
  (await page.locator("#message, #fit, #notes, form.panel").allInnerTexts()).join("\n");

const covers = (all: readonly Stretch[][], x: number) =>
  all.flat().filter(([from, to]) => from < x && x < to);

// ─── 3: estimates without rows of their group ──────────────────────────────────────────────────────────

const ranges = { a: [0, 10], b: [15, 25], c: [22, 40] } as const;
const apart = () => {
  const random = draw(3);
  const rows = Object.entries(ranges).flatMap(([name, [least, most]]) =>
    rowsOf(60, (i) => {
      const x = least + (i / 59) * (most - least);
      return [x, Math.sin(x / 3) + 0.2 * random.normal(), name];
    }),
  );
  return csvOf("x,y,arm", rows);
};
async function openApart(page: Page): Promise<void> {
  await open(page, "apart.csv", apart());
  await choose(page, "group", "arm");
}
/** How far the marks of each group go beyond its rows. */
async function beyond(page: Page, mark: string, cell = 0, each = 1): Promise<number[]> {
  const marks = await stretches(page, mark, cell);
  patient(marks).toHaveLength(3 * each);
  return marks.map((own, i) => {
    const [least, most] = Object.values(ranges)[Math.floor(i / each)];
    return Math.max(0, ...own.map(([from, to]) => Math.max(least - from, to - most)));
  });
}
const PLACE = 40 / 150; // a few places of the curve
for (const [what, mark, below, each] of [
  ["curve", "estimate", false, 1],
  ["band", "band", false, 1],
  ["pair of quartiles", "quartile", false, 2],
  ["slope", "slope", true, 1],
] as const)
  openFault(
    "R",
    "pages 3",
    `each ${what} ends where its group's rows end`,
    async (page) => {
      await openApart(page);
      if (mark === "quartile") await change(page, () => page.getByLabel("quartiles").check());
      if (below) await choose(page, "below", "slope");
      return beyond(page, mark, below ? 1 : 0, each);
    },
    (_, far) => expect(Math.max(...far)).toBeLessThan(PLACE),
  );

openFault(
  "R",
  "pages 3",
  "a small group does not stretch the axis of ratings from 1 to 5",
  async (page) => {
    const random = draw(4);
    const rating = (mean: number) => Math.min(5, Math.max(1, Math.round(mean + 0.6 * random.normal())));
    const rows = [
      ...rowsOf(150, () => [random.uniform(18, 80), rating(3), "Man"]),
      ...rowsOf(20, (i) => [20 + 1.6 * i, rating(2 + i / 8), "Non-binary"]),
    ];
    await open(page, "survey.csv", csvOf("age,rating,gender", rows));
    await choose(page, "group", "gender");
    return verticalTicks(page);
  },
  (_, ticks) => {
    expect(Math.max(...ticks)).toBeLessThanOrEqual(5.5);
    expect(Math.min(...ticks)).toBeGreaterThanOrEqual(0.5);
  },
);

// ─── 4: gaps ───────────────────────────────────────────────────────────────────────────────────────────

/** Rows at −175 to −70 and at 130 to 175 degrees. */
const quakes = () => {
  const random = draw(40);
  const rows = rowsOf(240, (i) => {
    const longitude = i % 3 === 0 ? random.uniform(130, 175) : random.uniform(-175, -70);
    return [longitude, 4 + 0.5 * Math.sin(longitude / 9) + 0.3 * random.normal()];
  });
  return csvOf("longitude,mag", rows);
};
for (const [what, mark] of [
  ["curve", "estimate"],
  ["band", "band"],
] as const)
  openFault(
    "R",
    "pages 4",
    `no ${what} crosses 200 degrees of longitude without a row`,
    async (page) => {
      await open(page, "quakes.csv", quakes());
      const marks = await stretches(page, mark);
      patient(covers(marks, -120)).not.toEqual([]);
      return marks;
    },
    (_, marks) => expect(covers(marks, 30)).toEqual([]),
  );

openFault(
  "R",
  "pages 4",
  "beyond the last rows of a long tail there is no curve",
  async (page) => {
    const random = draw(41);
    const tail = [3000, 3500, 4200, 5000];
    const rows = rowsOf(25_000, (i) => [
      tail[i] ?? Math.min(-400 * Math.log(random.uniform(0, 1)), 2500),
      10 + 8 * random.normal(),
    ]);
    // 3250 and 4600 are eight bandwidths from every row.
    await open(page, "flights.csv", csvOf("distance,delay", rows), "x=distance&y=delay&width=30");
    return stretches(page, "estimate");
  },
  (_, curve) => {
    expect(covers(curve, 3250)).toEqual([]);
    expect(covers(curve, 4600)).toEqual([]);
  },
);

openFault(
  "R",
  "pages 4",
  "the picture says what a pale curve is",
  async (page) => {
    await open(page, "quakes.csv", quakes());
    await patient(page.locator("#fit g.sure")).toHaveCount(1); // a part of the curve is pale
    return words(page);
  },
  (_, text) => expect(text).toMatch(/\bpale\b|\bfaint|few(er)? (than \d+ )?rows/i),
);

// ─── 5, 6, 10: groups ──────────────────────────────────────────────────────────────────────────────────

const tickers = () => {
  const random = draw(50);
  const rows = ["AAPL", "KO", "MSFT", "TSLA"].flatMap((name, k) =>
    rowsOf(250, (i) => [i / 4, 100 * k + 5 * Math.sin(i / 4) + 0.5 * random.normal(), name]),
  );
  return csvOf("day,open,ticker", rows);
};
async function openTickers(page: Page): Promise<void> {
  await open(page, "stocks.csv", tickers());
  await choose(page, "group", "ticker");
}

openFault(
  "R",
  "pages 5",
  "the bandwidth of groups is chosen within groups: swings of ten stay ten",
  async (page) => {
    await openTickers(page);
    await patient(page.locator("#choice")).toContainText("chosen by the data");
    const points = await drawnLine(page, "fit", 0, "estimate");
    const inner = points.filter(([x]) => x > 5 && x < 55).map(([, y]) => y);
    return Math.max(...inner) - Math.min(...inner);
  },
  (_, swing) => expect(swing).toBeGreaterThan(8),
);

openFault(
  "R",
  "pages 6",
  "four groups have their bands, or the box for bands says that they have none",
  async (page) => {
    await openTickers(page);
    await patient(page.locator("#fit g.estimate")).toHaveCount(4);
    await patient(page.locator("[name=band]")).toBeChecked();
    const isOffered = await page.locator("[name=band]").isEnabled();
    const box = await page.locator(".control:has([name=band])").innerText();
    return { bands: await page.locator("#fit g.band").count(), isOffered, box };
  },
  (_, { bands, isOffered, box }) =>
    expect(bands === 4 || !isOffered || /group/i.test(box), `${bands} bands, the box says “${box}”`).toBe(
      true,
    ),
);

const cars = () => {
  const random = draw(60);
  const rows = rowsOf(120, (i) => {
    const cylinders = [4, 6, 8][i % 3];
    const weight = random.uniform(1, 5);
    return [weight, 40 - 5 * weight - cylinders + random.normal(), cylinders, `s${i}`, `cell type ${i % 12}`];
  });
  return csvOf("weight,mpg,cylinders,sample_id,cell_type", rows);
};
openFault(
  "R",
  "pages 10",
  "a column of the numbers 4, 6 and 8 can be a group",
  async (page) => {
    await open(page, "cars.csv", cars());
    return optionsOf(page, "group");
  },
  (_, groups) => expect(groups).toContain("cylinders"),
);
openFault(
  "R",
  "pages 10",
  "a column with a text of its own in each row is not offered as a group",
  async (page) => {
    await open(page, "cars.csv", cars());
    return optionsOf(page, "group");
  },
  (_, groups) => expect(groups).not.toContain("sample_id"),
);
openFault(
  "R",
  "pages 10",
  "twelve groups leave a picture",
  async (page) => {
    await open(page, "cars.csv", cars());
    await patient(page.locator("#fit svg").first()).toBeVisible();
    await choose(page, "group", "cell_type");
  },
  (page) => expect(page.locator("#fit svg").first()).toBeVisible(),
);

openFault(
  "R",
  "pages 11",
  "a density can have two coordinates",
  async (page) => {
    await open(
      page,
      "quakes.csv",
      csvOf(
        "lat,lon",
        rowsOf(60, (i) => [Math.sin(i), Math.cos(1.7 * i)]),
      ),
    );
    await choose(page, "y", "");
  },
  (page) => expect(page.locator("select[name=x2]")).toBeEnabled(),
);

// ─── 7: outliers and clipping ──────────────────────────────────────────────────────────────────────────

openFault(
  "R",
  "pages 7",
  "rows outside of the picture are counted in words",
  async (page) => {
    const random = draw(70);
    const rows = rowsOf(25_000, (i) => [random.uniform(0, 10), i % 200 === 0 ? 500 : random.normal()]);
    await open(page, "late.csv", csvOf("x,y", rows));
    patient(Math.max(...(await verticalTicks(page)))).toBeLessThan(500); // 125 rows are cut off
    return words(page);
  },
  (_, text) =>
    expect(text).toMatch(
      /[\d,]+ (values?|rows?)[^.]*\b(outside|beyond|above|below|not shown|not drawn|set aside)/i,
    ),
);
openFault(
  "R",
  "pages 7",
  "one wrong value does not flatten the others, or the page offers a remedy",
  async (page) => {
    const random = draw(71);
    const rows = rowsOf(2000, (i) => [random.uniform(0, 10), i === 77 ? 30_000 : random.uniform(0, 20)]);
    await open(page, "taxi.csv", csvOf("hour,distance", rows));
    const remedies = page.getByRole("button", { name: /set aside|outlier|leave out/i });
    return { most: Math.max(...(await verticalTicks(page))), remedies: await remedies.count() };
  },
  (_, { most, remedies }) =>
    expect(most <= 200 || remedies > 0, `an axis to ${most} for values to 20`).toBe(true),
);

// ─── 9: offline ────────────────────────────────────────────────────────────────────────────────────────

openFault(
  "R",
  "pages 9",
  "a file is read without the network",
  async (page) => {
    await explore(page);
    await page.context().setOffline(true);
    await page
      .locator("#file")
      .setInputFiles({ name: "own.csv", mimeType: "", buffer: Buffer.from(quakes()) });
    await patient(message(page)).toHaveText(/own\.csv (·|could)/);
  },
  (page) => expect(message(page)).not.toHaveClass(/wrong/),
);
openFault(
  "R",
  "pages 9",
  "an example without the network says that there is none",
  async (page) => {
    await explore(page);
    await page.context().setOffline(true);
    await change(page, () => page.locator("#example").selectOption("weather"));
    await patient(message(page)).toHaveClass(/wrong/);
  },
  (page) => expect(message(page)).toContainText(/offline|network|connection/i),
);

// ─── 12: Korean ────────────────────────────────────────────────────────────────────────────────────────

async function korean(page: Page): Promise<void> {
  if (page.url().includes("?lang=ko")) return;
  await visit(page, "/?lang=ko");
  await settled(page);
  await patient(page.locator("h1")).toContainText("유사도");
}
/** Words of three and more Latin letters, which are no names of functions. */
const latin = (texts: readonly string[]) =>
  texts
    .flatMap((text) => text.match(/[A-Za-z]{3,}/g) ?? [])
    .filter((word) => !/^(sin|exp|max|float|WGSL|WebGPU)$/.test(word));
openFault(
  "R",
  "pages 12",
  "the words in Korean figures are Korean",
  async (page) => {
    await korean(page);
    for (const figure of ["kernels", "data", "weights"]) await show(page, figure);
    return page.locator("#kernels svg text, #data svg text, #weights svg text").allTextContents();
  },
  (_, texts) => expect(latin(texts)).toEqual([]),
);
openFault(
  "R",
  "pages 12",
  "the bar and the lists of the Korean lesson are Korean",
  async (page) => {
    await korean(page);
    return page
      .locator(".controls label, select[name=equal] option, select[name=fourth] option")
      .allTextContents();
  },
  (_, texts) => expect(latin(texts)).toEqual([]),
);
openFault(
  "R",
  "pages 12",
  "the buttons of Korean figures are Korean",
  async (page) => {
    await korean(page);
    const texts = await page.locator("#data .downloads button").allTextContents();
    return texts.filter((text) => !/^(CSV|SVG|PNG)$/.test(text));
  },
  (_, texts) => expect(latin(texts)).toEqual([]),
);
openFault(
  "R",
  "pages 12",
  "Korean words are not broken inside",
  async (page) => korean(page),
  (page) => expect(page.locator(".lead")).toHaveCSS("word-break", "keep-all"),
);
for (const name of ["explore", "bench"])
  openFault(
    "R",
    "pages 12",
    `${name}.html is Korean for those who ask for it`,
    (page) => visit(page, `/${name}.html?lang=ko`),
    (page) => expect(page.locator("html")).toHaveAttribute("lang", "ko"),
  );

// ─── 14: phones ────────────────────────────────────────────────────────────────────────────────────────

async function phone(page: Page): Promise<void> {
  await page.setViewportSize(PHONE);
  await visit(page, "/");
  await settled(page);
}
/** The rectangles of the elements that a selector finds. */
const boxes = (page: Page, selector: string) =>
  page
    .locator(selector)
    .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().toJSON()));
openFault(
  "R",
  "pages 14",
  "on a phone no button lies over the legend of the estimates",
  async (page) => {
    await phone(page);
    await show(page, "estimates");
    const keys = await boxes(page, "#estimates .legend .key");
    const buttons = await boxes(page, "#estimates .downloads button");
    patient(keys).toHaveLength(3);
    patient(buttons.length).toBeGreaterThan(2);
    return keys.flatMap((key) =>
      buttons.filter(
        (b) => b.left < key.right && key.left < b.right && b.top < key.bottom && key.top < b.bottom,
      ),
    );
  },
  (_, overlaps) => expect(overlaps).toEqual([]),
);
openFault(
  "R",
  "pages 14",
  "on a phone the title of a figure's panel ends within it",
  async (page) => {
    await phone(page);
    await show(page, "stages");
    return page.locator("#stages svg").evaluateAll((plots) =>
      plots.flatMap((plot) => {
        const { right } = plot.getBoundingClientRect();
        return [...plot.querySelectorAll("text")]
          .filter((text) => text.getBoundingClientRect().right > right + 1)
          .map((text) => text.textContent);
      }),
    );
  },
  (_, cut) => expect(cut).toEqual([]),
);
openFault(
  "R",
  "pages 14",
  "the first screen of a phone shows the first figure",
  async (page) => {
    await phone(page);
    await page.evaluate(() => scrollTo(0, 0));
    return (await boxes(page, "#hero .body"))[0].top;
  },
  (_, top) => expect(top).toBeLessThan(PHONE.height - 200),
);
openFault(
  "R",
  "pages 14",
  "on a phone the axis of x has two numbers at least",
  async (page) => {
    await page.setViewportSize(PHONE);
    await open(
      page,
      "doses.csv",
      csvOf(
        "x,y",
        rowsOf(40, (i) => [0.2 + (9.7 * i) / 39, Math.sin(i / 6)]),
      ),
    );
    return page.locator('#fit g[aria-label="x-axis tick label"] text').allTextContents();
  },
  (_, ticks) => expect(ticks.length).toBeGreaterThan(1),
);

// ─── 15: files with a few bad cells ────────────────────────────────────────────────────────────────────

openFault(
  "R",
  "pages 15",
  "how to read a column with a few errors is offered beside the picture",
  async (page) => {
    const random = draw(150);
    const rows = rowsOf(800, (i) => [
      i,
      i % 200 === 0 ? "ERROR" : 20 + random.normal(),
      50 + random.normal(),
    ]);
    await open(page, "sensor.csv", csvOf("minute,temp_C,humidity", rows));
    await page.evaluate(() => scrollTo(0, 0));
  },
  (page) => expect(page.getByRole("button", { name: "Leave such cells empty" })).toBeInViewport(),
);
openFault(
  "R",
  "pages 15",
  "a value of −127 far below all others is pointed out",
  async (page) => {
    const random = draw(151);
    const rows = rowsOf(400, (i) => [i, i % 20 === 0 ? -127 : 20 + random.normal()]);
    await open(page, "sentinel.csv", csvOf("minute,temperature", rows));
    return (await page.locator("#message, #notes, #fit figcaption").allInnerTexts()).join("\n");
  },
  (_, text) => expect(text).toMatch(/[-−]127/),
);
openFault(
  "R",
  "pages 15",
  "of salaries such as 58k nobody is asked for the decimal sign",
  async (page) => {
    const rows = rowsOf(60, (i) => [
      20 + i,
      ['"$58,123"', "58k", "prefer not to say", `"$${40 + i},500"`][i % 4],
      Math.sin(i),
    ]);
    await open(page, "salaries.csv", csvOf("age,Salary,score", rows));
    return page.locator("#notes").innerText();
  },
  (_, notes) => expect(notes).not.toMatch(/decimal sign/),
);

// ─── 16: words and numbers ─────────────────────────────────────────────────────────────────────────────

openFault(
  "R",
  "pages 16",
  "times are said to be in UTC",
  async (page) => {
    const rows = rowsOf(40, (i) => [
      new Date(Date.UTC(2024, 2, 1, i)).toISOString().replace("Z", "+09:00"),
      Math.sin(i),
    ]);
    await open(page, "offsets.csv", csvOf("time,v", rows));
    return words(page);
  },
  (_, text) => expect(text).toMatch(/\bUTC\b/),
);
openFault(
  "R",
  "pages 16",
  "numbers at the axis of y have a minus sign and no hyphen",
  async (page) => {
    await visit(page, "/explore.html");
    await settled(page);
    return page.locator('#fit g[aria-label="y-axis tick label"] text').allTextContents();
  },
  (_, texts) => expect(texts.filter((text) => text.includes("-"))).toEqual([]),
);
openFault(
  "R",
  "pages 16",
  "a question as a column's name ends the title without a full stop",
  async (page) => {
    await open(
      page,
      "ages.csv",
      csvOf(
        "What is your age?,score",
        rowsOf(40, (i) => [20 + 1.7 * i, Math.sin(i)]),
      ),
    );
    return page.locator("#title").innerText();
  },
  (_, title) => expect(title).not.toContain("?."),
);
openFault(
  "R",
  "pages 16",
  "the explorer does not say that no pair was weighed",
  async (page) => {
    const random = draw(161);
    await open(
      page,
      "many.csv",
      csvOf(
        "x,y",
        rowsOf(25_000, () => [random.uniform(0, 10), random.normal()]),
      ),
    );
    await choose(page, "degree", "0");
    const text = await page.locator("#details").textContent();
    await choose(page, "degree", "1");
    return text;
  },
  (_, text) => expect(text).not.toMatch(/\b0 pairs\b/),
);
openFault(
  "R",
  "pages 16",
  "a warning names a coordinate by its column",
  async (page) => {
    const random = draw(162);
    const rows = rowsOf(200, () => {
      const depth = random.uniform(0, 1);
      return [depth, random.uniform(0, 1), Math.sin(8 * depth) + 0.1 * random.normal()];
    });
    await open(page, "map.csv", csvOf("depth,latitude,mag", rows), "x=depth&y=mag&x2=latitude");
    await patient(page.locator("#choice")).toContainText("widest");
    return page.locator("#choice").innerText();
  },
  (_, text) => expect(text).not.toMatch(/coordinate \d/),
);
openFault(
  "R",
  "pages 16",
  "the dots of a map have the colours of their own values",
  async (page) => {
    const random = draw(163);
    const rows = rowsOf(200, () => [
      random.uniform(0, 1),
      random.uniform(0, 1),
      2.5 + 4.5 * random.uniform(0, 1),
    ]);
    await open(page, "map.csv", csvOf("longitude,latitude,mag", rows), "x=longitude&y=mag&x2=latitude");
    const fills = await page
      .locator("#fit g.rows circle")
      .evaluateAll((dots) => dots.map((dot) => dot.getAttribute("fill") ?? ""));
    patient(fills).toHaveLength(200);
    const counts = fills.map((fill) => fills.filter((other) => other === fill).length).sort((a, b) => b - a);
    return counts.filter((count) => count > 20).length / 200;
  },
  (_, saturated) => expect(saturated).toBeLessThan(0.5),
);
openFault(
  "R",
  "pages 16",
  "a number of keys is written with separators",
  async (page) => {
    await visit(page, "/#million=100000");
    await settled(page);
    return page.locator("label:has([name=million]) output").innerText();
  },
  (_, text) => expect(text).toBe("100,000"),
);
openFault(
  "R",
  "pages 16",
  "without an adapter the banner does not say both that WebGPU is here and that it is not",
  async (page) => {
    const other = await withoutAdapter(page, "/");
    await patient(other.locator("#no-webgpu")).toBeVisible();
    return other.locator("#no-webgpu").innerText();
  },
  (_, text) =>
    expect(/WebGPU is not available here/.test(text) && /WebGPU is here/.test(text), text).toBe(false),
);
openFault(
  "R",
  "pages 16",
  "without an adapter the benchmark says so",
  (page) => withoutAdapter(page, "/bench.html"),
  (_, other) =>
    expect(other.locator("body")).toContainText(/no (GPU )?adapter|WebGPU is not available|no WebGPU/i),
);
async function withoutAdapter(page: Page, address: string): Promise<Page> {
  const other = await page.context().newPage();
  await other.addInitScript(() => {
    Object.defineProperty(navigator, "gpu", { value: { requestAdapter: async () => null } });
  });
  await other.goto(address);
  await patient(other.locator("h1")).toBeVisible();
  return other;
}
openFault(
  "R",
  "pages 16",
  "an embedded figure has room for its controls",
  async (page) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await visit(page, "/");
    await settled(page);
    await show(page, "learn");
    await page.locator("#learn .downloads").getByText("Embed", { exact: true }).click();
    const [, address, height] = /src="([^"]+)".*height="(\d+)"/.exec(
      await page.evaluate(() => navigator.clipboard.readText()),
    )!;
    await page.setViewportSize({ width: 900, height: Number(height) });
    await visit(page, address);
    await settled(page);
    return (await page.evaluate(() => document.documentElement.scrollHeight)) - Number(height);
  },
  (_, missing) => expect(missing).toBeLessThanOrEqual(0),
);
openFault(
  "R",
  "pages 16",
  "Embed says that it has copied",
  async (page) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await visit(page, "/");
    await settled(page);
    await show(page, "data");
    await page.locator("#data .downloads").getByText("Embed", { exact: true }).click();
  },
  (page) => expect(page.locator("#data")).toContainText(/copied/i),
);

// ─── What public reports met in the explorer ───────────────────────────────────────────────────────────

const cover: Sheet = { name: "Read me", rows: [["Errors of 2024"]] };
const sheets: Sheet[] = [
  cover,
  { name: "Data 2024", rows: [["x", "y"], ...rowsOf(30, (i) => [i, Math.sin(i / 4)])] },
];
async function openCovered(page: Page): Promise<void> {
  await open(page, "cars.csv", cars());
  await open(page, "errors.xlsx", workbookOf(sheets));
}
test("a workbook with a cover shows its table, and offers its sheets", { tag: "@wide" }, async ({ page }) => {
  await openCovered(page);
  expect(await optionsOf(page, "x")).toEqual(["x", "y"]);
  await patient(page.locator("#notes")).toContainText("Data 2024");
  await page.locator("#reading > summary").click();
  expect(await optionsOf(page, "sheet")).toEqual(["Read me", "Data 2024"]);
  await choose(page, "sheet", "Read me");
  await patient(message(page)).toContainText("errors.xlsx has no rows");
  await choose(page, "sheet", "Data 2024");
  expect(await page.locator("#fit svg").count()).toBe(1);
  await open(page, "cars.csv", cars());
  await patient(page.locator("#sheet-choice")).toBeHidden();
});
openFault(
  "R",
  "reports A4",
  "after a file that cannot be shown no title stays without its picture",
  async (page) => {
    await open(page, "cars.csv", cars());
    await open(page, "empty.csv", "a,b\n");
    await patient(message(page)).toHaveClass(/wrong/);
    return {
      pictures: await page.locator("#fit svg").count(),
      title: await page.locator("#title").innerText(),
    };
  },
  (_, { pictures, title }) => expect(title === "").toBe(pictures === 0),
);
