/** From the coordinates of a point of the batch to its positions on the axes; `places.ts` says what the numbers of an axis are. */
import { PER_AXIS } from "../places.ts";
import { type Code, type FunctionWriter, f64, i32, type Local, select } from "./assembler.ts";

/** Where in memory the batch's coordinates and the axes' numbers are, in bytes. */
export interface LocateLayout {
  readonly coordinates: number;
  readonly places: number;
}

/** Instructions that leave the point's positions in locals, one an axis. */
export function locate(
  writer: FunctionWriter,
  layout: LocateLayout,
  dims: number,
  point: Local,
): readonly Local[] {
  return located(writer, layout, dims, point).map(({ position }) => position);
}

/** The same for points that may have no place: these have the position `safe` on every axis, and 0 in `isPlaced`. */
export function locateSafely(
  writer: FunctionWriter,
  layout: LocateLayout,
  dims: number,
  point: Local,
  safe: number,
): { readonly positions: readonly Local[]; readonly isPlaced: Local } {
  const isPlaced = writer.local("i32");
  const axes = located(writer, layout, dims, point);
  writer.add(isPlaced.set(axes.map(({ isOn }) => isOn).reduce((all, each) => i32.and(all, each))));
  for (const { position } of axes)
    writer.add(position.set(select(position.get, f64.const(safe), isPlaced.get)));
  return { positions: axes.map(({ position }) => position), isPlaced };
}

function located(writer: FunctionWriter, layout: LocateLayout, dims: number, point: Local) {
  const number = (axis: number, which: number): Code =>
    f64.load(i32.const(0), layout.places + 8 * (axis * PER_AXIS + which));
  return Array.from({ length: dims }, (_, a) => {
    const [x, steps, position] = [writer.local("f64"), writer.local("f64"), writer.local("f64")];
    writer.add(
      x.set(f64.load(i32.mul(point.get, i32.const(8 * dims)), layout.coordinates + 8 * a)),
      steps.set(f64.mul(f64.sub(x.get, number(a, 0)), number(a, 1))),
      position.set(f64.sub(f64.add(steps.get, number(a, 2)), number(a, 3))),
    );
    const isOn = i32.and(f64.atLeast(steps.get, number(a, 4)), f64.atMost(x.get, number(a, 5)));
    return { position, isOn };
  });
}
