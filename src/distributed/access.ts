/** What the tasks of a queue may read. Whoever writes to the queue chooses their paths, so each worker has its own list. */
import { lookup } from "node:dns/promises";
import { realpath, stat } from "node:fs/promises";
import { isIP } from "node:net";
import { resolve, sep } from "node:path";
import { NadarayaError, show } from "../common/errors.ts";
import { reasonOf } from "../io/files.ts";
import { nameOfUrl } from "../io/url.ts";
import { guardedFetch, isPrivateAddress } from "./guarded-fetch.ts";
import { ShardError } from "./shard-error.ts";

/** Opens files and addresses, or refuses to. */
export interface Access {
  /** The path to read. @throws ShardError */
  file(path: string): Promise<string>;
  /** Reads addresses. */
  readonly fetch: typeof fetch;
}

/** For tasks of one's own process, which reads what its user may read. */
export const EVERYTHING: Access = {
  file: async (path) => path,
  fetch: (input, init) => fetch(input, init),
};

/** Addresses that begin with a prefix. */
interface AddressRule {
  readonly protocol: string;
  /** Every public host without it. */
  readonly host?: string;
  readonly path: string;
  /** Whether the host may be on this machine or in its network. */
  readonly isPrivate: boolean;
}

/**
 * @param allowed paths of files and folders, and addresses with which others begin ("https://" for every public host); undefined for every
 *   regular file and every public address
 * @throws NadarayaError "invalid-input" for a path that is not there, and an address that is none
 */
export async function accessTo(allowed: readonly string[] | undefined): Promise<Access> {
  const isAddress = (each: string) => /^[a-z][a-z0-9+.-]+:\/\//i.test(each);
  const rules = await Promise.all((allowed ?? ["https://", "http://"]).filter(isAddress).map(addressRule));
  const given = (allowed ?? [sep]).filter((each) => !isAddress(each));
  const folders = await Promise.all(given.map(folderOf));
  const lexical = given.map((path) => resolve(path));
  return {
    async file(path) {
      const refusal = new ShardError(
        "invalid-input",
        `this worker may not read ${show(path)}: nadaraya worker --allow <path> says what it reads`,
      );
      const absolute = resolve(path);
      const real = await realpath(absolute).catch((error: NodeJS.ErrnoException) => {
        // Of others it is not said whether they are there.
        if (![...lexical, ...folders].some((folder) => isInside(absolute, folder))) throw refusal;
        throw new ShardError("invalid-input", `${path} cannot be read: ${reasonOf(error)}`);
      });
      if (!folders.some((folder) => isInside(real, folder) && isOrdinary(real, folder))) throw refusal;
      if (!(await stat(real)).isFile())
        throw new ShardError("invalid-input", `${path} is no regular file, expected one`);
      return real;
    },
    fetch: guardedFetch((url) => {
      const rule = rules.find((each) => fits(url, each));
      if (rule) return rule;
      throw new ShardError(
        "invalid-input",
        `this worker may not read ${show(nameOfUrl(url.href))}: nadaraya worker --allow <address> says what it reads`,
      );
    }),
  };
}

const isInside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** Files that are made up by the system, and show processes or devices, are read only where their own folder is allowed. */
const MADE_UP = ["/proc", "/sys", "/dev"];

const isOrdinary = (path: string, folder: string): boolean =>
  MADE_UP.every((root) => !isInside(path, root) || isInside(folder, root));

async function folderOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new NadarayaError(
      "invalid-input",
      `${show(path)} cannot be allowed: ${reasonOf(error as NodeJS.ErrnoException)}`,
    );
  }
}

async function addressRule(prefix: string): Promise<AddressRule> {
  const every = /^(https?):\/\/$/i.exec(prefix);
  if (every) return { protocol: `${every[1].toLowerCase()}:`, path: "/", isPrivate: false };
  if (!URL.canParse(prefix) || !/^https?:\/\//i.test(prefix) || /[?#]/.test(prefix))
    throw new NadarayaError(
      "invalid-input",
      `${show(nameOfUrl(prefix))} cannot be allowed, expected the beginning of an address: https://host/path/`,
    );
  const { protocol, host, hostname, pathname } = new URL(prefix);
  return { protocol, host, path: pathname, isPrivate: await isPrivateHost(hostname) };
}

/** Whoever allows a host by its name allows where it is now: a name that is public now must not become a private one. */
async function isPrivateHost(hostname: string): Promise<boolean> {
  const plain = hostname.replace(/^\[|\]$/g, "");
  if (isIP(plain)) return isPrivateAddress(plain);
  const found = await lookup(plain, { all: true }).catch(() => []);
  return found.some(({ address }) => isPrivateAddress(address));
}

function fits({ protocol, host, pathname }: URL, rule: AddressRule): boolean {
  if (protocol !== rule.protocol || (rule.host !== undefined && host !== rule.host)) return false;
  if (rule.path === "/") return true;
  // Servers may decode a slash, and go up by it.
  if (/%2f|%5c/i.test(pathname)) return false;
  return pathname === rule.path || pathname.startsWith(rule.path.endsWith("/") ? rule.path : `${rule.path}/`);
}
