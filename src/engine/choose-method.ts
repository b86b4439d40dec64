/** The fastest method for a call: a pure function of the problem, the queries, the options and the engine's calibration. */
import { NadarayaError } from "../common/errors.ts";
import type { Matrix } from "../data/matrix.ts";
import { type Cost, type SumsMethod, totalCost } from "../methods/method.ts";
import type { SumsOptions } from "../problem/problem.ts";

interface Candidate {
  readonly method: SumsMethod;
  readonly cost: Cost;
}

export interface Choice extends Candidate {
  /** In words, for the report. */
  readonly reason: string;
  /** The same method on the CPU, for where the GPU's memory does not suffice. */
  readonly onCpu?: Candidate;
}

/** Milliseconds of dense sums below which no other method is compared. */
const AT_ONCE = 0.1;

/** @throws NadarayaError "unsupported" where the requested method cannot compute these sums */
export async function chooseMethod(
  methods: readonly SumsMethod[],
  queries: Matrix,
  options: SumsOptions,
): Promise<Choice> {
  const isAuto = options.method === "auto";
  const candidates: Candidate[] = [];
  const refusals: string[] = [];
  for (const method of methods) {
    if (!isAuto && method.name !== options.method) continue;
    const cost = await method.cost(queries, options);
    if (typeof cost === "string") {
      refusals.push(cost);
      continue;
    }
    candidates.push({ method, cost });
    if (isAuto && method.name === "dense" && totalCost(cost) < AT_ONCE)
      return { method, cost, reason: "so few pairs that nothing is faster" };
  }
  candidates.sort((a, b) => totalCost(a.cost) - totalCost(b.cost));
  const [fastest] = candidates;
  if (!fastest)
    throw new NadarayaError("unsupported", `method "${options.method}" cannot be used here: ${refusals[0]}`);
  const { name, device } = fastest.method;
  const onCpu = candidates.find(({ method }) => method.name === name && method.device === "cpu");
  const alternative = device === "gpu" ? { onCpu } : {};
  return { ...fastest, ...alternative, reason: isAuto ? expectations(candidates) : "as asked" };
}

/** Each method's name with the milliseconds that it is expected to take, on the faster device. */
function expectations(candidates: readonly Candidate[]): string {
  const names = new Set<string>();
  const words: string[] = [];
  for (const { method, cost } of candidates) {
    if (names.has(method.name)) continue;
    names.add(method.name);
    words.push(`${method.name} ${totalCost(cost).toPrecision(2)} ms`);
  }
  return `expected: ${words.join(", ")}`;
}
