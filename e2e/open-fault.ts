/** Tests in a browser of faults that are known and not mended yet: the rules of src/testing/open-faults.ts, in Playwright. */
import { expect as anyExpect, type Page } from "playwright/test";
import type { Issue } from "../src/testing/open-faults.ts";
import { test } from "./page.ts";

/** Waits one second: the page has finished its work before anything is expected of it. */
export const expect = anyExpect.configure({ timeout: 1000 });

/**
 * Declares a test, for example "open R (pages 3): each curve ends where its group's rows end". `prepare` brings the page to the fault
 * and must succeed. `check` must fail an `expect`; every other error, and no error, turn the test red.
 */
export function openFault<Prepared>(
  issue: Issue,
  finding: string,
  name: string,
  prepare: (page: Page) => Promise<Prepared>,
  check: (page: Page, prepared: Prepared) => Promise<void> | void,
): void {
  test(`open ${issue} (${finding}): ${name}`, { tag: "@wide" }, async ({ page }, info) => {
    const prepared = await prepare(page);
    const description = await mustFail(
      () => check(page, prepared),
      `the fault is mended: make it a test, and tell issue ${issue}`,
    );
    info.annotations.push({ type: "open fault", description });
  });
}

/** Returns the message of the failed assertion. Throws an Error with `mended` if there is none, and every other error as it is. */
export async function mustFail(body: () => Promise<void> | void, mended: string): Promise<string> {
  try {
    await body();
  } catch (error) {
    if (error instanceof Error && "matcherResult" in error) return error.message;
    throw error;
  }
  throw new Error(mended);
}
