import { expect, test } from "vitest";
import { inShellWords } from "./shell-words.ts";

test.each([
  ["queries[3] has no key within reach", "place 4 has no key within reach"],
  ["queries[0][1] is 5, as keys[2][0] is", "place 1 is 5, as the key of row 3 of kind a is"],
  ["sampleWeights[9] is -1, expected more", "the weight of row 10 of kind a is -1, expected more"],
  ["monkeys[3]", "monkeys[3]"],
])("%s", (message, words) => {
  expect(inShellWords(message, "kind a")).toBe(words);
  expect(inShellWords(message)).toBe(words.replace(" of kind a", ""));
});
