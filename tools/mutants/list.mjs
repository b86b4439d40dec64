/**
 * Changes that break the code, one at a time: each must turn a test of the fast ring red (`npm run mutants`). `find` occurs once in the
 * file; `tests` are the files of tests that are run first, before all others.
 */
const kernels = "src/kernels/builtin.ts";
const encode = "src/methods/dense/gpu/encode.ts";
const plan = "src/methods/dense/gpu/plan.ts";
const criteria = "src/bandwidth/criteria.ts";
const search = "src/bandwidth/search.ts";
const local = "src/estimators/local-polynomial/local-fit.ts";
const leaveOneOut = "src/engine/leave-one-out.ts";
const errors = "src/estimators/uncertainty/standard-error.ts";
const column = "src/io/typing/column.ts";
const readers = "src/io/typing/column-readers.ts";
const dates = "src/io/typing/dates.ts";
const numbers = "src/io/typing/number-forms.ts";
const job = "src/distributed/run-job.ts";
const context = "src/distributed/job-context.ts";
const state = "demo/explore/state.ts";
const weights = "src/estimators/query-weights/query-weights.ts";

const kernelTests = ["src/kernels", "src/estimators/oracle.test.ts"];
const precisionTests = [
  "src/methods/dense/gpu/encode.test.ts",
  "src/estimators/oracle.test.ts",
  "src/estimators/far.test.ts",
  "src/estimators/layouts",
];
const planTests = ["src/methods/limits.test.ts"];
const bandwidthTests = ["src/bandwidth", "src/estimators/covering.test.ts"];
const polynomialTests = ["src/estimators/local-polynomial", "src/estimators/uncertainty"];
const typingTests = ["src/io", "src/cli/files.test.ts"];
const jobTests = ["src/distributed/job-names", "src/distributed/job-context", "src/distributed/run-job"];
const explorerTests = ["demo/explore"];
const coveringTests = ["src/estimators/query-weights", "src/estimators/covering.test.ts"];

