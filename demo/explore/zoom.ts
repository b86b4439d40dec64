/** A stretch of x, drawn with the mouse or a pen over the picture, becomes what is shown. */

/** Shorter strokes, in pixels, are clicks. */
const SHORTEST = 12;

/** `view` is what is shown now; `zoom` is called with what should be. */
export function letZoom(
  body: HTMLElement,
  view: () => readonly [number, number] | undefined,
  zoom: (from: number, to: number) => void,
): void {
  const mark = document.createElement("div");
  mark.className = "stretch";
  mark.hidden = true;
  let start:
    | { readonly x: number; readonly frame: DOMRect; readonly left: number; readonly right: number }
    | undefined;

  const begin = (event: PointerEvent) => {
    // A finger scrolls the page; it has the two boxes.
    if (event.pointerType === "touch" || event.button !== 0) return;
    const plot = (event.target as Element).closest("svg");
    const frame = plot && frameOf(plot);
    if (!frame) return;
    event.preventDefault(); // no text is marked meanwhile
    start = { x: event.clientX, ...frame };
    body.append(mark);
  };
  body.addEventListener("pointerdown", begin, true); // before the plot's own pointer, which keeps it
  addEventListener("pointermove", ({ clientX }) => {
    if (!start) return;
    const [from, to] = stretch(start, clientX);
    const box = body.getBoundingClientRect();
    mark.hidden = to - from < SHORTEST;
    Object.assign(mark.style, {
      left: `${from - box.left}px`,
      width: `${to - from}px`,
      top: `${start.frame.top - box.top}px`,
      height: `${start.frame.height}px`,
    });
  });
  addEventListener("pointerup", ({ clientX }) => {
    if (!start) return;
    const [from, to] = stretch(start, clientX);
    const { left, right } = start;
    start = undefined;
    mark.remove();
    const shown = view();
    if (!shown || to - from < SHORTEST) return;
    const [least, most] = shown;
    const at = (x: number) => least + ((x - left) / (right - left)) * (most - least);
    zoom(at(from), at(to));
  });
}

/** The two ends of a stroke, within the frame. */
function stretch(
  { x, left, right }: { readonly x: number; readonly left: number; readonly right: number },
  now: number,
): [number, number] {
  const ends = [x, now].map((end) => Math.min(Math.max(end, left), right)).sort((a, b) => a - b);
  return [ends[0], ends[1]];
}

/** Where a plot's x axis lies on the screen. */
function frameOf(plot: SVGSVGElement): { frame: DOMRect; left: number; right: number } | undefined {
  const range = plot.dataset.x?.split(",").map(Number);
  if (!range) return undefined;
  const frame = plot.getBoundingClientRect();
  return { frame, left: frame.left + range[0], right: frame.left + range[1] };
}
