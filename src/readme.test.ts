/** Every piece of code in the README runs as it stands. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as nadaraya from "./index.ts";
import { draw } from "./testing/random.ts";

const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const pieces = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

const random = draw(91);
const keys = Float64Array.from({ length: 120 }, () => random.uniform(0, 5));
const values = keys.map((x) => Math.sin(x) + random.normal() / 5);
const labels = Array.from(values, (v) => (v > 0 ? "up" : "down"));
const given = {
  ...nadaraya,
  ...{ keys, values, labels, species: labels, truths: labels.slice(0, 20) },
  queries: keys.slice(0, 20),
  rows: Array.from({ length: 120 }, () => [random.normal(), random.normal()]),
  onProgress: () => {},
  console: { log: () => {} },
};

test("there is code in the README", () => expect(pieces.length).toBeGreaterThan(8));

test.each(pieces.map((code) => [code.split("\n").find((line) => !line.startsWith("import")), code]))(
  "%s",
  async (_, code) => {
    const body = code.replace(/^import .*$/gm, "");
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
    const declared = [...body.matchAll(/const (?:{ ([^}]*) }|(\w+))/g)].flatMap(([, several, one]) =>
      one ? [one] : several.split(", "),
    );
    const free = Object.keys(given).filter((name) => !declared.includes(name));
    const run = new AsyncFunction(...free, body);
    await run(...free.map((name) => given[name as keyof typeof given]));
  },
  60_000,
);
