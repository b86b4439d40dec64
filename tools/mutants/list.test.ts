/** Each change that `npm run mutants` makes can still be made. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../src/testing/app.ts";
import { mutants } from "./list.mjs";

test("what each mutant replaces occurs once in its file", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(40);
  const wrong = mutants.filter(({ file, find, replace }) => {
    const text = readFileSync(join(root, file), "utf8");
    return text.split(find).length !== 2 || replace === find;
  });
  expect(wrong).toEqual([]);
});
