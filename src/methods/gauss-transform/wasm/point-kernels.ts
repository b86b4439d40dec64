/**
 * Spreading to a grid of one to three axes and reading it, two numbers at a time. A grid point has its charges side by side, so a
 * window's row is a run of width × charges numbers whatever their number. `spread.ts` does the same in TypeScript, to the last bit.
 */
import type { Window } from "../../transform/window.ts";
import { KEYS_PER_BATCH } from "../key-batches.ts";
import { PER_AXIS } from "../places.ts";
import {
  assemble,
  type Code,
  FunctionWriter,
  f64,
  f64x2,
  greater,
  i32,
  type Local,
  lesser,
  loop,
  select,
  when,
} from "./assembler.ts";
import { type LocateLayout, locate, locateSafely } from "./locate.ts";

/** A grid with the charges of each point side by side, or the numbers of cells, and a batch of points that are spread to it or read it. */
export interface PointKernels {
  /** Coordinates of the batch, point by point, and how they become positions: `places.ts`. */
  readonly coordinates: Float64Array;
  readonly places: Float64Array;
  /** The charges of the batch, or its sums, point by point. */
  readonly charged: Float64Array;
  readonly grid: Float64Array;
  /** Adds the batch's first `count` points to the grid; what reaches beyond its first axis is left out. */
  spread(count: number): void;
  /** Writes the sums of the batch's first `count` points, and their cells. */
  read(count: number): void;
  /** Of the points that were read; −1 where the grid has no place, and the sums are of no use. */
  readonly cells: Int32Array;
}

/** Those of a grid of 1 to 3 axes. */
export interface GridKernels extends PointKernels {
  /** What the points of each cell that were spread weigh, by their first charge. */
  readonly counts: Float64Array;
}

/** Vectors that are held in registers at a time. */
const HELD = 8;
const PAGE = 2 ** 16;

interface Shape {
  readonly dims: number;
  readonly width: number;
  readonly charges: number;
}

/** Where things are in memory, in bytes. */
interface Layout extends Shape, LocateLayout {
  /** The window's polynomials, two pairs side by side: even terms, then odd ones, from the highest down. */
  readonly polynomials: number;
  readonly evenTerms: number;
  readonly oddTerms: number;
  /** The window's weights on each axis. */
  readonly weights: readonly number[];
  /** Those of the last axis, each as often as there are charges. */
  readonly row: number;
  /** A point's charges and the first one again; sums of even and of odd places of the row. */
  readonly own: number;
  readonly cells: number;
  /** The charges of a batch, or its sums, point by point. */
  readonly charged: number;
  /** The grid, with room for a row beyond either end: of one axis, windows may reach that far. */
  readonly grid: number;
  readonly margin: number;
}

function layoutOf({ width, polynomials }: Window, dims: number, charges: number): Layout {
  let end = 0;
  /** Room for so many numbers, and for vectors that reach over it. */
  const room = (numbers: number) => {
    const start = end + 16;
    end = start + 16 * Math.ceil(numbers / 2) + 16;
    return start;
  };
  const pairs = Math.ceil(width / 4);
  const margin = 8 * width * charges;
  const terms = polynomials[0].length;
  const [evenTerms, oddTerms] = [Math.ceil(terms / 2), Math.floor(terms / 2)];
  return {
    ...{ dims, width, charges, evenTerms, oddTerms },
    polynomials: room(2 * pairs * terms),
    weights: Array.from({ length: dims }, () => room(width)),
    row: room(width * charges),
    own: room(2 * charges),
    coordinates: room(dims * KEYS_PER_BATCH),
    places: room(dims * PER_AXIS),
    cells: room(KEYS_PER_BATCH / 2),
    charged: room(charges * KEYS_PER_BATCH),
    grid: room(0) + margin,
    margin,
  };
}

