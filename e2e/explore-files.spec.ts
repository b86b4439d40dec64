/** The explorer with files as people have them: a share of the corpus, and what a visitor can choose where a file says too little. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { writeArrow } from "../src/io/arrow.ts";
import { readTable } from "../src/io/files.ts";
import { writeJson } from "../src/io/json.ts";
import { writeParquet } from "../src/io/write-parquet.ts";
import { corpus, expectedColumns } from "../src/testing/corpus.ts";
import { change, column, csv, expect, explore, settled, test, visit } from "./page.ts";

type Page = Parameters<typeof visit>[0];
const rides = "demo/data/motorcycle.csv";
const acceleration = "acceleration (g)";
const message = (page: Page) => page.locator("#message");
const open = (page: Page, name: string, content: string | Uint8Array) =>
  page.locator("#file").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
const optionsOf = (page: Page, name: string) =>
  page
    .locator(`select[name=${name}] option`)
    .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));

test("files of the corpus: the columns that they have, or what is wrong", async ({ page, errors: _ }) => {
  await explore(page);
  const every = process.env.NADARAYA_RING === "wide" ? 2 : 6;
  const files = corpus.filter(({ options }) => options === undefined).filter((_, i) => i % every === 0);
  expect(files.length).toBeGreaterThan(corpus.length / (every + 2));
  for (const file of files)
    await test.step(file.name, async () => {
      await page.locator("select[name=y]").evaluate((select) => select.replaceChildren());
      await message(page).evaluate((output) => {
        output.textContent = "";
      });
      await open(page, file.name, file.bytes);
      const columns = expectedColumns(file).filter(({ type }) => type !== "nested");
      if (file.error !== undefined) await expect(message(page)).toContainText(file.error);
      else if (columns.every(({ values }) => values.length === 0))
        await expect(message(page)).toContainText("has no rows");
      else if (columns.every(({ type }) => type === "text"))
        await expect(message(page)).toContainText("has no column of numbers");
      else {
        await expect
          .poll(async () => (await optionsOf(page, "y")).sort())
          .toEqual(["", ...columns.map(({ name }) => name)].sort());
        const numeric = columns
          .filter(({ type }) => type === "number" || type === "date")
          .map(({ name }) => name);
        expect((await optionsOf(page, "x")).sort()).toEqual(numeric.sort());
      }
    });
});

test("a few bad cells are named, and left empty on request", async ({ page, errors: _ }) => {
  await explore(page);
  await change(page, () => open(page, "bad.csv", "x,y\n1,2\n2,oops\n3,4\n4,3\n5,6\n6,5\n"));
  await expect(page.locator("#notes")).toContainText("column y, line 3: “oops” is no number (1 of 6 rows)");
  await change(page, () => page.getByRole("button", { name: "Leave such cells empty" }).click());
  await expect(page.locator("#about")).toHaveText("5 rows; 1 left out (1 have no y).");
  await expect(page.locator("#notes")).toContainText("such cells are left empty");
});

test("the decimal sign and the encoding can be chosen", async ({ page, errors: _ }) => {
  await explore(page);
  const rows = Array.from({ length: 8 }, (_, i) => `"${i},${100 + i * i}";${i}`).join("\n");
  await open(page, "signs.csv", `x;y\n${rows}\n`);
  await expect(page.locator("#notes")).toContainText("name the decimal sign");
  expect(await optionsOf(page, "x")).toEqual(["y"]);
  await page.locator("#reading summary").click();
  await change(page, () => page.locator("[name=decimal]").selectOption(","));
  expect((await optionsOf(page, "x")).sort()).toEqual(["x", "y"]);
  const cyrillic = Uint8Array.from([
    ...Buffer.from("x,y\n1,2\n2,3\n3,"),
    0x34,
    ...Buffer.from("\n4,5\n5,7\n# "),
    0xcf,
    0xf0,
    ...Buffer.from(",\n"),
  ]);
  await open(page, "cyrillic.csv", cyrillic);
  await expect(page.locator("#notes")).toContainText("Windows-1252");
  await page.locator("[name=encoding]").selectOption("windows-1251");
  await expect(page.locator("#notes")).not.toContainText("Windows-1252");
  await expect(page.locator("#notes")).toContainText("# Пр");
});

test("?url= reads a file from an address, and of Parquet only what is needed", async ({
  page,
  errors: _,
}) => {
  const flights = readFileSync("node_modules/vega-datasets/data/flights-3m.parquet");
  let served = 0;
  const server = createServer(({ url = "", headers, method }, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "Range");
    response.setHeader("Access-Control-Expose-Headers", "Content-Length, Content-Range");
    const file = url.includes("parquet") ? flights : Buffer.from("x,y\n1,2\n2,3\n3,5\n4,4\n5,6\n");
    const range = /bytes=(\d+)-(\d*)/.exec(headers.range ?? "");
    const [from, to] = range
      ? [Number(range[1]), range[2] ? Number(range[2]) + 1 : file.length]
      : [0, file.length];
    const part = file.subarray(from, to);
    if (range) response.setHeader("Content-Range", `bytes ${from}-${from + part.length - 1}/${file.length}`);
    response.setHeader("Content-Length", part.length);
    response.writeHead(range ? 206 : 200);
    if (method !== "HEAD") served += part.length;
    response.end(method === "HEAD" || method === "OPTIONS" ? undefined : part);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const address = `http://localhost:${(server.address() as AddressInfo).port}`;
  await visit(page, `/explore.html?url=${encodeURIComponent(`${address}/table.csv`)}`);
  await settled(page);
  await expect(page.locator("#about")).toHaveText("5 rows.");
  await expect(page.locator("#command")).toContainText("table.csv --x x --y y");
  await visit(page, `/explore.html?url=${encodeURIComponent(`${address}/flights.parquet`)}`);
  await expect(page.locator("#about")).toContainText("3,000,000 rows", { timeout: 120_000 });
  expect(served).toBeLessThan(2 * flights.length);
  await visit(page, `/explore.html?url=${encodeURIComponent("http://localhost:1/table.csv")}`);
  await expect(message(page)).toHaveClass(/wrong/);
  server.close();
});

test("every kind of file", async ({ page, errors: _ }) => {
  const table = await readTable(rides);
  await explore(page);
  const expected = column(await csv(page, "fit"), acceleration);
  const plain = readFileSync(rides);
  for (const [name, buffer] of [
    ["rides.csv", plain],
    ["rides.tsv", Buffer.from(plain.toString().replaceAll(",", "\t"))],
    ["rides.json", Buffer.from(writeJson(table))],
    ["rides.parquet", Buffer.from(await writeParquet(table))],
    ["rides.arrow", Buffer.from(await writeArrow(table))],
  ] as const) {
    await change(page, () => page.locator("#file").setInputFiles({ name, mimeType: "", buffer }));
    await expect(page.locator("#command")).toContainText(name);
    const found = column(await csv(page, "fit"), acceleration);
    expect(Math.max(...found.map((v, i) => Math.abs(v - expected[i]))), name).toBeLessThan(1e-3);
  }
});

test("a hundred megabytes of CSV do not freeze the page", { tag: "@wide" }, async ({ page, errors: _ }) => {
  await explore(page);
  const lines = Array.from({ length: 50_000 }, (_, i) => `${i % 977},${(i % 31) / 7},${"x".repeat(20)}`).join(
    "\n",
  );
  const handle = await page.evaluateHandle((block) => {
    const parts = ["a,b,c\n", ...Array.from({ length: 64 }, () => `${block}\n`)];
    return new File(parts, "large.csv");
  }, lines);
  expect(await handle.evaluate((file) => file.size)).toBeGreaterThan(1e8);
  const longest = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        let [last, most] = [start, 0];
        const tick = () => {
          const now = performance.now();
          most = Math.max(most, now - last);
          last = now;
          if (document.getElementById("about")!.textContent!.startsWith("3,200,000"))
            resolve(most / (now - start));
          else setTimeout(tick, 10);
        };
        tick();
      }),
  );
  await page.evaluate((file) => {
    const transfer = new DataTransfer();
    transfer.items.add(file);
    document.dispatchEvent(
      new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }),
    );
  }, handle);
  // As a share of all the time that reading takes: a page that read by itself would be frozen for nearly all of it.
  expect(await longest).toBeLessThan(0.5);
});

test("files that are wrong are said to be, by row and column, and the page goes on", async ({
  page,
  errors: _,
}) => {
  await explore(page);
  for (const [what, name, content, expected] of [
    ["an empty file", "empty.csv", "", "empty.csv is empty"],
    [
      "text where numbers are needed",
      "words.csv",
      "a,b\nx,y\nz,w\n",
      "has no column of numbers; its columns are a, b",
    ],
    ["a broken line", "broken.csv", "a,b\n1,2\n3\n", "broken.csv line 3 has 1 cells, expected 2"],
    ["a wrong ending", "picture.png", "PNG", 'picture.png ends in "png", expected .csv'],
    ["bytes that are no Parquet", "noise.parquet", "not parquet", "is no Parquet file that can be read"],
    ["bytes that are no Arrow", "noise.arrow", "not arrow", "is no Arrow file that can be read"],
    ["no JSON", "noise.json", "[1, 2", "noise.json is no JSON"],
    ["one place only", "same.csv", "a,b\n1,1\n1,1\n1,1\n", 'all rows have the same "a"'],
    ["two rows", "two.csv", "a,b\n1,2\n2,3\n", "only 2 rows have a value in each of the columns"],
  ] as const)
    await test.step(what, async () => {
      await page.locator("#file").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
      await expect(message(page)).toContainText(expected);
      await expect(message(page)).toHaveClass(/wrong/);
      await change(page, () => page.locator("#example").selectOption("penguins"));
      await expect(page.locator("#about")).toHaveText("342 rows.");
    });
});
