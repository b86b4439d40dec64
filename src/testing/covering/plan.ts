/** All cases of a covering array: those that are answered, on each backend, those that are refused, and those that are open faults. */
import { completed, coveringArray, isAnswered, tuples } from "./array.ts";
import {
  type Combination,
  combinations,
  type Fault,
  faults,
  found,
  isIn,
  type Refusal,
  tuplesOf,
} from "./combinations.ts";
import { type Case, type Feature, PLAIN, type Values } from "./features.ts";

export interface Refused {
  readonly given: Case;
  readonly by: Refusal;
}

export interface Faulty {
  readonly fault: Fault;
  readonly cases: readonly Case[];
}

export interface Plan {
  readonly cpu: readonly Case[];
  readonly gpu: readonly Case[];
  readonly refused: readonly Refused[];
  readonly faulty: readonly Faulty[];
}

const SEED = 1;

/** Covers every choice of values for each `strength` of these features. */
export function planOf(strength: number, of?: readonly Feature[]): Plan {
  const all = tuples(strength, of).filter(isAnswered);
  const onCpu = all.filter(
    (values) => values.backend !== "webgpu" && completed({ ...values, backend: "cpu" }),
  );
  const known = new Set(onCpu);
  const onGpu = all.filter(
    (values) => !known.has(values) && values.backend !== "cpu" && completed({ ...values, backend: "webgpu" }),
  );
  const cpu = coveringArray(onCpu, { backend: "cpu" }, SEED);
  const gpu = coveringArray(onGpu, { backend: "webgpu" }, SEED);
  const isFaulty = (given: Case) => found.some((fault) => isIn(fault, given));
  const single = found.map((fault) => ({
    fault,
    cases: [...cpu, ...gpu].filter((given) => isIn(fault, given)),
  }));
  return {
    cpu: cpu.filter((given) => !isFaulty(given)),
    gpu: gpu.filter((given) => !isFaulty(given)),
    refused: [...refusedCases(), ...impliedCases(all)],
    faulty: [
      ...faults.map((fault) => ({ fault, cases: faultyCases(fault) })),
      ...single.filter(({ cases }) => cases.length > 0),
    ],
  };
}

/** A case for each tuple of each refusal. */
function refusedCases(): Refused[] {
  return combinations.flatMap((by) =>
    by.kind === "refused"
      ? tuplesOf(by).flatMap((values) => {
          const given = caseOf(values, by);
          return given ? [{ given, by }] : [];
        })
      : [],
  );
}

/** Tuples that no refusal names, but with which every case has one: as plain as they may be, refused by the first. */
function impliedCases(all: readonly Values[]): Refused[] {
  return all
    .filter((values) => !completed(values))
    .flatMap((values): Refused[] => {
      const given = { ...PLAIN, ...values };
      const by = combinations.find(
        (combination) => combination.kind === "refused" && isIn(combination, given),
      );
      return by?.kind === "refused" ? [{ given, by }] : [];
    });
}

/** Of a pair each case is faulty, of more features the example. */
function faultyCases(fault: Fault): Case[] {
  const chosen = fault.example ? [fault.example] : tuplesOf(fault);
  return chosen.flatMap((values) => caseOf(values, fault) ?? []);
}

/** The plainest case with these values that has no other combination than this one, and those that the values bring; on the CPU if it can be. */
function caseOf(values: Values, own: Combination): Case | undefined {
  const accepted = new Set(combinations.filter((other) => other === own || isIn(other, values)));
  return (
    completed({ backend: "cpu", ...values }, accepted) ??
    completed({ backend: "webgpu", ...values }, accepted)
  );
}

/** How many cases a plan has, as rows of a table in Markdown. */
export function tableOf(name: string, { cpu, gpu, refused, faulty }: Plan): string {
  const open = faulty.reduce((sum, { cases }) => sum + cases.length, 0);
  const issues = [...new Set(faulty.map(({ fault }) => fault.issue))].map((issue) => {
    const own = faulty.filter(({ fault }) => fault.issue === issue);
    const findings = new Map<string, number>();
    for (const { fault, cases } of own)
      findings.set(fault.finding, (findings.get(fault.finding) ?? 0) + cases.length);
    return `issue ${issue}: ${[...findings].map(([finding, count]) => `${finding} ${count}`).join(", ")}`;
  });
  const total = cpu.length + gpu.length + refused.length + open;
  return `| ${name} | ${total} | ${cpu.length} + ${gpu.length} | ${refused.length} | ${open}${open ? ` (${issues.join("; ")})` : ""} |`;
}