/** Instructions that write the window's weights at a position on an axis, and leave the first grid point's number in `first`. */
function windowWeights(
  writer: FunctionWriter,
  layout: Layout,
  axis: number,
  place: Local,
  first: Local,
): void {
  const { width, evenTerms, oddTerms } = layout;
  const half = width / 2;
  const [cell, s] = [writer.local("f64"), writer.local("f64")];
  const [even, odd] = [writer.local("f64x2"), writer.local("f64x2")];
  const at = writer.local("f64x2");
  const square = writer.local("f64x2");
  writer.add(
    cell.set(f64.floor(place.get)),
    s.set(f64.sub(f64.sub(place.get, cell.get), f64.const(0.5))),
    at.set(f64x2.splat(s.get)),
    square.set(f64x2.splat(f64.mul(s.get, s.get))),
    first.set(i32.sub(i32.truncate(cell.get), i32.const(half - 1))),
  );
  let from = layout.polynomials;
  const coefficient = () => {
    const code = f64x2.load(i32.const(0), from);
    from += 16;
    return code;
  };
  const horner = (result: Local, terms: number) => {
    writer.add(result.set(coefficient()));
    for (let k = 1; k < terms; k++)
      writer.add(result.set(f64x2.add(f64x2.mul(result.get, square.get), coefficient())));
  };
  for (let pair = 0; pair < half; pair += 2) {
    horner(even, evenTerms);
    horner(odd, oddTerms);
    const [low, high] = [half - 2 - pair, half + pair].map((k) => layout.weights[axis] + 8 * k);
    writer.add(
      odd.set(f64x2.mul(odd.get, at.get)),
      f64x2.store(i32.const(0), high, f64x2.add(even.get, odd.get)),
      f64x2.store(i32.const(0), low, f64x2.swap(f64x2.sub(even.get, odd.get))),
    );
  }
}

/** Instructions that repeat each weight of the last axis for every charge; returns where the row is. */
function rowOf(writer: FunctionWriter, { width, charges, weights, row }: Layout): number {
  const last = weights[weights.length - 1];
  if (charges === 1) return last;
  for (let k = 0; k < width; k++)
    for (let c = 0; c < charges; c += 2)
      writer.add(
        f64x2.store(i32.const(0), row + 8 * (k * charges + c), f64x2.loadSplat(i32.const(0), last + 8 * k)),
      );
  return row;
}

/** Runs over the lines of the grid that a window touches; `body` is what is done with a line's address and weight. */
function lines(
  writer: FunctionWriter,
  { dims, width, charges, weights, grid }: Layout,
  firsts: readonly Local[],
  { rows, lineBytes, rowBytes }: Sizes,
  body: (address: Local, weight: Local) => Code,
): Code {
  if (dims === 1) {
    const [address, weight] = [writer.local("i32"), writer.local("f64x2")];
    const at = i32.add(i32.const(grid), i32.mul(firsts[0].get, i32.const(8 * charges)));
    return [...address.set(at), ...weight.set(f64x2.splat(f64.const(1))), ...body(address, weight)];
  }
  const [i, j, from, to] = [1, 2, 3, 4].map(() => writer.local("i32"));
  const [corner, address] = [writer.local("i32"), writer.local("i32")];
  const [outer, weight] = [writer.local("f64x2"), writer.local("f64x2")];
  const at = (counter: Local, axis: number) =>
    f64x2.loadSplat(i32.mul(counter.get, i32.const(8)), weights[axis]);
  const stride = dims === 2 ? lineBytes : rowBytes;
  const inLine = i32.mul(firsts[dims - 1].get, i32.const(8 * charges));
  const start = dims === 2 ? inLine : i32.add(inLine, i32.mul(firsts[1].get, lineBytes.get));
  const origin = i32.add(i32.const(grid), start);
  const line = i32.add(corner.get, i32.mul(i32.add(firsts[0].get, i.get), stride.get));
  const withWeight =
    dims === 2
      ? [...address.set(line), ...weight.set(at(i, 0)), ...body(address, weight)]
      : [
          ...[...address.set(line), ...outer.set(at(i, 0))],
          ...loop(j, i32.const(0), i32.const(width), 1, [
            ...weight.set(f64x2.mul(outer.get, at(j, 1))),
            ...body(address, weight),
            ...address.set(i32.add(address.get, lineBytes.get)),
          ]),
        ];
  return [
    ...from.set(greater(i32.const(0), i32.sub(i32.const(0), firsts[0].get))),
    ...to.set(lesser(i32.const(width), i32.sub(rows.get, firsts[0].get))),
    ...corner.set(origin),
    ...loop(i, from.get, to.get, 1, withWeight),
  ];
}

/** What the functions are told of the grid: its rows, the lines of a row and the points of a line, and where the counts are. */
interface Sizes {
  readonly rows: Local;
  readonly lines: Local;
  readonly line: Local;
  readonly counts: Local;
  /** Bytes of a line and of a row of lines. */
  readonly lineBytes: Local;
  readonly rowBytes: Local;
}

