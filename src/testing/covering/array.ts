/**
 * Covering arrays of features: cases in which every pair, or triple, of values that can be answered together occurs. Greedy, a case at
 * a time (Cohen, Dalal, Fredman and Patton 1997), with combinations that must not occur; the same cases for the same seed. Written here
 * because the library for it (covertable 2.5) stops after a few cases of as many forbidden combinations, with most pairs left.
 */
import { draw } from "../random.ts";
import { type Combination, combinations, isIn } from "./combinations.ts";
import { type Case, type Feature, featureNames, features, type Values } from "./features.ts";

/** Whether the case, or what there is of it, has no combination that is not answered. */
export const isAnswered = (given: Values): boolean =>
  !combinations.some((combination) => isIn(combination, given));

/** Every choice of values for each choice of `strength` features. */
export function tuples(strength: number, of: readonly Feature[] = featureNames): Values[] {
  if (strength === 0) return [{}];
  return of.flatMap((feature, i) => {
    const others = tuples(strength - 1, of.slice(i + 1));
    return features[feature].flatMap((value) => others.map((other) => ({ [feature]: value, ...other })));
  });
}

/** Whether the case has all of these values. */
export const has = (given: Case, values: Values): boolean =>
  (Object.keys(values) as Feature[]).every((feature) => given[feature] === values[feature]);

/** The combinations that each feature is in. */
const combinationsWith = new Map(
  featureNames.map((feature) => [feature, combinations.filter(({ when }) => when[feature])]),
);

/**
 * An answered case with these values, all others as plain as they may be; undefined if there is none.
 * @param accepted combinations that it may have all the same
 */
export function completed(values: Values, accepted: ReadonlySet<Combination> = new Set()): Case | undefined {
  const forbidden = (given: Values, among: readonly Combination[]) =>
    among.some((combination) => isIn(combination, given) && !accepted.has(combination));
  if (forbidden(values, combinations)) return undefined;
  const open = featureNames.filter((feature) => values[feature] === undefined);
  const given: { -readonly [F in Feature]?: string } = { ...values };
  const complete = (at: number): boolean => {
    if (at === open.length) return true;
    const feature = open[at];
    for (const value of features[feature]) {
      given[feature] = value;
      if (!forbidden(given as Values, combinationsWith.get(feature)!) && complete(at + 1)) return true;
    }
    delete given[feature];
    return false;
  };
  return complete(0) ? (given as Case) : undefined;
}

/** Cases tried for each one that is taken. */
const TRIES = 4;

/**
 * Cases with the values of `base` that cover all of the tuples, each of which must have an answered case with `base`.
 * @param targets tuples of the same strength
 */
export function coveringArray(targets: readonly Values[], base: Values, seed: number): Case[] {
  const random = draw(seed);
  const uncovered = new Set(targets.map((target) => keyOf(target)));
  const strength = Object.keys(targets[0] ?? {}).length;
  const relevant = featureNames.filter((feature) => targets.some((target) => target[feature] !== undefined));
  const tuplesIn = (values: Values) => subsets(relevant, strength).map((of) => keyOf(values, of));
  const cases: Case[] = [];
  for (const target of targets) {
    if (!uncovered.has(keyOf(target))) continue;
    let best: { gain: number; values: Values } | undefined;
    for (let i = 0; i < TRIES; i++) {
      const values = grown({ ...base, ...target }, relevant, uncovered, strength, random.integer);
      const gain = tuplesIn(values).filter((key) => uncovered.has(key)).length;
      if (!best || gain > best.gain) best = { gain, values };
    }
    for (const key of tuplesIn(best!.values)) uncovered.delete(key);
    cases.push(best!.values as Case);
  }
  return cases;
}

/** A case with these values; the others are chosen in random order, each for the most uncovered tuples. */
function grown(
  values: Values,
  relevant: readonly Feature[],
  uncovered: ReadonlySet<string>,
  strength: number,
  integer: (from: number, to: number) => number,
): Values {
  let grownValues = values;
  const open = featureNames.filter((feature) => values[feature] === undefined);
  while (open.length > 0) {
    const [feature] = open.splice(integer(0, open.length), 1);
    const chosen = relevant.filter((each) => grownValues[each] !== undefined);
    const others = relevant.includes(feature)
      ? subsets(chosen, strength - 1).map((each) => inOrder([...each, feature]))
      : [];
    const gains = features[feature].map((value) => {
      const next = { ...grownValues, [feature]: value };
      const gain = others.filter((of) => uncovered.has(keyOf(next, of))).length;
      return { next, gain: gain + integer(0, 1000) / 1000 };
    });
    gains.sort((a, b) => b.gain - a.gain);
    grownValues = gains.find(({ next }) => completed(next))!.next;
  }
  return grownValues;
}

const inOrder = (of: readonly Feature[]) => featureNames.filter((feature) => of.includes(feature));

/** A tuple as text: the values of these features, which are in order. */
function keyOf(values: Values, of = featureNames.filter((feature) => values[feature] !== undefined)): string {
  let key = "";
  for (const feature of of) key += `${feature} ${values[feature]}, `;
  return key;
}

function subsets(of: readonly Feature[], size: number): Feature[][] {
  if (size === 0) return [[]];
  return of.flatMap((feature, i) => subsets(of.slice(i + 1), size - 1).map((rest) => [feature, ...rest]));
}
