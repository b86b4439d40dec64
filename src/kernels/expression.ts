/**
 * WGSL expressions in `x` that callers write: parsed by a small grammar, so that nothing but an expression enters a shader, and
 * evaluated in float64. What is sent to the compiler is printed from the tree, never the caller's text.
 */
import { NadarayaError, show } from "../common/errors.ts";

/** Functions of WGSL that are taken, with how many arguments they have, and what they are in float64. */
const FUNCTIONS: Readonly<
  Record<string, { readonly count: number; readonly of: (...x: number[]) => number }>
> = {
  abs: { count: 1, of: Math.abs },
  acos: { count: 1, of: Math.acos },
  acosh: { count: 1, of: Math.acosh },
  asin: { count: 1, of: Math.asin },
  asinh: { count: 1, of: Math.asinh },
  atan: { count: 1, of: Math.atan },
  atan2: { count: 2, of: Math.atan2 },
  atanh: { count: 1, of: Math.atanh },
  ceil: { count: 1, of: Math.ceil },
  clamp: { count: 3, of: (x, low, high) => Math.min(Math.max(x, low), high) },
  cos: { count: 1, of: Math.cos },
  cosh: { count: 1, of: Math.cosh },
  exp: { count: 1, of: Math.exp },
  exp2: { count: 1, of: (x) => 2 ** x },
  floor: { count: 1, of: Math.floor },
  fma: { count: 3, of: (a, b, c) => a * b + c },
  fract: { count: 1, of: (x) => x - Math.floor(x) },
  inverseSqrt: { count: 1, of: (x) => 1 / Math.sqrt(x) },
  log: { count: 1, of: Math.log },
  log2: { count: 1, of: Math.log2 },
  max: { count: 2, of: Math.max },
  min: { count: 2, of: Math.min },
  mix: { count: 3, of: (a, b, t) => a * (1 - t) + b * t },
  pow: { count: 2, of: (a, b) => a ** b },
  round: { count: 1, of: roundEven },
  saturate: { count: 1, of: (x) => Math.min(Math.max(x, 0), 1) },
  select: { count: 3, of: (no, yes, condition) => (condition ? yes : no) },
  sign: { count: 1, of: Math.sign },
  sin: { count: 1, of: Math.sin },
  sinh: { count: 1, of: Math.sinh },
  smoothstep: {
    count: 3,
    of: (low, high, x) => {
      const t = Math.min(Math.max((x - low) / (high - low), 0), 1);
      return t * t * (3 - 2 * t);
    },
  },
  sqrt: { count: 1, of: Math.sqrt },
  step: { count: 2, of: (edge, x) => (edge <= x ? 1 : 0) },
  tan: { count: 1, of: Math.tan },
  tanh: { count: 1, of: Math.tanh },
  trunc: { count: 1, of: Math.trunc },
  /** The type of x, f32 or a vector of f32. */
  V: { count: 1, of: (x) => x },
};

/** Binary operators from the loosest to the tightest; comparisons are not chained. */
const OPERATORS: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
  { "|": (a, b) => Number(Boolean(a) || Boolean(b)) },
  { "&": (a, b) => Number(Boolean(a) && Boolean(b)) },
  {
    "==": (a, b) => Number(a === b),
    "!=": (a, b) => Number(a !== b),
    "<=": (a, b) => Number(a <= b),
    ">=": (a, b) => Number(a >= b),
    "<": (a, b) => Number(a < b),
    ">": (a, b) => Number(a > b),
  },
  { "+": (a, b) => a + b, "-": (a, b) => a - b },
  { "*": (a, b) => a * b, "/": (a, b) => a / b, "%": (a, b) => a % b },
];
const COMPARISONS = 2;

/** Characters and levels of nesting that are taken at most. */
const LONGEST = 2000;
const DEEPEST = 64;

const TOKEN =
  /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)f?(?![\w.])|([A-Za-z]\w*)|(==|!=|<=|>=|[-+*/%()<>,!&|]))/y;

/** An expression as WGSL, and as a function of x in float64. */
export interface Expression {
  readonly wgsl: string;
  readonly evaluate: (x: number) => number;
}

/** Numbers without x are scalars in WGSL; x, and any result of it, may be a vector. */
interface Typed extends Expression {
  readonly isScalar: boolean;
  /** Whether it is true or false, with which WGSL does not compute. */
  readonly isCondition: boolean;
}

/** WGSL compares and passes to a function only what has one type. */
const alike = (some: readonly Typed[]): readonly string[] =>
  some.every(({ isScalar }) => isScalar)
    ? some.map(({ wgsl }) => wgsl)
    : some.map(({ wgsl, isScalar }) => (isScalar ? `V(${wgsl})` : wgsl));

