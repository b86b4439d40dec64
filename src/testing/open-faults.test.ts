import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { mustFail, openFault } from "./open-faults.ts";

const MENDED = "mended";

test("an open fault is green while an assertion fails", async () => {
  await mustFail(() => expect(1).toBe(2), MENDED);
  await mustFail(async () => expect(await Promise.resolve(1)).toBe(2), MENDED);
  await mustFail(() => expect(Promise.resolve(1)).rejects.toThrow(), MENDED);
  await mustFail(() => expect.fail("never"), MENDED);
});

test("an open fault is green while a property fails by an assertion", async () => {
  const small = (number: number) => {
    expect(number).toBeLessThan(5);
  };
  await mustFail(() => fc.assert(fc.property(fc.nat(), small)), MENDED);
});

test("an open fault is red once its assertions hold", async () => {
  await expect(mustFail(() => expect(1).toBe(1), MENDED)).rejects.toThrow(MENDED);
  await expect(mustFail(async () => {}, MENDED)).rejects.toThrow(MENDED);
});

test("an open fault is red by any other error, which is shown", async () => {
  const typo = () => {
    throw new TypeError("x is not a function");
  };
  await expect(mustFail(typo, MENDED)).rejects.toThrow(TypeError);
  await expect(mustFail(async () => typo(), MENDED)).rejects.toThrow("x is not a function");
  const property = () => fc.assert(fc.property(fc.nat(), typo));
  await expect(mustFail(property, MENDED)).rejects.toMatchObject({
    cause: { message: "x is not a function" },
  });
});

let name: string | undefined;
afterAll(() => expect(name).toBe("open N (its own test): is named by its issue and finding"));
openFault("N", "its own test", "is named by its issue and finding", () => {
  name = expect.getState().currentTestName;
  expect(name).toBe("");
});
