/**
 * `npm run api`: writes api/*.d.ts, one report for each entry point of the package: the declarations of all exported names, then those
 * of the types that they use, without comments and without members for internal use. `src/api.test.ts` compares them, so that a diff shows each change of the public types.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "vite";
import { readArguments } from "./arguments.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { exports: entries } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

class NotCompiled extends Error {}

/** The report of each entry point that has types, by its file in api/. */
export function apiReports() {
  const folder = mkdtempSync(join(tmpdir(), "nadaraya-api-"));
  const args = ["tsc", "-p", "tsconfig.build.json", "--emitDeclarationOnly", "--outDir", folder];
  try {
    execFileSync("npx", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  } catch {
    rmSync(folder, { recursive: true });
    throw new NotCompiled("the library does not compile: TypeScript says why above");
  }
  const declarations = new Declarations();
  /** Declarations that an earlier report has. */
  const described = new Set();
  const reports = Object.entries(entries).flatMap(([entry, { types }]) => {
    if (!types) return [];
    const name = join("nadaraya", entry);
    const text = reportOf(name, join(folder, types.replace("./dist/", "")), declarations, described);
    return [[`${name.replaceAll("/", "-")}.d.ts`, text]];
  });
  rmSync(folder, { recursive: true });
  return Object.fromEntries(reports);
}

function reportOf(name, file, declarations, described) {
  const exported = declarations
    .exportsOf(file)
    .map(([publicName, found]) => ({ publicName, ...found }))
    .toSorted((a, b) => compareNames(a.publicName, b.publicName));
  const seen = new Set([...described, ...exported.map(({ id }) => id)]);
  const used = [];
  const queue = [...exported];
  while (queue.length > 0)
    for (const next of queue.pop().uses()) {
      if (seen.has(next.id) || isInternal(next.text)) continue;
      seen.add(next.id);
      used.push(next);
      queue.push(next);
    }
  for (const id of seen) described.add(id);
  const texts = (list) =>
    list.map(({ text, name: local, publicName = local }) =>
      publicName === local ? text : `${text}\n// exported as ${publicName}`,
    );
  return [
    `// The public types of ${name}, written by \`npm run api\`.`,
    ...texts(exported),
    "// Types that these use, which are neither exported here nor in another report.",
    ...texts(used.toSorted((a, b) => compareNames(a.name, b.name) || compareNames(a.text, b.text))),
    "",
  ].join("\n\n");
}

/** Declarations that users cannot name and do not call: classes that are not exported, and long constants of which only a type is taken. */
const isInternal = (text) =>
  /^(abstract )?class /.test(text) || (text.startsWith("const ") && text.split("\n").length > 10);

const compareNames = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Reads the declarations of emitted files, each once. */
class Declarations {
  #files = new Map();

  /** The exported names of a file, with what they declare. */
  exportsOf(file) {
    const { exported, names } = this.#read(file);
    return exported.flatMap(([name, source]) => {
      if (name === "*") return this.exportsOf(source.file);
      const found = source ? this.#find(source.file, source.name) : names.get(name);
      if (!found) throw new Error(`${file} exports ${name}, which is not declared`);
      return [[name, found]];
    });
  }

  /** The declaration of a name that a file declares, imports or exports; undefined if it comes from another package. */
  #find(file, name) {
    const { names, imports, exported } = this.#read(file);
    if (names.has(name)) return names.get(name);
    const source = imports.get(name) ?? exported.find(([exportedName]) => exportedName === name)?.[1];
    return source?.file ? this.#find(source.file, source.name) : undefined;
  }

  #read(file) {
    const known = this.#files.get(file);
    if (known) return known;
    const code = readFileSync(file, "utf8");
    const { program, comments, errors } = parseSync(file, code);
    if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
    const read = { names: new Map(), imports: new Map(), exported: [] };
    this.#files.set(file, read);
    const fileOf = ({ value }) =>
      value.startsWith(".") ? join(dirname(file), value.replace(/\.[jt]s$/, ".d.ts")) : undefined;
    const declare = (name, statement) => {
      const earlier = read.names.get(name); // of overloads
      const text = [earlier?.text, textOf(code, statement, comments)].filter(Boolean).join("\n");
      const uses = () => [
        ...(earlier?.uses() ?? []),
        ...typeNamesIn(code, statement, comments)
          .map(({ name: used, source }) =>
            source ? this.#find(fileOf(source), used) : this.#find(file, used),
          )
          .filter(Boolean),
      ];
      read.names.set(name, { id: `${file} ${name}`, name, text, uses });
    };
    for (const statement of program.body) {
      if (statement.type === "ImportDeclaration") {
        const from = fileOf(statement.source);
        for (const { local, imported } of statement.specifiers)
          read.imports.set(local.name, { file: from, name: imported?.name ?? "*" });
        continue;
      }
      if (statement.type === "ExportAllDeclaration") {
        read.exported.push(["*", { file: fileOf(statement.source) }]);
        continue;
      }
      const declaration = statement.declaration ?? statement;
      const list = declaration.declarations ?? (declaration.id ? [declaration] : []);
      for (const { id } of list) {
        declare(id.name, statement);
        if (declaration !== statement && !read.exported.some(([name]) => name === id.name))
          read.exported.push([id.name]);
      }
      for (const { local, exported } of statement.specifiers ?? []) {
        const source = { file: statement.source ? fileOf(statement.source) : file, name: local.name };
        read.exported.push([exported.name, source]);
      }
    }
    return read;
  }
}