/** @type {readonly { area: string; file: string; find: string; replace: string; tests: readonly string[] }[]} */
export const mutants = [
  {
    area: "kernels",
    file: kernels,
    find: `matern("matern52", Math.sqrt(5), 1, 1 / 3)`,
    replace: `matern("matern52", Math.sqrt(5), 1, 1 / 4)`,
    tests: kernelTests,
  },
  {
    area: "kernels",
    file: kernels,
    find: `polynomial("tricube", 3, 3)`,
    replace: `polynomial("tricube", 3, 2)`,
    tests: kernelTests,
  },
  {
    area: "kernels",
    file: kernels,
    find: "return exp2(-x) / (t * t);",
    replace: "return exp2(-x) / t;",
    tests: kernelTests,
  },
  {
    area: "kernels",
    file: kernels,
    find: `powerLaw("rational-quadratic", Math.SQRT1_2)`,
    replace: `powerLaw("rational-quadratic", 1)`,
    tests: kernelTests,
  },
  {
    area: "kernels",
    file: kernels,
    find: "alpha: (u) => (u <= 1 ? 1 : 0),",
    replace: "alpha: (u) => (u < 1 ? 1 : 0),",
    tests: kernelTests,
  },
  {
    area: "kernels",
    file: kernels,
    find: "logAlpha: (u) => (-u * u) / 2,",
    replace: "logAlpha: (u) => (-u * u) / 2.001,",
    tests: kernelTests,
  },
  {
    area: "kernels",
    file: kernels,
    find: "logAlpha: (u) => Math.log(2 / Math.PI) - u - Math.log1p(Math.exp(-2 * u)),",
    replace: "logAlpha: (u) => Math.log(2 / Math.PI) - u - Math.log1p(Math.exp(-u)),",
    tests: kernelTests,
  },
  {
    area: "precision",
    file: encode,
    find: "means: 1.4e-11,",
    replace: "means: 1.4e-20,",
    tests: precisionTests,
  },
  {
    area: "precision",
    file: encode,
    find: "totals: 6e-6 }",
    replace: "totals: 6e-16 }",
    tests: precisionTests,
  },
  {
    area: "precision",
    file: encode,
    find: "const MOST_CHANGE = 8e-6;",
    replace: "const MOST_CHANGE = 8e-3;",
    tests: precisionTests,
  },
  {
    area: "precision",
    file: encode,
    find: "const FLOAT_EXTENT = 8;",
    replace: "const FLOAT_EXTENT = 8000;",
    tests: precisionTests,
  },
  {
    area: "precision",
    file: encode,
    find: "near < edge || (sum < LEAST_SUM",
    replace: "(sum < LEAST_SUM",
    tests: precisionTests,
  },
  {
    area: "precision",
    file: encode,
    find: "const FIXED_EXTENT = 1e4;",
    replace: "const FIXED_EXTENT = 1e9;",
    tests: precisionTests,
  },
  {
    area: "plans",
    file: plan,
    find: "Math.min(byMemory, byTime, byThreads)",
    replace: "Math.min(byMemory, byTime)",
    tests: planTests,
  },
  {
    area: "plans",
    file: plan,
    find: "    limits.maxStorageBufferBindingSize,\n    limits.maxBufferSize,\n    Math.max(",
    replace: "    limits.maxBufferSize,\n    Math.max(",
    tests: planTests,
  },
  {
    area: "plans",
    file: plan,
    find: "const KEYS_PER_LANE = 2048;",
    replace: "const KEYS_PER_LANE = 2 ** 30;",
    tests: planTests,
  },
  {
    area: "plans",
    file: plan,
    find: "Math.max(fitting - 1 - SUM_LEVELS, 1)",
    replace: "Math.max(fitting + 1, 1)",
    tests: planTests,
  },
  {
    area: "criteria",
    file: criteria,
    find: "sum += (weights ? weights[row] : 1) * (data[i] - guess) ** 2;",
    replace: "sum += (data[i] - guess) ** 2;",
    tests: bandwidthTests,
  },
  {
    area: "criteria",
    file: criteria,
    find: "Number.isNaN(predictions[i]) ? fallback(row)[i % dims] : predictions[i]",
    replace: "Number.isNaN(predictions[i]) ? data[i] : predictions[i]",
    tests: bandwidthTests,
  },
  {
    area: "criteria",
    file: criteria,
    find: "(1 - (trace + 2) / count)",
    replace: "(1 - trace / count)",
    tests: bandwidthTests,
  },
  {
    area: "criteria",
    file: criteria,
    find: "sum += (weight / all) * (Math.log(others(i)) - logSumWithout[i]);",
    replace: "sum += (weight / all) * (Math.log(others(i)) - 0.9 * logSumWithout[i]);",
    tests: bandwidthTests,
  },
  {
    area: "criteria",
    file: criteria,
    find: "return roughness - 2 * sum;",
    replace: "return roughness - sum;",
    tests: bandwidthTests,
  },
  {
    area: "criteria",
    file: search,
    find: "one <= best + noise * Math.abs(best) + resolution;",
    replace: "one <= best + 0.1 * Math.abs(best) + resolution;",
    tests: bandwidthTests,
  },
  {
    area: "leverages",
    file: leaveOneOut,
    find: "(sum, self) => self / sum,",
    replace: "(sum, self) => self / (sum + self),",
    tests: [...polynomialTests, ...coveringTests],
  },
  {
    area: "leverages",
    file: leaveOneOut,
    find: "(meanUnits?.[c % columns] ?? 1)) * correction;",
    replace: "(meanUnits?.[c % columns] ?? 1)) * correction * 0.999;",
    tests: ["src/engine", ...polynomialTests],
  },
  {
    area: "leverages",
    file: local,
    find: "Math.max(squares[i] - (h * h) / (precisions ? precisions[i] : 1), 0) / (1 - h) ** 2;",
    replace: "Math.max(squares[i] - (h * h) / (precisions ? precisions[i] : 1), 0) / (1 - h);",
    tests: [...polynomialTests, ...coveringTests],
  },
  {
    area: "leverages",
    file: local,
    find: "(keyWeights ? keyWeights[i] / (copies ? copies[i] : 1) : 1) * atZero;",
    replace: "(keyWeights ? keyWeights[i] : 1) * atZero;",
    tests: [...polynomialTests, ...coveringTests],
  },
  {
    area: "leverages",
    file: errors,
    find: "shares[i] * precision * (errors[i * columns + c] / unit) ** 2;",
    replace: "precision * (errors[i * columns + c] / unit) ** 2;",
    tests: [...polynomialTests, ...coveringTests],
  },
  {
    area: "weights",
    file: weights,
    find: "effectiveSampleSize[query] = (sum / squares) * sum;",
    replace: "effectiveSampleSize[query] = sum / squares;",
    tests: coveringTests,
  },
  {
    area: "weights",
    file: weights,
    find: "below < p * total * (1 - 1e-12)",
    replace: "below <= p * total * (1 + 1e-12)",
    tests: coveringTests,
  },
  {
    area: "typing",
    file: readers,
    find: 'if (units.size > (units.has("") && !units.has("%") ? 2 : 1))',
    replace: "if (units.size > 3)",
    tests: typingTests,
  },
  {
    area: "typing",
    file: readers,
    find: 'if (decimal === "auto" && point && comma)',
    replace: 'if (decimal === "auto" && point && comma && both)',
    tests: typingTests,
  },
  {
    area: "typing",
    file: dates,
    find: "else if (second > 12) mdy += rows;",
    replace: "else if (second > 31) mdy += rows;",
    tests: typingTests,
  },
  {
    area: "typing",
    file: dates,
    find: 'hour = (hour % 12) + (zone.toUpperCase() === "PM" ? 12 : 0);',
    replace: 'hour = hour + (zone.toUpperCase() === "PM" ? 12 : 0);',
    tests: typingTests,
  },
  {
    area: "typing",
    file: column,
    find: "if (this.wanted === undefined && [...texts.keys()].some(isLongInteger))",
    replace: 'if (this.wanted === "number" && [...texts.keys()].some(isLongInteger))',
    tests: typingTests,
  },
  { area: "typing", file: numbers, find: "? -size : size,", replace: "? size : size,", tests: typingTests },
  {
    area: "job names",
    file: job,
    find: "fingerprintOf([version, settings, shards])",
    replace: "fingerprintOf([version, shards])",
    tests: jobTests,
  },
  {
    area: "job names",
    file: job,
    find: "fingerprintOf([chosen, await hashOf([places])])",
    replace: "fingerprintOf([await hashOf([places])])",
    tests: jobTests,
  },
  {
    area: "job names",
    file: "src/io/file-state.ts",
    find: "a[key] === undefined || b[key] === undefined || a[key] === b[key]",
    replace: "true || a[key] === b[key]",
    tests: jobTests,
  },
  {
    area: "job names",
    file: context,
    find: `this.leaf(\`summary-\${sample}/\${i}\`,`,
    replace: `this.leaf(\`summary/\${sample}\`,`,
    tests: jobTests,
  },
  {
    area: "explorer's state",
    file: state,
    find: 'width2: positive(text("width2"))',
    replace: 'width2: positive(text("width"))',
    tests: explorerTests,
  },
  {
    area: "explorer's state",
    file: state,
    find: 'rule: oneOf(widthRules, text("rule") as WidthRule, beginning.rule),',
    replace: "rule: beginning.rule,",
    tests: explorerTests,
  },
  {
    area: "explorer's state",
    file: state,
    find: "return view[0] < view[1] ? view : [least, most];",
    replace: "return view;",
    tests: explorerTests,
  },
  {
    area: "explorer's state",
    file: state,
    find: "kept: kept.slice(0, MOST_KEPT),",
    replace: "kept,",
    tests: explorerTests,
  },
];
