/** The packages in applications of others: installed by npm beside packages that they have, and compiled by older versions of TypeScript. Needs npm's registry. */
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { App, packageOf } from "./testing/app.ts";
import { packed } from "./testing/packed.ts";
import { TYPED } from "./testing/typed-app.ts";

/** The file that npm publishes, copied into an app; returns its name. */
function archiveIn(app: App, folder: string): string {
  const source = dirname(packed(folder).folder);
  const name = readdirSync(source).find((each) => each.endsWith(".tgz"))!;
  copyFileSync(join(source, name), join(app.folder, name));
  return `./${name}`;
}

const answers = spawnSync("npm", ["view", "commander@13.1.0", "version"], { timeout: 120_000 }).status === 0;
// Reporters list a skipped test without its reason.
if (!answers)
  console.error("The tests of applications of others are skipped: npm's registry does not answer");

const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];

test.runIf(answers).each(["commander@13", "bullmq@5", "apache-arrow@17", "@webgpu/types@0.1.40"])(
  "npm installs it beside %s",
  (other) => {
    const app = new App();
    app.run("npm", "install", "--package-lock-only", ...QUIET, other, archiveIn(app, "."));
  },
);

test.runIf(answers)("npm installs the command for all users, alone and with the library", () => {
  const app = new App();
  const prefix = join(app.folder, "global");
  const command = archiveIn(app, "packages/nadaraya-cli");
  for (const packages of [[command], [archiveIn(app, "."), command]]) {
    app.run("npm", "install", "--global", "--prefix", prefix, ...QUIET, ...packages);
    expect(app.run(join(prefix, "bin/nadaraya"), "--version").trim()).toBe(packageOf(".").version);
  }
});

const VERSIONS = ["5.2", "5.4", "5.7", "5.9", "6", "7"];
const LIBRARIES = [
  { lib: ["es2022", "dom"], types: [] },
  { lib: ["esnext", "dom", "dom.iterable"], types: [] },
  { lib: ["es2022"], types: ["node"] },
];
const MODULES = { bundler: "esnext", nodenext: "nodenext" };
const SETTINGS = LIBRARIES.flatMap((libraries) =>
  Object.entries(MODULES).map(([moduleResolution, module]) => ({ libraries, moduleResolution, module })),
);

describe.runIf(answers)("TypeScript", () => {
  const app = new App();
  beforeAll(() => {
    const compilers = VERSIONS.map((version) => `typescript-${version}@npm:typescript@${version}`);
    app.run("npm", "install", ...QUIET, archiveIn(app, "."), "@types/node@20", ...compilers);
    app.write("main.ts", TYPED);
  });

  test.each(VERSIONS)("%s compiles an application without skipLibCheck", (version) => {
    const place = VERSIONS.indexOf(version);
    // Two settings for each version, all six within three of them.
    for (const { libraries, moduleResolution, module } of [0, 1].map((i) => SETTINGS[(2 * place + i) % 6])) {
      const compilerOptions = {
        ...{ ...libraries, module, moduleResolution, target: "es2022" },
        ...{ strict: true, noEmit: true, skipLibCheck: false },
      };
      app.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["main.ts"] }));
      app.run("node", `node_modules/typescript-${version}/bin/tsc`, "-p", ".");
    }
  });
});

test.runIf(answers)("publint and attw find nothing wrong with the package", () => {
  const app = new App();
  app.run("npm", "install", ...QUIET, "publint@0.3", "@arethetypeswrong/cli@0.18");
  const archive = archiveIn(app, ".");
  expect(app.run("node_modules/.bin/publint", "run", "--strict", archive)).toContain("All good!");
  // The package has modules only; CommonJS imports them by `import()`, or by `require` from Node 20.19 on.
  app.run("node_modules/.bin/attw", archive, "--profile", "esm-only");
});
