/**
 * Just enough of WebAssembly's binary format (WebAssembly Core Specification 2.0, ch. 5) to write loops over vectors of two float64.
 * Text is written when it is needed, for the sizes that are needed, as shaders are; nothing is built or loaded beforehand.
 */

/** The bytes of instructions, which leave their value on the stack. */
export type Code = readonly number[];

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const low = rest & 127;
    if ((rest < 64 && rest >= 0) || (rest < 0 && rest >= -64)) return [...bytes, low];
    bytes.push(low | 128);
  }
}

const join = (...parts: readonly Code[]): Code => parts.flat();
const binary =
  (...operation: number[]) =>
  (left: Code, right: Code): Code => [...left, ...right, ...operation];
const unary =
  (...operation: number[]) =>
  (operand: Code): Code => [...operand, ...operation];
/** Alignment is a hint: 8 and 16 bytes. */
const memory = (operation: readonly number[], align: number, offset: number): number[] => [
  ...operation,
  align,
  ...unsigned(offset),
];

const vector = (operation: number): number[] => [0xfd, ...unsigned(operation)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  less: binary(0x48),
  /** Whether `left` is below `right` where both are taken as numbers from 0 to 2³² − 1. */
  lessUnsigned: binary(0x49),
  and: binary(0x71),
  truncate: unary(0xfc, 0x02),
  store: (address: Code, offset: number, value: Code): Code => [
    ...address,
    ...value,
    ...memory([0x36], 2, offset),
  ],
} as const;

export const f64 = {
  const: (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)],
  load: (address: Code, offset: number): Code => [...address, ...memory([0x2b], 3, offset)],
  store: (address: Code, offset: number, value: Code): Code => [
    ...address,
    ...value,
    ...memory([0x39], 3, offset),
  ],
  add: binary(0xa0),
  sub: binary(0xa1),
  mul: binary(0xa2),
  max: binary(0xa5),
  floor: unary(0x9c),
  atMost: binary(0x65),
  atLeast: binary(0x66),
} as const;

/** Two float64 side by side. */
export const f64x2 = {
  zero: [...vector(0x0c), ...new Array<number>(16).fill(0)] as Code,
  load: (address: Code, offset: number): Code => [...address, ...memory(vector(0x00), 4, offset)],
  loadSplat: (address: Code, offset: number): Code => [...address, ...memory(vector(0x0a), 3, offset)],
  store: (address: Code, offset: number, value: Code): Code => [
    ...address,
    ...value,
    ...memory(vector(0x0b), 4, offset),
  ],
  splat: unary(...vector(0x14)),
  add: binary(...vector(0xf0)),
  sub: binary(...vector(0xf1)),
  mul: binary(...vector(0xf2)),
  /** With a number in the place of the first one. */
  replaceFirst: (value: Code, number: Code): Code => [...value, ...number, ...vector(0x22), 0],
  first: (value: Code): Code => [...value, ...vector(0x21), 0],
  second: (value: Code): Code => [...value, ...vector(0x21), 1],
  /** The two the other way round. */
  swap: (value: Code): Code => [
    ...value,
    ...value,
    ...vector(0x0d),
    ...Array.from({ length: 16 }, (_, i) => (i + 8) % 16),
  ],
} as const;

const TYPES = { i32: 0x7f, f64: 0x7c, f64x2: 0x7b } as const;
type Type = keyof typeof TYPES;

export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

/** A function of integers, which returns nothing. */
export class FunctionWriter {
  readonly parameters: readonly Local[];
  private readonly locals: Type[] = [];
  private body: number[] = [];

  constructor(parameters: number) {
    this.parameters = Array.from({ length: parameters }, (_, i) => local(i));
  }

  local(type: Type): Local {
    return local(this.parameters.length + this.locals.push(type) - 1);
  }

  add(...code: readonly Code[]): void {
    for (const each of code) for (const byte of each) this.body.push(byte);
  }

  /** What `write` adds, taken out again: the body of a loop. */
  section(write: () => void): Code {
    const before = this.body;
    this.body = [];
    write();
    const section = this.body;
    this.body = before;
    return section;
  }

  /** The body's bytes with their length in front. */
  get code(): Code {
    const declared = this.locals.flatMap((type) => [1, TYPES[type]]);
    const bytes = [...unsigned(this.locals.length), ...declared, ...this.body, 0x0b];
    return [...unsigned(bytes.length), ...bytes];
  }
}

const local = (index: number): Local => ({
  get: [0x20, ...unsigned(index)],
  set: (value) => [...value, 0x21, ...unsigned(index)],
});

/** Runs the body for each value from `from` by `step` as long as it is below `to`; not at all where it is not. */
export function loop(counter: Local, from: Code, to: Code, step: number, body: Code): Code {
  const isBelow = i32.less(counter.get, to);
  const next = counter.set(i32.add(counter.get, i32.const(step)));
  return join(
    ...[counter.set(from), [0x02, 0x40], isBelow, [0x45, 0x0d, 0], [0x03, 0x40]],
    ...[body, next, isBelow, [0x0d, 0], [0x0b], [0x0b]],
  );
}

/** The first of two values where the condition holds, else the second; both are evaluated. */
export const select = (first: Code, second: Code, condition: Code): Code => [
  ...first,
  ...second,
  ...condition,
  0x1b,
];

/** Runs the body where the condition holds. */
export const when = (condition: Code, body: Code): Code => [...condition, 0x04, 0x40, ...body, 0x0b];

/** The lesser, and the greater of two integers, both of which are evaluated twice. */
export const lesser = (a: Code, b: Code): Code => [...a, ...b, ...i32.less(a, b), 0x1b];
export const greater = (a: Code, b: Code): Code => [...b, ...a, ...i32.less(a, b), 0x1b];

/** A module of functions over one memory, which is given as `memory.memory`. */
export function assemble(functions: Readonly<Record<string, FunctionWriter>>): Uint8Array<ArrayBuffer> {
  const all = Object.entries(functions);
  const text = (value: string) => [...unsigned(value.length), ...new TextEncoder().encode(value)];
  const section = (id: number, entries: readonly Code[]) => {
    const bytes = [...unsigned(entries.length), ...entries.flat()];
    return [id, ...unsigned(bytes.length), ...bytes];
  };
  const types = all.map(([, { parameters }]) => [
    0x60,
    ...unsigned(parameters.length),
    ...parameters.map(() => TYPES.i32),
    0,
  ]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, [[...text("memory"), ...text("memory"), 0x02, 0x00, 0x00]]),
    ...section(
      3,
      all.map((_, i) => unsigned(i)),
    ),
    ...section(
      7,
      all.map(([name], i) => [...text(name), 0x00, ...unsigned(i)]),
    ),
    ...section(
      10,
      all.map(([, { code }]) => code),
    ),
  ]);
}
