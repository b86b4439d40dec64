/** The pointer on the picture: a stroke becomes what is shown, or on a map what is selected; a wheel zooms, and with Shift a stroke moves. */

/** Shorter strokes, in pixels, are clicks. */
const SHORTEST = 12;
/** How much a step of a wheel zooms. */
const PER_PIXEL = 1.002;

type Ends = readonly [number, number];

export interface ZoomActions {
  /** What is shown now, of x, and on a map of the second coordinate. */
  readonly view: () => { readonly x: Ends; readonly y?: Ends } | undefined;
  /** `done` is false while the pointer still moves. */
  readonly zoom: (x: Ends, done: boolean) => void;
  readonly select: (x: Ends, y: Ends) => void;
}

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export function enableZoom(body: HTMLElement, { view, zoom, select }: ZoomActions): void {
  const mark = document.createElement("div");
  mark.className = "stretch";
  mark.hidden = true;
  let stroke:
    | { readonly x: number; readonly y: number; readonly frame: Frame; readonly isMove: boolean }
    | undefined;
  let shown: ReturnType<ZoomActions["view"]>;

  const begin = (event: PointerEvent) => {
    // A finger scrolls the page; it has the boxes and the buttons.
    if (event.pointerType === "touch" || event.button !== 0) return;
    const frame = frameUnder(event.target as Element);
    shown = view();
    if (!frame || !shown) return;
    event.preventDefault(); // no text is marked meanwhile
    stroke = { x: event.clientX, y: event.clientY, frame, isMove: event.shiftKey };
    if (!event.shiftKey) body.append(mark);
  };
  body.addEventListener("pointerdown", begin, true); // before the plot's own pointer, which keeps it
  addEventListener("pointermove", ({ clientX, clientY }) => {
    if (!stroke || !shown) return;
    const { frame } = stroke;
    if (stroke.isMove) {
      zoom(moved(shown.x, (stroke.x - clientX) / (frame.right - frame.left)), false);
      return;
    }
    const [left, right] = ends(stroke.x, clientX, frame.left, frame.right);
    const [top, bottom] = shown.y
      ? ends(stroke.y, clientY, frame.top, frame.bottom)
      : [frame.top, frame.bottom];
    const box = body.getBoundingClientRect();
    mark.hidden = right - left < SHORTEST;
    Object.assign(mark.style, {
      left: `${left - box.left}px`,
      width: `${right - left}px`,
      top: `${top - box.top}px`,
      height: `${bottom - top}px`,
    });
  });
  addEventListener("pointerup", ({ clientX, clientY }) => {
    if (!stroke || !shown) return;
    const { frame, isMove } = stroke;
    const [left, right] = ends(stroke.x, clientX, frame.left, frame.right);
    const [top, bottom] = ends(stroke.y, clientY, frame.top, frame.bottom);
    const start = stroke;
    stroke = undefined;
    mark.remove();
    if (isMove) {
      zoom(moved(shown.x, (start.x - clientX) / (frame.right - frame.left)), true);
      return;
    }
    if (right - left < SHORTEST || (shown.y && bottom - top < SHORTEST)) return;
    const x = within(
      shown.x,
      (left - frame.left) / (frame.right - frame.left),
      (right - frame.left) / (frame.right - frame.left),
    );
    if (!shown.y) zoom(x, true);
    else {
      const height = frame.bottom - frame.top;
      select(x, within(shown.y, (frame.bottom - bottom) / height, (frame.bottom - top) / height));
    }
  });
  // With Ctrl or ⌘, as in maps: the wheel alone scrolls the page. A pinch on a touchpad says Ctrl by itself.
  body.addEventListener(
    "wheel",
    (event) => {
      const now = view();
      const frame = frameUnder(event.target as Element);
      if (!(event.ctrlKey || event.metaKey) || !now || !frame) return;
      event.preventDefault();
      const share = Math.min(Math.max((event.clientX - frame.left) / (frame.right - frame.left), 0), 1);
      zoom(zoomed(now.x, PER_PIXEL ** event.deltaY, share), true);
    },
    { passive: false },
  );
}

/** A range so many times as wide, around a place within it. */
export function zoomed([from, to]: Ends, factor: number, share = 0.5): Ends {
  const at = from + share * (to - from);
  return [at - (at - from) * factor, at + (to - at) * factor];
}

/** A range moved by a share of its width. */
export const moved = ([from, to]: Ends, share: number): Ends => [
  from + share * (to - from),
  to + share * (to - from),
];

const within = ([from, to]: Ends, low: number, high: number): Ends => [
  from + low * (to - from),
  from + high * (to - from),
];

/** The two ends of a stroke, within the frame. */
function ends(start: number, now: number, least: number, most: number): Ends {
  const both = [start, now].map((end) => Math.min(Math.max(end, least), most)).sort((a, b) => a - b);
  return [both[0], both[1]];
}

/** Where the axes of the plot under the pointer lie on the screen. */
function frameUnder(target: Element): Frame | undefined {
  const plot = target.closest<SVGSVGElement>("svg[data-x]");
  if (!plot) return undefined;
  const { left, top } = plot.getBoundingClientRect();
  const [x, y] = [plot.dataset.x!, plot.dataset.y!].map((text) => text.split(",").map(Number));
  return { left: left + x[0], right: left + x[1], top: top + y[1], bottom: top + y[0] };
}
