/** The explorer with files as people have them: a third of the corpus, and what a visitor can choose where a file says too little. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { corpus, expectedColumns } from "../src/testing/corpus.ts";
import { change, expect, settled, test, visit } from "./page.ts";

type Page = Parameters<typeof visit>[0];
const message = (page: Page) => page.locator("#message");
const open = (page: Page, name: string, content: string | Uint8Array) =>
  page.locator("#file").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
const optionsOf = (page: Page, name: string) =>
  page
    .locator(`select[name=${name}] option`)
    .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));

test("files of the corpus: the columns that they have, or what is wrong", async ({ page, errors: _ }) => {
  await visit(page, "/explore.html");
  await settled(page);
  const files = corpus.filter(({ options }) => options === undefined).filter((_, i) => i % 2 === 0);
  expect(files.length).toBeGreaterThan(corpus.length / 3);
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
  await visit(page, "/explore.html");
  await settled(page);
  await change(page, () => open(page, "bad.csv", "x,y\n1,2\n2,oops\n3,4\n4,3\n5,6\n6,5\n"));
  await expect(page.locator("#notes")).toContainText("column y, line 3: “oops” is no number (1 of 6 rows)");
  await change(page, () => page.getByRole("button", { name: "Leave such cells empty" }).click());
  await expect(page.locator("#about")).toHaveText("5 rows; 1 left out (1 have no y).");
  await expect(page.locator("#notes")).toContainText("such cells are left empty");
});

test("the decimal sign and the encoding can be chosen", async ({ page, errors: _ }) => {
  await visit(page, "/explore.html");
  await settled(page);
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
