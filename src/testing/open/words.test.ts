/** Open faults of help, messages and documentation. */
// cspell:ignore extrapolat lowess standardi
import { readdirSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { program } from "../../cli/program.ts";
import { Engine, KernelRegression } from "../../index.ts";
import { openFault } from "../open-faults.ts";

const root = new URL("../../../", import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, root), "utf8");

/** What `--help` says of each option and argument. */
const descriptions = (command: Command): string[] => [
  ...command.options.map(({ long, description }) => `${long}: ${description}`),
  ...command.registeredArguments.map((argument) => `<${argument.name()}>: ${argument.description}`),
  ...command.commands.flatMap(descriptions),
];

test("help describes an option by a whole phrase", () => {
  const fragment = /: (of|so many|as (for|wide)|how many)\b/;
  expect(descriptions(program()).filter((each) => fragment.test(each))).toEqual([]);
});

test("a message about one query has no others in it", async () => {
  const engine = await Engine.create({ backend: "cpu", workers: 0 });
  const input = { keys: [0, 1], values: [0, 1], kernel: "boxcar", bandwidth: 0.1 } as const;
  const model = await KernelRegression.fit(input, { engine });
  const message = await model.predict([5], { empty: "error" }).then(
    () => "",
    (error: Error) => error.message,
  );
  expect(message).toContain("queries[0]");
  expect(message).not.toMatch(/\b0 others\b/);
});

const pages = ["docs", "docs/guide"].flatMap((folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith(".md"))
    .map((name) => textOf(`${folder}/${name}`)),
);

test("the pages of the documentation are read", () => {
  expect(pages.length).toBeGreaterThan(15);
  expect(pages.some((page) => page.includes("bandwidth"))).toBe(true);
});

openFault("X", "newcomer A3", "each word that people search for stands on a page", () => {
  const words = [
    "categorical",
    "Safari",
    "haversine",
    "LOESS",
    "lowess",
    "robust",
    "extrapolat",
    "standardi",
  ];
  words.push("pandas", "multivariate", "periodic", "heatmap", "license|licence", "React");
  expect(words.filter((word) => !pages.some((page) => new RegExp(word, "i").test(page)))).toEqual([]);
});

openFault("X", "newcomer A9", "pages of the API leave protected members out", () => {
  expect(JSON.parse(textOf("docs/typedoc.json"))).toMatchObject({ excludeProtected: true });
});

openFault("X", "newcomer A9", "the sidebar leads to each class of the API", () => {
  const config = textOf("docs/.vitepress/config.ts");
  expect(config).toMatch(/KernelDensity|typedoc-sidebar/);
});
