import { NadarayaError } from "../common/errors.ts";

/**
 * A package that only some formats need, and that applications install with nadaraya if they use those; `nadaraya-cli` has them all.
 * @throws NadarayaError "unsupported" with the command that installs it
 */
export async function loadPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const code = (cause as { code?: unknown } | null)?.code;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
    throw new NadarayaError(
      "unsupported",
      `this needs the package ${name}, which is not installed: npm install ${name}`,
      {
        cause,
      },
    );
  }
}
