/** Moments of cells and their polynomials, an even and an odd power at a time; `cell-polynomials.ts` does the same in TypeScript, to the last bit. */
import { KEYS_PER_BATCH } from "../key-batches.ts";
import { PER_AXIS } from "../places.ts";
import {
  assemble,
  type Code,
  FunctionWriter,
  f64,
  f64x2,
  i32,
  type Local,
  loop,
  select,
} from "./assembler.ts";
import { type LocateLayout, locate, locateSafely } from "./locate.ts";
import type { PointKernels } from "./point-kernels.ts";

const PAGE = 2 ** 16;

/** Where things are in memory, in bytes. */
interface Layout extends LocateLayout {
  readonly charges: number;
  readonly terms: number;
  readonly cells: number;
  readonly charged: number;
  /** [cell][charge][power]. */
  readonly numbers: number;
}

function layoutOf(terms: number, charges: number): Layout {
  const places = 8 * KEYS_PER_BATCH;
  const cells = places + 64;
  const charged = cells + 4 * KEYS_PER_BATCH;
  const numbers = charged + 8 * KEYS_PER_BATCH * charges;
  return { charges, terms, coordinates: 0, places, cells, charged, numbers };
}

/** Locals of a point: where its place in the cell is s, s² twice, and the address of the cell's numbers. */
interface Place {
  readonly s: Local;
  readonly squares: Local;
  readonly numbers: Local;
  /** The address of its charges. */
  readonly charges: Local;
}

/** A function of how many points of the batch there are, which handles one after the other. */
function perPoint(
  layout: Layout,
  isRead: boolean,
  body: (writer: FunctionWriter, place: Place) => Code,
): FunctionWriter {
  const { charges, terms } = layout;
  const writer = new FunctionWriter(1);
  const [count] = writer.parameters;
  const [point, cellIndex, numbers, chargesAt] = [1, 2, 3, 4].map(() => writer.local("i32"));
  const [cell, s] = [writer.local("f64"), writer.local("f64")];
  const squares = writer.local("f64x2");
  const own = writer.section(() => {
    const safely = isRead ? locateSafely(writer, layout, 1, point, 0) : undefined;
    const [place] = safely?.positions ?? locate(writer, layout, 1, point);
    writer.add(
      cell.set(f64.floor(place.get)),
      s.set(f64.sub(f64.sub(place.get, cell.get), f64.const(0.5))),
      squares.set(f64x2.splat(f64.mul(s.get, s.get))),
      cellIndex.set(i32.truncate(cell.get)),
      numbers.set(i32.mul(cellIndex.get, i32.const(8 * charges * terms))),
      chargesAt.set(i32.mul(point.get, i32.const(8 * charges))),
    );
    if (safely) {
      const known = select(cellIndex.get, i32.const(-1), safely.isPlaced.get);
      writer.add(i32.store(i32.mul(point.get, i32.const(4)), layout.cells, known));
    }
    writer.add(body(writer, { s, squares, numbers, charges: chargesAt }));
  });
  writer.add(loop(point, i32.const(0), count.get, 1, own));
  return writer;
}

const spreadFunction = (layout: Layout): FunctionWriter =>
  perPoint(layout, false, (writer, { s, squares, numbers, charges }) => {
    const [ones, powers] = [writer.local("f64x2"), writer.local("f64x2")];
    const code: number[] = [...ones.set(f64x2.replaceFirst(f64x2.splat(s.get), f64.const(1)))];
    for (let c = 0; c < layout.charges; c++) {
      code.push(...powers.set(f64x2.mul(f64x2.loadSplat(charges.get, layout.charged + 8 * c), ones.get)));
      for (let k = 0; k < layout.terms; k += 2) {
        const at = layout.numbers + 8 * (c * layout.terms + k);
        if (k > 0) code.push(...powers.set(f64x2.mul(powers.get, squares.get)));
        code.push(...f64x2.store(numbers.get, at, f64x2.add(f64x2.load(numbers.get, at), powers.get)));
      }
    }
    return code;
  });

const readFunction = (layout: Layout): FunctionWriter =>
  perPoint(layout, true, (writer, { s, squares, numbers, charges }) => {
    const sum = writer.local("f64x2");
    const code: number[] = [];
    for (let c = 0; c < layout.charges; c++) {
      const pair = (k: number) => f64x2.load(numbers.get, layout.numbers + 8 * (c * layout.terms + k));
      code.push(...sum.set(pair(layout.terms - 2)));
      for (let k = layout.terms - 4; k >= 0; k -= 2)
        code.push(...sum.set(f64x2.add(f64x2.mul(sum.get, squares.get), pair(k))));
      const [even, odd] = [f64x2.first(sum.get), f64x2.second(sum.get)];
      code.push(...f64.store(charges.get, layout.charged + 8 * c, f64.add(even, f64.mul(s.get, odd))));
    }
    return code;
  });

interface Exported {
  spread(count: number): void;
  read(count: number): void;
}

const modules = new Map<string, WebAssembly.Module>();

/**
 * The kernels for so many cells and an even number of terms.
 * @throws where WebAssembly, vectors in it or so much memory are not available
 */
export function wasmCellKernels(terms: number, cells: number, charges: number): PointKernels {
  const layout = layoutOf(terms, charges);
  const numbers = cells * charges * terms;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((layout.numbers + 8 * numbers) / PAGE) });
  const name = [terms, charges].join();
  const compiled =
    modules.get(name) ??
    new WebAssembly.Module(assemble({ spread: spreadFunction(layout), read: readFunction(layout) }));
  modules.set(name, compiled);
  const { exports } = new WebAssembly.Instance(compiled, { memory: { memory } });
  const { spread, read } = exports as unknown as Exported;
  return {
    coordinates: new Float64Array(memory.buffer, layout.coordinates, KEYS_PER_BATCH),
    places: new Float64Array(memory.buffer, layout.places, PER_AXIS),
    cells: new Int32Array(memory.buffer, layout.cells, KEYS_PER_BATCH),
    charged: new Float64Array(memory.buffer, layout.charged, KEYS_PER_BATCH * charges),
    grid: new Float64Array(memory.buffer, layout.numbers, numbers),
    spread,
    read,
  };
}