/** A function of the points of the batch and of the grid's sizes that handles one point after the other. */
function perPoint(
  layout: Layout,
  isRead: boolean,
  body: (writer: FunctionWriter, point: Local, firsts: readonly Local[], sizes: Sizes) => void,
): FunctionWriter {
  const writer = new FunctionWriter(5);
  const [count, rows, lines, line, counts] = writer.parameters;
  const [lineBytes, rowBytes] = [writer.local("i32"), writer.local("i32")];
  writer.add(lineBytes.set(i32.mul(line.get, i32.const(8 * layout.charges))));
  writer.add(rowBytes.set(i32.mul(lines.get, lineBytes.get)));
  const sizes = { rows, lines, line, counts, lineBytes, rowBytes };
  const point = writer.local("i32");
  const firsts = layout.weights.map(() => writer.local("i32"));
  const own = writer.section(() => {
    const { dims, width } = layout;
    const safely = isRead ? locateSafely(writer, layout, dims, point, width) : undefined;
    const positions = safely?.positions ?? locate(writer, layout, dims, point);
    for (const [axis, first] of firsts.entries()) windowWeights(writer, layout, axis, positions[axis], first);
    if (safely) {
      const known = select(cellOf(layout, firsts, sizes), i32.const(-1), safely.isPlaced.get);
      writer.add(i32.store(i32.mul(point.get, i32.const(4)), layout.cells, known));
    }
    body(writer, point, firsts, sizes);
  });
  writer.add(loop(point, i32.const(0), count.get, 1, own));
  return writer;
}

/** Cells along the axes. */
const axisCells = ({ width }: Layout, firsts: readonly Local[]): Code[] =>
  firsts.map((first) => i32.add(first.get, i32.const(width / 2 - 1)));

/** The index of a point's cell. */
function cellOf(layout: Layout, firsts: readonly Local[], { lines, line }: Sizes): Code {
  const [row, ...others] = axisCells(layout, firsts);
  const lengths = others.length === 2 ? [lines, line] : [line];
  return others.reduce((at, own, a) => i32.add(i32.mul(at, lengths[a].get), own), row);
}

/** Adds a weight to the count of a point's cell, unless that is beyond the first axis. */
function addToCount(
  writer: FunctionWriter,
  layout: Layout,
  firsts: readonly Local[],
  sizes: Sizes,
  weight: Code,
): Code {
  const { rows, counts } = sizes;
  const [row] = axisCells(layout, firsts);
  const address = writer.local("i32");
  return when(i32.lessUnsigned(row, rows.get), [
    ...address.set(i32.add(counts.get, i32.mul(cellOf(layout, firsts, sizes), i32.const(8)))),
    ...f64.store(address.get, 0, f64.add(f64.load(address.get, 0), weight)),
  ]);
}

function spreadFunction(layout: Layout): FunctionWriter {
  const { width, charges, own, charged } = layout;
  return perPoint(layout, false, (writer, point, firsts, sizes) => {
    const row = rowOf(writer, layout);
    const charge = i32.mul(point.get, i32.const(8 * charges));
    writer.add(addToCount(writer, layout, firsts, sizes, f64.load(charge, charged)));
    // The charges, repeated over and over, in pairs; an odd number of them has pairs of the last and the first.
    const isOdd = charges % 2 === 1;
    if (isOdd && charges > 1) {
      for (let c = 0; c < charges; c += 2)
        writer.add(f64x2.store(i32.const(0), own + 8 * c, f64x2.load(charge, charged + 8 * c)));
      writer.add(f64.store(i32.const(0), own + 8 * charges, f64.load(charge, charged)));
    }
    const chargesAt = (element: number): Code => {
      if (charges === 1) return f64x2.loadSplat(charge, charged);
      const c = element % charges;
      return isOdd ? f64x2.load(i32.const(0), own + 8 * c) : f64x2.load(charge, charged + 8 * c);
    };
    const vectors = (width * charges) / 2;
    const held = Array.from({ length: Math.min(HELD, vectors) }, () => writer.local("f64x2"));
    for (let from = 0; from < vectors; from += HELD) {
      const some = held.slice(0, vectors - from);
      for (const [v, value] of some.entries())
        writer.add(
          value.set(f64x2.mul(f64x2.load(i32.const(0), row + 16 * (from + v)), chargesAt(2 * (from + v)))),
        );
      writer.add(
        lines(writer, layout, firsts, sizes, (address, weight) =>
          some.flatMap((value, v) => {
            const offset = 16 * (from + v);
            const before = f64x2.load(address.get, offset);
            return f64x2.store(address.get, offset, f64x2.add(before, f64x2.mul(weight.get, value.get)));
          }),
        ),
      );
    }
  });
}

