import { NadarayaError } from "../common/errors.ts";

/** What browsers and bundlers say of a package that is not there; Node, Deno and webpack give a code. */
const NOT_FOUND =
  /^(Failed to resolve module specifier|The specifier .* was a bare specifier|Module name, .* does not resolve|Could not resolve|Cannot find (module|package))/i;

/**
 * Returns what to throw if `import(name)` failed: for a package that is not installed the command that installs it, else the cause.
 *
 * Each caller imports in its own `try`, by a literal name: esbuild and webpack then bundle without the package. Applications install the
 * packages of the formats that they use; `nadaraya-cli` has them all.
 */
export function importError(name: string, cause: unknown): unknown {
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  const isMissing =
    code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND" || NOT_FOUND.test(String(message));
  if (!isMissing) return cause;
  return new NadarayaError(
    "unsupported",
    `this needs the package ${name}, which is not installed: npm install ${name}`,
    { cause },
  );
}
