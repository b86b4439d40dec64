/**
 * The rooms of the house, from the ground up: a file imports from its own floor's room and from floors below. `npm test` fails where an
 * import runs upward, and where imports form a circle.
 */
const floors = [
  ["^src/reference/"],
  ["^src/common/"],
  ["^src/data/"],
  ["^src/kernels/"],
  ["^src/problem/"],
  ["^shaders/", "^src/gpu/", "^src/workers/"],
  ["^src/methods/(method|results|cpu-method|gpu-method).ts"],
  ["^src/methods/transform/"],
  ["^src/methods/dense/"],
  ["^src/methods/cull/"],
  ["^src/methods/gauss-transform/", "^src/methods/sum-updating/"],
  ["^src/methods/expand/"],
  ["^src/engine/"],
  ["^src/weighting/"],
  ["^src/bandwidth/"],
  ["^src/estimators/", "^src/partials/"],
  ["^src/index.ts", "^src/plot.ts", "^src/io/", "^src/version.ts"],
  ["^src/web/"],
  ["^src/distributed/"],
  ["^src/cli/", "^demo/", "^bench/"],
];

const tests = "\\.test\\.ts$|^src/testing/";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...floors.slice(0, -1).map((rooms, floor) => ({
      name: `upward from ${rooms.join(" ").replaceAll(/[\^]/g, "")}`,
      severity: "error",
      from: { path: rooms, pathNot: tests },
      to: { path: floors.slice(floor + 1).flat(), pathNot: tests },
    })),
    { name: "circle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "production needs no tests",
      severity: "error",
      from: { pathNot: [tests, "^e2e/", "^bench/"] },
      to: { path: tests },
    },
    {
      name: "the reference imports nothing outside itself",
      severity: "error",
      from: { path: "^src/reference/", pathNot: tests },
      to: { pathNot: "^src/reference/" },
    },
    {
      name: "only the self-test and tests need the reference",
      severity: "error",
      from: { path: "^(src|shaders)/", pathNot: [tests, "^src/reference/", "^src/engine/self-test.ts"] },
      to: { path: "^src/reference/" },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(node_modules|dist|site|packages/.*/dist)" },
  },
};
