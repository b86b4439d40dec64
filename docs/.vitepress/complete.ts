/**
 * What a piece of the documentation's code needs to run as it is copied: imports, and data to try it with. The pages are written without
 * them, so that they stay short; the site shows them first, and src/readme.test.ts runs the completed pieces.
 */

/** The names that each module exports. */
export type Exports = Readonly<Record<string, readonly string[]>>;

/** Data by the names that the pages give them, and how to make some. */
const DATA: readonly (readonly [name: string, definition: string])[] = [
  ["keys", "const keys = Float64Array.from({ length: 120 }, (_, i) => (i * 3.09) % 5);"],
  ["values", "const values = keys.map((x) => Math.sin(x) + 0.2 * Math.sin(37 * x));"],
  ["labels", 'const labels = Array.from(values, (v) => (v > 0 ? "up" : "down"));'],
  ["species", 'const species = Array.from(values, (v) => (v > 0 ? "up" : "down"));'],
  ["truths", 'const truths = Array.from(values.slice(0, 20), (v) => (v > 0 ? "up" : "down"));'],
  ["queries", "const queries = keys.slice(0, 20);"],
  ["rows", "const rows = Array.from({ length: 120 }, (_, i) => [Math.cos(i), Math.sin(1.7 * i)]);"],
  [
    "cars",
    "const cars = Array.from(keys, (x, i) => ({ weight: x, mileage: values[i], origin: labels[i] }));",
  ],
  ["model", "const model = await KernelRegression.fit({ keys, values, bandwidth: 0.4 });"],
  ["onProgress", "const onProgress = ({ done, total }) => console.log(done / total);"],
];

/** Without comments and texts. */
const bare = (code: string) =>
  code
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(["'`])(?:\\.|(?!\1)[^\\\n])*\1/g, '""')
    .replace(/\/\/.*$/gm, "");

const uses = (code: string, name: string) =>
  new RegExp(`(?<![\\w$])(?<!(?<!\\.\\.)\\.)${name}(?![\\w$])(?!\\s*:(?!:))`).test(bare(code));

function declares(code: string, name: string): boolean {
  const declarations = bare(code).match(/(?:const|let|function|class|import)\s+[^=;(]*/g) ?? [];
  return declarations.some((text) => new RegExp(`(?<![\\w$])${name}(?![\\w$])(?!\\s*:)`).test(text));
}

/** The piece with what it needs before it. */
export function complete(code: string, exports: Exports): string {
  const needed: string[] = [];
  let whole = code;
  for (const [name, definition] of [...DATA].reverse()) {
    if (!uses(whole, name) || declares(code, name)) continue;
    needed.unshift(definition);
    whole = `${definition}\n${whole}`;
  }
  const imports: string[] = [];
  for (const [module, names] of Object.entries(exports)) {
    const own = names.filter((name) => uses(whole, name) && !declares(code, name));
    if (own.length > 0) imports.push(`import { ${own.join(", ")} } from "${module}";`);
  }
  if (imports.length === 0 && needed.length === 0) return code;
  const isImport = (line: string) => /^import .*;\s*$/.test(line);
  const lines = code.split("\n");
  const given = lines.filter(isImport);
  const rest = lines
    .filter((line) => !isImport(line))
    .join("\n")
    .replace(/^\n+/, "");
  const data = needed.length > 0 ? `// Something to try it with.\n${needed.join("\n")}\n\n` : "";
  return `${[...imports, ...given].join("\n")}\n\n${data}${rest}`;
}

/** The names that a file exports, by its text. */
export const exportsIn = (text: string): string[] => [
  ...[...text.matchAll(/^export (?:async )?(?:function|class|const) (\w+)/gm)].map(([, name]) => name),
  ...[...text.matchAll(/^export {([^}]*)}/gm)].flatMap(([, names]) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type ")),
  ),
];