interface Token {
  readonly kind: "number" | "name" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

/** @throws NadarayaError "invalid-kernel" that names the place where it is no expression in x */
export function parseExpression(text: string): Expression {
  const refuse = (at: number, what: string): never => {
    throw new NadarayaError(
      "invalid-kernel",
      `wgsl is ${show(text)}, expected one expression in x: ${what} at character ${at + 1}`,
    );
  };
  if (text.length > LONGEST) refuse(LONGEST, `more than ${LONGEST} characters`);
  const tokens = [...tokensOf(text, refuse)];
  let next = 0;
  let depth = 0;
  const take = (sign: string) => {
    const { text: found, at, kind } = tokens[next];
    if (kind !== "sign" || found !== sign)
      refuse(at, `${found ? show(found) : "the end"} instead of "${sign}"`);
    next++;
  };
  const checkNumber = ({ isCondition }: Typed, at: number) => {
    if (isCondition)
      refuse(at, "a condition instead of a number, which select(0.0, 1.0, condition) makes of it,");
  };
  const checkCondition = ({ isCondition }: Typed, at: number) => {
    if (!isCondition) refuse(at, "a number instead of a condition");
  };
  const isSign = (sign: string) => tokens[next].kind === "sign" && tokens[next].text === sign;

  const binary = (level: number): Typed => {
    if (level === OPERATORS.length) return unary();
    const check = level < COMPARISONS ? checkCondition : checkNumber;
    const start = tokens[next].at;
    let left = binary(level + 1);
    for (let first = true; ; first = false) {
      const { text: sign, kind, at } = tokens[next];
      if (kind !== "sign" || !Object.hasOwn(OPERATORS[level], sign)) return left;
      if (level === COMPARISONS && !first) refuse(at, "a second comparison");
      check(left, start);
      next++;
      const second = tokens[next].at;
      const [before, right, of] = [left, binary(level + 1), OPERATORS[level][sign]];
      check(right, second);
      const [a, b] = level === COMPARISONS ? alike([before, right]) : [before.wgsl, right.wgsl];
      left = {
        wgsl: `(${a} ${sign} ${b})`,
        isScalar: before.isScalar && right.isScalar,
        isCondition: level <= COMPARISONS,
        evaluate: (x) => of(before.evaluate(x), right.evaluate(x)),
      };
    }
  };
  const unary = (): Typed => {
    if (++depth > DEEPEST) refuse(tokens[next].at, `more than ${DEEPEST} levels`);
    try {
      for (const [sign, of, check] of [
        ["-", (value: number) => -value, checkNumber],
        ["!", (value: number) => Number(!value), checkCondition],
      ] as const) {
        if (!isSign(sign)) continue;
        next++;
        const start = tokens[next].at;
        const inner = unary();
        check(inner, start);
        return { ...inner, wgsl: `(${sign}${inner.wgsl})`, evaluate: (x) => of(inner.evaluate(x)) };
      }
      return primary();
    } finally {
      depth--;
    }
  };
  const primary = (): Typed => {
    const { kind, text: found, at } = tokens[next++];
    if (kind === "number") {
      const value = Number(found);
      if (!(Math.abs(value) < 3.4e38)) refuse(at, `${found}, which is beyond f32`);
      return { wgsl: literal(value), evaluate: () => value, isScalar: true, isCondition: false };
    }
    if (kind === "sign" && found === "(") {
      const inner = binary(0);
      take(")");
      return inner;
    }
    if (kind === "name" && found === "x")
      return { wgsl: "x", evaluate: (x) => x, isScalar: false, isCondition: false };
    if (kind !== "name") refuse(at, found ? show(found) : "nothing");
    if (!Object.hasOwn(FUNCTIONS, found))
      refuse(at, `${show(found)}, which is neither x nor a function of WGSL`);
    const { count, of } = FUNCTIONS[found];
    take("(");
    const given: Typed[] = [];
    while (!isSign(")")) {
      const start = tokens[next].at;
      const argument = binary(0);
      const isChoice = found === "select" && given.length === 2;
      (isChoice ? checkCondition : checkNumber)(argument, start);
      given.push(argument);
      if (!isSign(",")) break;
      take(",");
    }
    if (given.length !== count) refuse(at, `${found} with ${given.length} arguments instead of ${count}`);
    take(")");
    const isScalar = found !== "V" && given.every((each) => each.isScalar);
    const typed = found === "V" ? given.map(({ wgsl }) => wgsl) : [...alike(given)];
    // A condition without x is one for all.
    if (found === "select" && given[2].isScalar) typed[2] = given[2].wgsl;
    return {
      wgsl: `${found}(${typed.join(", ")})`,
      isScalar,
      isCondition: false,
      evaluate: (x) => of(...given.map(({ evaluate }) => evaluate(x))),
    };
  };

  const whole = binary(0);
  checkNumber(whole, tokens[0].at);
  const { wgsl, evaluate } = whole;
  const { kind, text: left, at } = tokens[next];
  if (kind !== "end") refuse(at, `${show(left)} after the expression`);
  return { wgsl, evaluate };
}

function* tokensOf(text: string, refuse: (at: number, what: string) => never): Generator<Token> {
  const token = new RegExp(TOKEN);
  let at = 0;
  while (text.slice(at).trim() !== "") {
    token.lastIndex = at;
    const match = token.exec(text);
    if (!match) {
      const skipped = at + text.slice(at).search(/\S/);
      return refuse(skipped, show(text.slice(skipped, skipped + 12)));
    }
    const [whole, number, name, sign] = match;
    const start = at + whole.search(/\S/);
    const kind = number !== undefined ? "number" : name !== undefined ? "name" : "sign";
    yield { kind, text: number ?? name ?? sign, at: start };
    at = token.lastIndex;
  }
  yield { kind: "end", text: "", at: text.length };
}

/** A number as WGSL writes an abstract float. */
function literal(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** To the nearest, and of two to the even one, as WGSL does. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
