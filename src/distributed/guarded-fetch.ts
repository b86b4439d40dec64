/** HTTP for workers: every address is checked, also those of redirects, and by the number to which its name resolves as it connects. */
import { lookup } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { ShardError } from "./shard-error.ts";

const MOST_REDIRECTS = 5;
/** Milliseconds without a byte. */
const PATIENCE = 30_000;

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  PRIVATE.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ["::", 96],
  ["64:ff9b::", 16],
  ["2001::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 9],
  ["ff00::", 8],
] as const)
  PRIVATE.addSubnet(network, prefix, "ipv6");

/**
 * Whether an address is this machine's, its network's, or no host's: RFC 6890, with what carries IPv4 inside IPv6. IPv4 as IPv6
 * (::ffff:127.0.0.1) is compared as IPv4.
 */
export const isPrivateAddress = (address: string): boolean =>
  PRIVATE.check(address.replace(/%.*$/, ""), isIP(address.replace(/%.*$/, "")) === 6 ? "ipv6" : "ipv4");

/** @param allow returns whether an address may be private. @throws what `allow` throws, also for a redirect's; ShardError for a private address */
export function guardedFetch(allow: (url: URL) => { readonly isPrivate: boolean }): typeof fetch {
  return async (input, init = {}) => {
    let url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init.headers);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const response = await send(url, { ...init, headers }, allow(url).isPrivate);
      const target = response.headers.get("location");
      if (target === null || ![301, 302, 303, 307, 308].includes(response.status)) return response;
      await response.body?.cancel();
      const next = new URL(target, url);
      if (next.origin !== url.origin) headers.delete("authorization");
      url = next;
    }
    throw new ShardError("invalid-input", `${url.host} redirects more than ${MOST_REDIRECTS} times`);
  };
}

const refusal = (host: string) =>
  new ShardError(
    "invalid-input",
    `${host} is an address of this machine or its network, which a worker reads only where --allow names it`,
  );

const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    if (addresses.some(({ address }) => isPrivateAddress(address))) return callback(refusal(hostname), []);
    if (options.all) return callback(null, addresses);
    callback(null, addresses[0].address, addresses[0].family);
  });
};

function send(url: URL, init: RequestInit, isPrivate: boolean): Promise<Response> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!isPrivate && isIP(host) && isPrivateAddress(host)) throw refusal(host);
  const { method = "GET", signal } = init;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
      ...{ method, headers: Object.fromEntries(new Headers(init.headers)), timeout: PATIENCE },
      ...{ signal: signal ?? undefined, lookup: isPrivate ? undefined : publicLookup },
    });
    request.once("error", reject);
    request.once("timeout", () => request.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
    request.once("response", (answer) => {
      const { statusCode = 500, statusMessage, headers } = answer;
      const isEmpty = method === "HEAD" || [204, 205, 304].includes(statusCode);
      if (isEmpty) answer.resume();
      const lines = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]);
      resolve(
        new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), {
          ...{ status: statusCode, statusText: statusMessage, headers: lines },
        }),
      );
    });
    request.end();
  });
}
