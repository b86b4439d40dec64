/** Open faults of the package in other people's bundlers (issue P). */
import { build } from "esbuild";
import { expect } from "vitest";
import { App, packageOf } from "../app.ts";
import { openFault } from "../open-faults.ts";

openFault("P", "library B1", "bundles a reader of CSV with the one package that it needs", async () => {
  const app = new App();
  app.install(".", "nadaraya");
  for (const name of [...Object.keys(packageOf(".").dependencies), "papaparse"]) app.link(name);
  app.write(
    "entry.js",
    'import { readCsv } from "nadaraya/io";\nconsole.log((await readCsv("a\\n1\\n")).rows);',
  );
  const { errors } = await build({
    ...{ entryPoints: [`${app.folder}/entry.js`], bundle: true, format: "esm", platform: "neutral" },
    ...{ mainFields: ["module", "main"], write: false, logLevel: "silent", preserveSymlinks: true },
  }).catch((error: { errors: { text: string }[] }) => error);
  expect(errors.map(({ text }) => text)).toEqual([]);
});
