/** Every piece of code in the README and in the documentation runs as it stands. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as Plot from "@observablehq/plot";
import * as shapes from "d3-shape";
import { describe, expect, test } from "vitest";
import { complete } from "../docs/.vitepress/complete.ts";
import type { ErrorCode } from "./common/errors.ts";
import * as nadaraya from "./index.ts";
import * as io from "./io/index.ts";
import * as partials from "./partials/index.ts";
import * as marks from "./plot.ts";

const root = new URL("../", import.meta.url);
const pages = [
  "README.md",
  ...readdirSync(new URL("docs/", root), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !/^(node_modules|api|\.vitepress)/.test(name))
    .map((name) => `docs/${name}`),
];
const textOf = (page: string) => readFileSync(new URL(page, root), "utf8");
const piecesOf = (page: string) =>
  [...textOf(page).matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

const modules = {
  ...{ nadaraya, "nadaraya/io": io, "nadaraya/partials": partials, "nadaraya/plot": marks },
};
const names = Object.fromEntries(Object.entries(modules).map(([name, each]) => [name, Object.keys(each)]));
/** All that a piece may import; everything else it has to define. */
const given = { ...nadaraya, ...io, ...partials, ...marks, ...shapes, Plot, console: { log: () => {} } };

test("there is code in the README, and in the guide", () => {
  expect(piecesOf("README.md").length).toBeGreaterThan(8);
  expect(pages.flatMap(piecesOf).length).toBeGreaterThan(40);
});

describe.each(pages.filter((page) => piecesOf(page).length > 0))("%s", (page) => {
  const pieces = piecesOf(page);
  test
    .runIf(pieces.length > 0)
    .each(pieces.map((code) => [code.split("\n").find((line) => line && !line.startsWith("import")), code]))(
    "%s",
    async (_, short) => {
      const code = complete(short, names);
      // What it imports is there.
      for (const [, names] of code.matchAll(/^import {([^}]*)}/gm))
        for (const name of names.split(",").map((each) => each.trim())) expect(given).toHaveProperty(name);
      const imported = [...code.matchAll(/^import (?:{([^}]*)}|\* as (\w+)) from/gm)].flatMap(
        ([, several, one]) => (one ? [one] : several.split(",").map((each) => each.trim())),
      );
      const body = code.replace(/^import .*$/gm, "");
      const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
      const free = [...imported, "console"];
      const run = new AsyncFunction(...free, body);
      await run(...free.map((name) => given[name as keyof typeof given]));
    },
  );
});

test("every code of an error has its section", () => {
  const codes: Record<ErrorCode, true> = {
    ...{ "invalid-input": true, "invalid-kernel": true, "invalid-bandwidth": true, unsupported: true },
    ...{ "no-webgpu": true, "out-of-memory": true, "device-lost": true, "gpu-error": true },
    ...{ "empty-window": true, disposed: true, unavailable: true },
  };
  const sections = [...textOf("docs/errors.md").matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  expect(sections.sort()).toEqual(Object.keys(codes).sort());
});

test.each([...pages, "ARCHITECTURE.md", "CONTRIBUTING.md"])("%s names files that exist", (page) => {
  const text = textOf(page);
  const paths = [...text.matchAll(/`((?:src|shaders|demo|e2e|tools|bench)\/[^`*\s]*)`/g)].map(
    ([, path]) => path,
  );
  for (const [, link] of text.matchAll(/\]\((?!https?:|\/)([^)#]+)/g))
    paths.push(new URL(link, new URL(page, root)).pathname);
  for (const path of paths) expect(existsSync(new URL(path, root)), `${page} names ${path}`).toBe(true);
});
