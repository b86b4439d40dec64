/** The version of this package, for --version. */
import { readFileSync } from "node:fs";

/** The package's own file lies some folders above, in the sources as in the package. */
function read(folder: URL): string {
  const file = new URL("package.json", folder);
  try {
    const { name, version } = JSON.parse(readFileSync(file, "utf8"));
    if (name === "nadaraya" || name === "nadaraya-cli") return version;
  } catch {
    // Not in this folder.
  }
  const above = new URL("..", folder);
  return above.href === folder.href ? "unknown" : read(above);
}

export const version = read(new URL(".", import.meta.url));
