/** Files on other machines, by HTTP range requests: of a Parquet file no more than the columns and row groups that are read. */
import { NadarayaError } from "../common/errors.ts";
import { type FileState, isSameState, stateOfAnswer } from "./file-state.ts";
import { hyparquetPackage } from "./hyparquet.ts";
import type { AsyncBuffer } from "./parquet.ts";

export const isUrl = (path: string): boolean => /^https?:\/\//i.test(path);

/** A URL without its user, password and query, which may hold secrets: for messages, and for the ending of its name. */
export const nameOfUrl = (url: string): string =>
  url.replace(/[?#].*$/s, "").replace(/^([a-z][\w+.-]*:\/\/)[^/]*@/i, "$1");

/** How messages, reports and results name a path: an address, also one that is not read, without what may be secret. */
export const nameOfPath = (path: string): string =>
  /^[a-z][\w+.-]*:\/\//i.test(path) ? nameOfUrl(path) : path;

/** A file behind an address, and what the server says of it. */
export interface UrlFile extends AsyncBuffer {
  readonly state: FileState;
}

/**
 * @param request in place of `fetch`
 * @throws NadarayaError "invalid-input" where the server says that there is no such file, and where the file changes while it is read;
 *   "unavailable" where it cannot be reached
 */
export async function openUrl(url: string, request: typeof fetch = fetch): Promise<UrlFile> {
  const { address, authorization } = withoutUser(url);
  const { asyncBufferFromUrl } = await hyparquetPackage();
  let state: FileState | undefined;
  const unchanged: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    if (authorization !== undefined) headers.set("authorization", authorization);
    const answer = await request(input, { ...init, headers });
    // hyparquet asks for the first byte instead where HEAD is forbidden: signed addresses answer GET alone.
    if (init?.method === "HEAD" && !answer.ok) return new Response(null, { status: 403 });
    const response = await checked(answer);
    const found = stateOfAnswer(response.headers);
    state ??= found;
    if (!isSameState(state, found))
      throw new NadarayaError("invalid-input", `${nameOfUrl(url)} has changed while it was read`);
    return response;
  };
  const file = await readable(url, () => asyncBufferFromUrl({ url: address, fetch: unchanged }));
  return {
    byteLength: file.byteLength,
    slice: (start, end) => readable(url, async () => file.slice(start, end)),
    state: { ...state, bytes: file.byteLength },
  };
}

/** An address as `fetch` takes it, and its user and password as a header. @throws NadarayaError "invalid-input" for what is no address */
function withoutUser(url: string): { address: string; authorization?: string } {
  try {
    const parsed = new URL(url);
    const [user, password] = [parsed.username, parsed.password].map(decodeURIComponent);
    parsed.username = parsed.password = "";
    if (user === "" && password === "") return { address: parsed.href };
    return {
      address: parsed.href,
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    };
  } catch {
    throw new NadarayaError("invalid-input", `${nameOfUrl(url)} is no address, expected https://host/file`);
  }
}

async function readable<T>(url: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof NadarayaError) throw cause;
    const isLacking = cause instanceof Refusal && cause.status < 500 && cause.status !== 429;
    const why = reasonOf(cause);
    throw new NadarayaError(
      isLacking ? "invalid-input" : "unavailable",
      `${nameOfUrl(url)} cannot be read: ${why}`,
      { cause },
    );
  }
}

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ["ECONNREFUSED", "the connection is refused"],
  ["ENOTFOUND", "no such host is known"],
  ["EAI_AGAIN", "the name of the host cannot be looked up now"],
  ["ECONNRESET", "the connection was cut"],
  ["UND_ERR_SOCKET", "the connection was cut"],
  ["ETIMEDOUT", "no answer came in time"],
  ["UND_ERR_CONNECT_TIMEOUT", "no answer came in time"],
]);

/** Why an address cannot be read: of "fetch failed" the cause, by its code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error as { cause?: { code?: unknown; message?: unknown; errors?: { code?: unknown }[] } };
  const code = cause?.code ?? cause?.errors?.[0]?.code ?? cause?.message;
  // A longer text may quote the address.
  const isWord = typeof code === "string" && /^[\w ]{1,40}$/.test(code);
  return REASONS.get(code) ?? (isWord ? `${error.message} (${code})` : error.message);
}

class Refusal extends Error {
  readonly status: number;
  constructor({ status, statusText }: Response) {
    super(`the server answers ${status} ${statusText}`.trim());
    this.status = status;
  }
}

async function checked(response: Response): Promise<Response> {
  if (!response.ok) throw new Refusal(response);
  return response;
}