/** Whether only the class itself, its subclasses or the estimators use this member. */
const isHidden = ({ accessibility, start, type }, code, comments) =>
  accessibility === "private" ||
  accessibility === "protected" ||
  (type === "MethodDefinition" &&
    comments.some(
      ({ end, value }) =>
        end <= start && value.startsWith("* For estimators:") && code.slice(end, start).trim() === "",
    ));

/** A statement's text without comments and hidden members. */
function textOf(code, statement, comments) {
  const cuts = comments.map(({ start, end }) => [start, end]);
  const { body } = statement.declaration ?? statement;
  for (const member of body?.body ?? [])
    if (isHidden(member, code, comments) || member.key?.type === "PrivateIdentifier")
      cuts.push([member.start, member.end]);
  let text = "";
  let at = statement.start;
  for (const [start, end] of cuts.toSorted((a, b) => a[0] - b[0])) {
    if (start < at || end > statement.end) continue;
    text += code.slice(at, start);
    at = end;
  }
  text += code.slice(at, statement.end);
  return text
    .replace(/^export declare |^declare |^export /, "")
    .split("\n")
    .map((line) => line.trimEnd().replace(/^( {4})+/, (spaces) => " ".repeat(spaces.length / 2)))
    .filter((line) => line.trim() !== "")
    .join("\n");
}

/** The names of types and values that a declaration refers to, and the file of those that it imports in place. */
function typeNamesIn(code, statement, comments) {
  const names = [];
  const leftOf = (name) => (name.type === "TSQualifiedName" ? leftOf(name.left) : name.name);
  const visit = (node) => {
    if (Array.isArray(node)) {
      for (const each of node) visit(each);
      return;
    }
    if (typeof node?.type !== "string") return;
    if (isHidden(node, code, comments)) return;
    if (node.type === "TSTypeReference") names.push({ name: leftOf(node.typeName) });
    if (node.type === "TSTypeQuery" && node.exprName.type !== "TSImportType")
      names.push({ name: leftOf(node.exprName) });
    if (node.type === "TSImportType" && node.qualifier && node.source.value.startsWith("."))
      names.push({ name: leftOf(node.qualifier), source: node.source });
    if (node.type === "TSInterfaceHeritage" || node.type === "TSClassImplements")
      names.push({ name: node.expression.name });
    if (node.superClass?.type === "Identifier") names.push({ name: node.superClass.name });
    for (const value of Object.values(node)) visit(value);
  };
  visit(statement);
  return names.filter(({ name }) => name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readArguments({ command: "npm run api", about: "Writes the public types of each entry point to api/." });
  mkdirSync(join(root, "api"), { recursive: true });
  try {
    for (const [name, text] of Object.entries(apiReports())) {
      writeFileSync(join(root, "api", name), text);
      console.log(`api/${name}: ${text.split("\n").length} lines`);
    }
  } catch (error) {
    if (!(error instanceof NotCompiled)) throw error;
    console.error(`✗ ${error.message}`);
    process.exit(1);
  }
}
