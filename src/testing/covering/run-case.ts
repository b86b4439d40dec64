/** Runs a case: the library's answer beside the reference's. */
import { type Engine, NadarayaError } from "../../index.ts";
import { type Answer, ask } from "./ask.ts";
import { faultOfBandwidth } from "./bandwidths.ts";
import { combinations, isIn, type Refusal } from "./combinations.ts";
import { type CaseData, dataOf, plainOf, type Unit } from "./data.ts";
import { type Bounded, expectedOf } from "./expected.ts";
import { type Case, type Feature, PLAIN, type Values, wordsOf } from "./features.ts";

/** The data of all cases. */
const SEED = 1;

/** What is wrong with the answer to a case; undefined if it equals the reference. */
async function faultOf(engine: Engine, given: Case): Promise<string | undefined> {
  const data = dataOf(given, SEED);
  let answer: Answer;
  try {
    answer = await ask(engine, given, data);
  } catch (error) {
    if (!(error instanceof NadarayaError)) throw error;
    return `${error.code}: ${error.message}`;
  }
  const bandwidth = answer.bandwidth.map((h, j) => (isCategory(data, j) ? h : h / data.keyUnit.unit));
  const inPlainUnits = needsPlainUnits(given)
    ? (await ask(engine, plainUnits(given), dataOf(plainUnits(given), SEED))).bandwidth
    : [];
  const wrongBandwidth = faultOfBandwidth(given, data, bandwidth, inPlainUnits, answer.searched);
  if (wrongBandwidth) return `bandwidth: ${wrongBandwidth}`;
  const expected = Object.entries(expectedOf(given, data, bandwidth));
  const faults = expected.flatMap(([name, bounded]) => {
    const result = Array.from(answer.results[name], (x) => plainResult(name, x, given, data));
    const fault = difference(result, bounded);
    return fault ? [`${name}${fault}`] : [];
  });
  return faults.length > 0 ? faults.join("; ") : undefined;
}

/** The faults of all cases, each after the case's features in words. */
export async function faultsOf(engine: Engine, cases: readonly Case[]): Promise<string[]> {
  const faults: string[] = [];
  for (const given of cases) {
    const fault = await faultOf(engine, given);
    if (fault) faults.push(`${wordsOf(given)}: ${fault}`);
  }
  return faults;
}

const isCategory = ({ coordinates }: CaseData, j: number) =>
  coordinates !== undefined && coordinates[j] !== "continuous";
const needsPlainUnits = ({ rule, scale }: Case) =>
  rule === "plug-in" ||
  rule === "sheather-jones" ||
  (rule !== "number" && (scale === "tiny" || scale === "huge"));
const plainUnits = (given: Case): Case => ({ ...given, scale: "plain" });

/** A result as a plain number. */
function plainResult(
  name: string,
  x: number,
  { asked }: Case,
  { keyUnit, valueUnit, keys, coordinates }: CaseData,
): number {
  const length: Unit = { unit: valueUnit.unit, offset: 0 };
  switch (name) {
    case "mean":
    case "lower":
    case "upper":
    case "quantiles":
      return plainOf(x, valueUnit);
    case "standardError":
    case "mergedError":
    case "residuals":
    case "leaveOneOutResiduals":
    case "residualStandardError":
      return plainOf(x, length);
    case "gradient":
      return (x / valueUnit.unit) * keyUnit.unit;
    case "logDensity": {
      if (asked === "conditional density") return x + Math.log(valueUnit.unit);
      const numbers = keys[0].length - (coordinates ? 1 : 0);
      return x + numbers * Math.log(keyUnit.unit);
    }
  }
  return x;
}

/** The first number that is off by more than it may be. */
function difference(result: readonly number[], { numbers, error }: Bounded): string | undefined {
  if (result.length !== numbers.length) return ` has ${result.length} numbers, expected ${numbers.length}`;
  let worst: { share: number; text: string } | undefined;
  for (const [i, right] of numbers.entries()) {
    const most = typeof error === "number" ? error : error[i];
    const own = result[i];
    if (Object.is(own, right) || own === right || (Number.isNaN(own) && Number.isNaN(right))) continue;
    const off = Math.abs(own - right);
    if (off <= most) continue;
    const share = Number.isNaN(off) ? Infinity : off / most;
    if (!worst || share > worst.share)
      worst = { share, text: `[${i}] is ${own}, expected ${right} within ${most.toPrecision(2)}` };
  }
  return worst?.text;
}

/** Whether a combination is refused by an engine on WebGPU alone; the CPU refuses for another reason. */
export const onlyOnGpu = ({ when }: Refusal): boolean =>
  when.scale !== undefined && Boolean(when.asked?.includes("means on the GPU"));

/** What is wrong with the refusal of a case that has this combination; undefined if it is refused in words that name its features. */
export async function faultOfRefusal(
  engine: Engine,
  given: Case,
  { code, when, byTheFit = false }: Refusal,
): Promise<string | undefined> {
  let message: string;
  try {
    await ask(engine, given, dataOf(given, SEED));
    return "it is answered";
  } catch (error) {
    if (!(error instanceof NadarayaError)) throw error;
    if (error.code !== code) return `the code is "${error.code}", expected "${code}": ${error.message}`;
    message = error.message;
  }
  const unnamed = (Object.keys(when) as Feature[]).filter(
    (feature) => !isNamed(feature, given, message, byTheFit),
  );
  return unnamed.length > 0
    ? `the words do not name ${unnamed.map((f) => wordsOf({ [f]: given[f] } as Values)).join(", ")}: ${message}`
    : undefined;
}

/** What a message has to say of each value that is asked. */
const ASKED: Readonly<Record<Case["asked"], RegExp>> = {
  mean: /mean|regression/i,
  gradient: /gradient/,
  "standard error": /standard ?error/i,
  "confidence band": /confidence|band[^w]/,
  bootstrap: /bootstrap/,
  quantiles: /quantiles/,
  distribution: /distribution/,
  "conditional density": /density|densities/i,
  weights: /weights/,
  "top weights": /topWeights/,
  "weight statistics": /weightStatistics/,
  diagnostics: /diagnostics/,
  "means on the GPU": /output "gpu"/,
  "merged partials": /partial/,
  "merged errors": /partial/,
  density: /density|densities/i,
  "merged densities": /partial|density|densities/i,
  classes: /class/i,
  "classes with priors": /class/i,
};

function isNamed(feature: Feature, given: Case, message: string, byTheFit: boolean): boolean {
  const value = given[feature];
  const patterns: Readonly<Record<Feature, RegExp>> = {
    asked: byTheFit ? ASKED.mean : ASKED[given.asked],
    backend: /CPU|GPU/,
    method: new RegExp(`method|"${given.method}"`),
    dims: new RegExp(`\\b${value}\\b|coordinates?\\b`),
    kernel: given.kernel === "own" ? /mine|your own/ : new RegExp(`"${given.kernel}"|the Gaussian`),
    shape: /radial|product/,
    degree: /degree/,
    weights: /weights|frequency/i,
    width: new RegExp(given.width),
    category: /category|categories|"coordinates"/,
    columns: /values|classes|columns/,
    rows: /./,
    windows: /./,
    scale: /1e-150|rescale|f32/,
    missing: /missing/,
    rule: new RegExp(`"${given.rule}"`),
    history: /saved|added|removed/,
    queries: /queries/,
    caller: /./,
  };
  return patterns[feature].test(message);
}

/** The first combination in a case that is not answered. */
export const combinationIn = (given: Case) => combinations.find((combination) => isIn(combination, given));
export { PLAIN };
