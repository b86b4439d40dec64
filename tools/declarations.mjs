/**
 * Makes the compiled declarations ones that every TypeScript from 5.2 on reads, whatever libraries and packages it loads, also without `skipLibCheck`:
 *
 * - typed arrays over an ArrayBuffer: before 5.7 they have no type parameter;
 * - WebGPU: TypeScript 6 has it, and clashes with the package @webgpu/types, which earlier ones need;
 * - `Symbol.dispose`: of the library esnext.disposable;
 * - types of packages that applications install only if they use them.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const WEBGPU = `/**
 * Types of WebGPU: those of TypeScript or of the package @webgpu/types where one of them is loaded, else what can be said without them.
 */
type Global<Name extends string, Otherwise> = typeof globalThis extends { readonly [name in Name]: { prototype: infer Type } }
  ? Type
  : Otherwise;

/** A buffer on a GPU. */
export type GPUBuffer = Global<
  "GPUBuffer",
  { readonly size: number; readonly usage: number; readonly mapState: string; destroy(): void }
>;
/** A device, which an application has requested from its adapter. */
export type GPUDevice = Global<
  "GPUDevice",
  { readonly queue: object; readonly limits: object; readonly features: object; destroy(): void }
>;
export type GPUPowerPreference = "low-power" | "high-performance";
export type GPUErrorFilter = "validation" | "out-of-memory" | "internal";
`;
const OPTIONAL_IMPORT = /^import type .* from "(apache-arrow|bullmq|hyparquet|ioredis)";$/;
const DECLARED = ["GPUBuffer", "GPUDevice", "GPUPowerPreference", "GPUErrorFilter"];

/** Types that only declarations of internals name. */
const internalType = (name) => `export type ${name} = Global<"${name}", any>;\n`;

/** Rewrites the `.d.ts` files below a folder, and their maps. */
export function prepareDeclarations(dist) {
  const names = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".d.ts"),
  );
  const internal = new Set();
  for (const name of names) {
    const path = join(dist, name);
    const text = readFileSync(path, "utf8");
    const used = namesOfWebGpu(text);
    for (const type of used) if (!DECLARED.includes(type)) internal.add(type);
    const webgpu = relative(dirname(path), join(dist, "webgpu.d.ts")).replaceAll("\\", "/");
    const above = [
      /\b(Symbol\.dispose|Disposable)\b/.test(text) && '/// <reference lib="esnext.disposable" />',
      used.length > 0 &&
        `import type { ${used.join(", ")} } from "${webgpu.startsWith(".") ? webgpu : `./${webgpu}`}";`,
    ].filter(Boolean);
    const lines = text.split("\n").map(withOldArrays);
    for (const [i, line] of lines.entries())
      if (OPTIONAL_IMPORT.test(line)) lines[i] = `// @ts-ignore: it may not be installed\n${line}`;
    lines[0] = [...above, lines[0]].join("\n");
    const prepared = lines.join("\n");
    if (prepared === text) continue;
    writeFileSync(path, prepared);
    shiftMap(`${path}.map`, lines);
  }
  writeFileSync(join(dist, "webgpu.d.ts"), WEBGPU + [...internal].sort().map(internalType).join(""));
}

/** The types of WebGPU in a text, without its comments. */
const namesOfWebGpu = (text) => [
  ...new Set(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "").match(/\bGPU\w*/g) ?? []),
];

/** An array that a method of TypeScript's own types returns has the type parameter wherever there is one. */
const withOldArrays = (line) =>
  line
    .replace(/\bArrayBufferView<ArrayBuffer>/g, "ArrayBufferView")
    .replace(/\b(\w+Array)<ArrayBufferLike>/g, "$1")
    .replace(/\b(\w+Array)<ArrayBuffer>/g, 'ReturnType<$1Constructor["of"]>');

/** @param lines each with the lines that were inserted before it */
function shiftMap(path, lines) {
  if (!existsSync(path)) return;
  const map = JSON.parse(readFileSync(path, "utf8"));
  const mapped = map.mappings.split(";");
  const mappings = mapped.map((mapping, i) => ";".repeat((lines[i] ?? "").split("\n").length - 1) + mapping);
  writeFileSync(path, JSON.stringify({ ...map, mappings: mappings.join(";") }));
}
