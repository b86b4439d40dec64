/** Refuses outputs that would replace what a command reads. */
import { realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { inputReplacedBy, matchingFiles } from "../io/files.ts";
import { nameOfPath } from "../io/url.ts";
import { UsageError } from "./usage.ts";

/** @throws UsageError if the output is one of the inputs, by whatever path or link, or lies in the folder of results */
export async function checkReplacesNothing(
  output: string | undefined,
  files: readonly string[],
  { at, store }: { readonly at?: string; readonly store?: string } = {},
): Promise<void> {
  if (output === undefined || output === "-") return;
  const inputs = [...(await matchingFiles(files)), ...(at === undefined ? [] : [at])];
  const replaced = await inputReplacedBy(output, inputs);
  if (replaced !== undefined)
    throw new UsageError(
      `--output ${nameOfPath(output)} would replace ${nameOfPath(replaced)}, which is read: expected another file`,
    );
  if (store !== undefined && (await isInFolder(output, store)))
    throw new UsageError(
      `--output ${nameOfPath(output)} is in the folder of --store, whose files are results of tasks: expected another folder`,
    );
}

async function isInFolder(path: string, folder: string): Promise<boolean> {
  const [parent, outer] = await Promise.all(
    [dirname(path), folder].map((each) => realpath(each).catch(() => undefined)),
  );
  if (parent === undefined || outer === undefined) return false;
  const inside = relative(outer, join(parent, "file"));
  return inside !== ".." && !inside.startsWith(`..${sep}`);
}
