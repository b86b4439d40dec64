/** What the documents say beside code: how to install, links, and figures that a file or a constant holds. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { globSync } from "tinyglobby";
import { describe, expect, test } from "vitest";
import { toMarkdown } from "../bench/report.ts";
import type { Results } from "../bench/suite.ts";
import { mutants } from "../tools/mutants/list.mjs";
import { SLICE_MILLISECONDS } from "./gpu/scheduler.ts";
import { kernelNames } from "./kernels/builtin.ts";
import { packageOf, root } from "./testing/app.ts";
import { features } from "./testing/covering/features.ts";

const filesOf = (...patterns: string[]) =>
  globSync(patterns, { cwd: root, ignore: ["**/node_modules/**", "docs/api/**", "**/*.test.ts"] }).sort();
const textOf = (path: string) => readFileSync(join(root, path), "utf8");

const INSTALL_COMMAND = /\b(?:npx|bunx|(?:npm|pnpm|yarn|bun) (?:install|i|add|exec|dlx))\b/;
const PACKAGE = /(?<![\w./-])nadaraya(?:-cli)?(?:@[\w.^~-]+)?(?![\w/-]|\.\w)/;
const REGISTRY = /(?:npmjs\.com\/package|esm\.sh|cdn\.jsdelivr\.net\/npm|unpkg\.com)\/nadaraya/;
/** The lines of a text that install one of our packages by its name, which only a registry can answer. */
const registryInstalls = (text: string) =>
  text.split("\n").filter((line) => {
    const rest = line.slice(line.search(INSTALL_COMMAND));
    return REGISTRY.test(line) || (INSTALL_COMMAND.test(line) && PACKAGE.test(rest));
  });

describe("installing", () => {
  test.each([
    "npm install nadaraya",
    "`npm install -g nadaraya-cli` installs it",
    '  command: ["npx", "--yes", "nadaraya-cli", "worker"]',
    "npm i nadaraya@0.2.0 webgpu",
    '<script src="https://esm.sh/nadaraya"></script>',
  ])("recognises an install from the registry: %s", (line) => {
    expect(registryInstalls(line)).toEqual([line]);
  });

  test.each([
    "npm install ./nadaraya-*.tgz",
    "npm pack ../nadaraya && npm install webgpu",
    "cd nadaraya && npm ci",
    "`npm install webgpu` lets nadaraya/io use a GPU",
  ])("recognises an install from a clone: %s", (line) => {
    expect(registryInstalls(line)).toEqual([]);
  });

  // tools/release.mjs publishes nothing while package.json says OWNER.
  test.runIf(JSON.stringify(packageOf(".")).includes("OWNER"))(
    "nothing tells readers to install packages from the registry before they are published",
    () => {
      const files = filesOf(
        ...["*.md", "docs/**/*.md", "packages/*/*.md", "demo/*.html", "demo/**/*.ts", "src/**/*.ts"],
      );
      expect(files).toEqual(expect.arrayContaining(["README.md", "docs/start.md", "demo/index.html"]));
      const found = files.flatMap((path) => registryInstalls(textOf(path)).map((line) => `${path}: ${line}`));
      expect(found).toEqual([]);
      expect(textOf("docs/start.md")).toContain("## Install\n\nNothing is on npm yet");
    },
  );
});

/** GitHub's anchors of a Markdown file's headings; VitePress's are the same for plain words. */
const anchorsOf = (path: string) =>
  [...textOf(path).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

test("links lead to files and headings that exist, on GitHub and in the docs' site", () => {
  const pages = filesOf("*.md", "docs/**/*.md", "packages/*/*.md", "demo/data/*.md", "bench/results/*.md");
  const broken: string[] = [];
  let links = 0;
  for (const page of pages)
    for (const [, link] of textOf(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)/g)) {
      links++;
      const [path, anchor] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      const isThere = !path.startsWith("/") && existsSync(join(root, target));
      if (!isThere || (anchor && !anchorsOf(target).includes(anchor))) broken.push(`${page}: ${link}`);
    }
  expect(links).toBeGreaterThan(30);
  expect(broken).toEqual([]);
});

