/** Files on other machines, by HTTP range requests: of a Parquet file no more than the columns and row groups that are read. */
import { NadarayaError } from "../common/errors.ts";
import { loadPackage } from "./load-package.ts";
import type { AsyncBuffer } from "./parquet.ts";

export const isUrl = (path: string): boolean => /^https?:\/\//i.test(path);

/** A URL without its query, which may hold a secret: for messages, and for the ending of its name. */
export const nameOfUrl = (url: string): string => url.replace(/[?#].*$/, "");

/** @throws NadarayaError "invalid-input" where the server says that there is no such file; "unavailable" where it cannot be reached */
export async function openUrl(url: string): Promise<AsyncBuffer> {
  const { asyncBufferFromUrl } = await loadPackage("hyparquet", () => import("hyparquet"));
  const file = await readable(url, () => asyncBufferFromUrl({ url, fetch: checkedFetch }));
  return {
    byteLength: file.byteLength,
    slice: (start, end) => readable(url, async () => file.slice(start, end)),
  };
}

async function readable<T>(url: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const isLacking = cause instanceof Refusal && cause.status < 500 && cause.status !== 429;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new NadarayaError(
      isLacking ? "invalid-input" : "unavailable",
      `${nameOfUrl(url)} cannot be read: ${why}`,
      { cause },
    );
  }
}

class Refusal extends Error {
  readonly status: number;
  constructor({ status, statusText }: Response) {
    super(`the server answers ${status} ${statusText}`.trim());
    this.status = status;
  }
}

const checkedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (!response.ok) throw new Refusal(response);
  return response;
};