function readFunction(layout: Layout): FunctionWriter {
  const { width, charges, own, charged } = layout;
  return perPoint(layout, true, (writer, point, firsts, sizes) => {
    const row = rowOf(writer, layout);
    const vectors = (width * charges) / 2;
    const held = Array.from({ length: Math.min(HELD, vectors) }, () => writer.local("f64x2"));
    const sums = Array.from({ length: charges }, () => writer.local("f64x2"));
    for (const sum of sums) writer.add(sum.set(f64x2.zero));
    for (let from = 0; from < vectors; from += HELD) {
      const some = held.slice(0, vectors - from);
      for (const value of some) writer.add(value.set(f64x2.zero));
      writer.add(
        lines(writer, layout, firsts, sizes, (address, weight) =>
          some.flatMap((value, v) => {
            const number = f64x2.load(address.get, 16 * (from + v));
            return value.set(f64x2.add(value.get, f64x2.mul(weight.get, number)));
          }),
        ),
      );
      for (const [v, value] of some.entries()) {
        const sum = sums[(from + v) % charges];
        writer.add(
          sum.set(f64x2.add(sum.get, f64x2.mul(value.get, f64x2.load(i32.const(0), row + 16 * (from + v))))),
        );
      }
    }
    for (const [c, sum] of sums.entries()) writer.add(f64x2.store(i32.const(0), own + 16 * c, sum.get));
    const to = i32.mul(point.get, i32.const(8 * charges));
    for (let c = 0; c < charges; c += 2) {
      const [even, odd] = [c, charges + c].map((k) => f64x2.load(i32.const(0), own + 8 * k));
      writer.add(f64x2.store(to, charged + 8 * c, f64x2.add(even, odd)));
    }
  });
}

type Exported = Record<"spread" | "read", (count: number, ...sizes: readonly number[]) => void>;

const modules = new Map<string, WebAssembly.Module>();

/**
 * The kernels with a grid of their own.
 * @throws where WebAssembly, vectors in it or so much memory are not available
 */
export function wasmPointKernels(window: Window, charges: number, lengths: readonly number[]): GridKernels {
  const dims = lengths.length;
  const layout = layoutOf(window, dims, charges);
  const points = lengths.reduce((product, length) => product * length, 1);
  const countsAt = 16 * Math.ceil((layout.grid + 8 * points * charges + layout.margin + 16) / 16);
  const pages = Math.ceil((countsAt + 8 * points) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages });
  const numbers = (start: number, length: number) => new Float64Array(memory.buffer, start, length);
  const name = [dims, window.width, window.polynomials[0].length, charges].join();
  let compiled = modules.get(name);
  if (!compiled) {
    const functions = { spread: spreadFunction(layout), read: readFunction(layout) };
    compiled = new WebAssembly.Module(assemble(functions));
    modules.set(name, compiled);
  }
  const { exports } = new WebAssembly.Instance(compiled, { memory: { memory } });
  const functions = exports as unknown as Exported;
  writePolynomials(window, layout, numbers);
  const sizes = [
    lengths[0],
    dims === 3 ? lengths[1] : 1,
    dims > 1 ? lengths[dims - 1] : 1,
    countsAt,
  ] as const;
  return {
    coordinates: numbers(layout.coordinates, dims * KEYS_PER_BATCH),
    places: numbers(layout.places, dims * PER_AXIS),
    cells: new Int32Array(memory.buffer, layout.cells, KEYS_PER_BATCH),
    charged: numbers(layout.charged, charges * KEYS_PER_BATCH),
    grid: numbers(layout.grid, points * charges),
    counts: numbers(countsAt, points),
    spread: (count) => functions.spread(count, ...sizes),
    read: (count) => functions.read(count, ...sizes),
  };
}

function writePolynomials(
  { polynomials }: Window,
  { polynomials: start, evenTerms, oddTerms }: Layout,
  numbers: (start: number, length: number) => Float64Array,
): void {
  let at = start;
  const last = evenTerms + oddTerms - 1;
  for (let pair = 0; pair < polynomials.length; pair += 2)
    for (const parity of [0, 1])
      for (let k = last - ((last - parity) % 2); k >= 0; k -= 2) {
        numbers(at, 2).set([polynomials[pair][k], polynomials[pair + 1]?.[k] ?? 0]);
        at += 16;
      }
}