test("every file that the page ships has its source in demo/data/README.md", () => {
  const source = textOf("demo/explore/source.ts");
  const files = [...source.matchAll(/\/([\w-]+\.(?:csv|parquet))\?url"/g)].map(([, name]) => name);
  expect(files).toHaveLength(4);
  const named = [...textOf("demo/data/README.md").matchAll(/^- `([^`]+)`/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(files.sort());
});

describe("figures", () => {
  const saved = <T>(name: string): T => JSON.parse(textOf(`bench/results/${name}.json`));
  const adapters = filesOf("bench/results/*-{node,browser}.json").map((path) =>
    saved<Results>(path.replace(/^.*\/|\.json$/g, "")),
  );
  const inBrowser = saved<Results>("google-swiftshader-browser");
  const onH100 = adapters.find(({ adapter }) => adapter.includes("h100"))!;
  const onOneCore = Object.fromEntries(
    saved<{ rows: { task: string; new: number }[] }>("against").rows.map(({ task, new: ms }) => [task, ms]),
  );
  const seconds = (ms: number) => `${(ms / 1000).toPrecision(2)} s`;

  test("README's table of speed has the figures of bench/results", () => {
    const dims = [1, 2, 3];
    const [one, two, three] = dims.map((d) => seconds(onOneCore[`1e6 × 1e6, d = ${d}`]));
    const resident = dims.map((d) => {
      const { build, read } = onH100.resident!.find((row) => row.dims === d && row.n === 1e6)!;
      return `${(build + read).toFixed(1)} ms`;
    });
    const every = onH100.rows.find(({ n, dims }) => n === 262_144 && dims === 1)!;
    const method = (name: string, kernel: string, m: number) =>
      inBrowser.methods.find(
        (row) => row.method === name && row.kernel === kernel && row.m === m && row.tolerance === undefined,
      )!.time.median;
    const [cull, dense] = [method("cull", "epanechnikov", 1e5), method("dense", "epanechnikov", 1e4)];
    const flat = inBrowser.rows.filter(({ dims, columns }) => dims === 1 && columns === 1);
    const ours = flat.find(({ by, n, m }) => by === "nadaraya" && n === 16_384 && m === n)!;
    const times = (by: string, m: number) => {
      const peer = flat.find((row) => row.by === by && row.n === 16_384 && row.m === m)!;
      return (ours.pairsPerSecond / peer.pairsPerSecond).toFixed(1);
    };
    const rows = [
      `| a million keys by a million queries, one thread | ${one} in one coordinate, ${two} in two, ${three} in three |`,
      `| the same on an H100, queries and means on the GPU, by its clock | ${resident.join(", ")} |`,
      `| every pair of 262,144 by 262,144 in one coordinate on an H100 | ${every.time.median.toFixed(0)} ms, ${(every.pairsPerSecond / 1e12).toFixed(1)} · 10¹² pairs a second |`,
      `| ten million by ten million, one coordinate, two cores | ${seconds(method("expand", "gaussian", 1e7))} |`,
      `| 100,000 by 100,000, a compact kernel that reaches 0.1 % of the keys | ${seconds(cull)}, ${((10 * dense) / cull).toFixed(0)} times faster than every pair |`,
      `| a bandwidth by leave-one-out at a million keys, one thread | ${seconds(onOneCore["leave-one-out, 1e6"])} |`,
      `| local lines of a million keys at 512 places, one thread | ${seconds(onOneCore["1e6 × 512, local line"])} |`,
      `| pairs a second at 16384 × 16384 in one coordinate, a software adapter | ${times("one thread per query", 16_384)} times the plain shader; ${times("jax-js", 1024)} times jax-js at 16384 × 1024 |`,
    ];
    const table = textOf("README.md").split("| problem | time |\n| --- | --- |\n")[1].split("\n\n")[0];
    expect(table.split("\n")).toEqual(rows);
  });

  test("the docs' front page has README's time for a million keys", () => {
    expect(textOf("docs/index.md")).toContain(
      `title: A million keys by a million queries in ${seconds(onOneCore["1e6 × 1e6, d = 1"])} on one core\n`,
    );
  });

  test("the tables of bench/results are those of its files", () => {
    expect(adapters.length).toBeGreaterThan(2);
    const tables = textOf("bench/results/README.md");
    const stale = adapters.filter((results) => !tables.includes(toMarkdown(results).trim()));
    expect(stale.map(({ adapter, where }) => `${adapter}, ${where}: npm run bench -- --table`)).toEqual([]);
  });

  test("tables leave out wrong answers, and name the size that a ratio is of", () => {
    const tables = textOf("bench/results/README.md");
    expect(tables).not.toContain("wrong");
    const rows = tables.split("\n").filter((line) => line.startsWith("| jax-js"));
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row).toMatch(/16384 × 1024.*we are [\d.]+ ×, at 16384 × 16384/);
  });

  test("slices take as long as the scheduler plans", () => {
    const pages = ["README.md", "ARCHITECTURE.md", "docs/guide/millions.md", "docs/reliability.md"];
    for (const page of pages) {
      const found = [...textOf(page).matchAll(/(?:slices of\s+about|planned to take) (\d+) ms/g)];
      expect(found, page).toHaveLength(1);
      expect(Number(found[0][1]), page).toBe(SLICE_MILLISECONDS);
    }
  });

  test("the typical error of the dense method is the largest that was measured, as a power of ten", () => {
    const errors = adapters
      .flatMap(({ rows }) => rows.filter(({ by, error }) => by === "nadaraya" && Number.isFinite(error)))
      .map(({ error }) => error);
    const typical = 10 ** Math.ceil(Math.log10(Math.max(...errors)));
    for (const page of ["README.md", "docs/accuracy.md", "docs/guide/millions.md"])
      expect(/typically (1e-\d+) or less/.exec(textOf(page))?.[1], page).toBe(typical.toExponential(0));
  });
});

describe("numbers of things", () => {
  const filesAt = (folder: string, end: string) =>
    readdirSync(join(root, folder)).filter((name) => name.endsWith(end)).length;

  test.each([
    ["README.md", /(\w+) kernels, radial or product/, kernelNames.length],
    ["docs/guide/regression.md", /\*\*Kernels\.\*\* (\w+), by name/, kernelNames.length],
    ["ARCHITECTURE.md", /\*\*(\w+) stages can be read as WGSL/, filesAt("shaders/texts", ".wgsl")],
    ["CONTRIBUTING.md", /and (\w+) shaders to `shaders\/texts\/`/, filesAt("shaders/texts", ".wgsl")],
    ["CONTRIBUTING.md", /breaks the code in (\w+) ways/, mutants.length],
    ["docs/reliability.md", /breaks the code in (\w+) ways/, mutants.length],
    ["docs/reliability.md", /every two of (\w+) features/, Object.keys(features).length],
  ] as const)("%s has %s", (page, pattern, count) => {
    const [, found] = pattern.exec(textOf(page)) ?? [];
    expect(WORDS[found?.toLowerCase()] ?? Number(found)).toBe(count);
  });

  test("docs/guide/regression.md names all kernels", () => {
    const [, list] = /by name: gaussian \(the default\), ([^.]*)\./.exec(textOf("docs/guide/regression.md"))!;
    expect(["gaussian", ...list.split(/,\s+/)]).toEqual(kernelNames);
  });
});

/** Numbers as the documents write them. */
const WORDS: Readonly<Record<string, number>> = {
  ...{
    five: 5,
    six: 6,
    seven: 7,
    eight: 8,
    sixteen: 16,
    seventeen: 17,
    eighteen: 18,
    nineteen: 19,
    twenty: 20,
  },
};
