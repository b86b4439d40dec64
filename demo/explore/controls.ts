/** The explorer's controls: what each of them changes. */
import type { Data } from "./data.ts";
import { undo } from "./history.ts";
import { clearProblems, element, field, pictureBody, sayBeside } from "./page.ts";
import { onReadingChange, resetReading } from "./reading.ts";
import { type ExploreState, viewOf } from "./state.ts";
import { date, number } from "./units.ts";
import { enableZoom, moved, zoomed } from "./zoom.ts";

/** What changes: other columns, another fit of the same rows, or only how it is shown. */
export type Change = "columns" | "fit" | "view";

/** What the visitor's actions do. */
export interface Actions {
  readonly state: () => ExploreState;
  readonly data: () => Data | undefined;
  readonly change: (part: Partial<ExploreState>, what: Change) => void;
  readonly open: (source: Blob | string, name: string) => void;
  readonly openExample: (id: string) => void;
  readonly readAgain: () => void;
  readonly restore: () => void;
  readonly redraw: () => void;
  /** The slider is at a bandwidth; `run` counts its drags and runs of keys, `isHeld` while it moves. */
  readonly slide: (run: number, isHeld: boolean) => void;
  /** The view moves under the pointer. */
  readonly move: (from: number, to: number, isHeld: boolean) => void;
  readonly select: (x: readonly [number, number], y: readonly [number, number]) => void;
  readonly keep: () => void;
  readonly cancel: () => void;
}

export function listen(actions: Actions): void {
  listenToChoices(actions);
  listenToView(actions);
  listenToSlider(actions);
  listenToFiles(actions);
  element("undo").onclick = undo;
  addEventListener("popstate", () => actions.restore());
  document.addEventListener("submit", (event) => event.preventDefault());
  let [width, height] = [innerWidth, innerHeight];
  addEventListener("resize", () => {
    // A phone's window changes its height whenever it is scrolled.
    if (innerWidth === width && Math.abs(innerHeight - height) < 150) return;
    [width, height] = [innerWidth, innerHeight];
    actions.redraw();
  });
}

function listenToChoices({ change, keep, cancel }: Actions): void {
  for (const name of ["x", "x2", "y", "group"] as const)
    field<HTMLSelectElement>(name).onchange = ({ target }) => {
      const { value } = target as HTMLSelectElement;
      const part: Partial<ExploreState> = { [name]: value, width2: 0 };
      if (name !== "group") Object.assign(part, { width: 0, kept: [] });
      if (name === "x") Object.assign(part, { from: NaN, to: NaN });
      change(part, "columns");
    };
  field<HTMLSelectElement>("kernel").onchange = ({ target }) =>
    change({ kernel: (target as HTMLSelectElement).value as ExploreState["kernel"] }, "fit");
  field<HTMLSelectElement>("degree").onchange = ({ target }) =>
    change({ degree: Number((target as HTMLSelectElement).value) as ExploreState["degree"] }, "fit");
  field<HTMLSelectElement>("below").onchange = ({ target }) =>
    change({ below: (target as HTMLSelectElement).value as ExploreState["below"] }, "view");
  for (const name of ["band", "quartiles"] as const)
    field<HTMLInputElement>(name).onchange = ({ target }) =>
      change({ [name]: (target as HTMLInputElement).checked }, "view");
  const byRule = (rule: ExploreState["rule"]) => change({ width: 0, width2: 0, rule }, "fit");
  element("choose").onclick = () => byRule("plug-in");
  element("loo").onclick = () => byRule("loo");
  element("thumb").onclick = () => byRule("thumb");
  element("keep").onclick = keep;
  element("drop").onclick = () => change({ kept: [] }, "view");
  element("cancel").onclick = cancel;
  const language = element<HTMLSelectElement>("language");
  language.onchange = () => {
    for (const { value } of language.options) element(value).hidden = value !== language.value;
  };
  element("copy-code").onclick = () =>
    void navigator.clipboard.writeText(element(language.value).textContent ?? "");
}

function listenToView({ state, data, change, move, select }: Actions): void {
  const boxes = ["from", "to"] as const;
  for (const name of boxes)
    field<HTMLInputElement>(name).onchange = () => {
      clearProblems();
      const [from, to] = boxes.map((each) => field<HTMLInputElement>(each).valueAsNumber);
      const range = data()?.range;
      if (!range) return;
      const [left, right] = [Number.isNaN(from) ? range[0] : from, Number.isNaN(to) ? range[1] : to];
      const isDate = data()!.dates.x;
      const said = isDate ? date : (value: number) => number(value, 6);
      if (left >= right) {
        const text = `the part ends at ${said(right)}, before it begins at ${said(left)}: choose a "to" after "from"`;
        sayBeside(field("to"), text);
        return;
      }
      if (left > range[1] || right < range[0]) {
        sayBeside(field("to"), `x lies between ${said(range[0])} and ${said(range[1])}`);
        return;
      }
      change({ from, to }, "view");
    };
  element("whole").onclick = () => change({ from: NaN, to: NaN }, "view");
  const view = () => {
    const shown = data();
    return shown && { x: viewOf(state(), shown.range), y: shown.second?.range };
  };
  const steps = {
    "zoom-in": (x: readonly [number, number]) => zoomed(x, 0.5),
    "zoom-out": (x: readonly [number, number]) => zoomed(x, 2),
    left: (x: readonly [number, number]) => moved(x, -0.25),
    right: (x: readonly [number, number]) => moved(x, 0.25),
  };
  for (const [id, step] of Object.entries(steps))
    element(id).onclick = () => {
      const shown = view();
      if (shown) move(...step(shown.x), false);
    };
  enableZoom(pictureBody(), {
    view,
    zoom: ([from, to], done) => move(from, to, !done),
    select,
  });
}

function listenToSlider({ slide }: Actions): void {
  const slider = element<HTMLInputElement>("slider");
  let [run, isPointer] = [1, false];
  slider.onpointerdown = () => {
    run++;
    isPointer = true;
  };
  slider.onblur = () => {
    run++;
  };
  slider.oninput = () => slide(run, true);
  slider.onchange = () => {
    slide(run, false);
    if (isPointer) run++;
    isPointer = false;
  };
}

function listenToFiles({ open, openExample, readAgain }: Actions): void {
  element<HTMLInputElement>("file").onchange = ({ target }) => {
    const [file] = (target as HTMLInputElement).files ?? [];
    if (file) open(file, file.name);
  };
  onReadingChange(readAgain);
  element<HTMLSelectElement>("example").onchange = ({ target }) => {
    resetReading();
    element<HTMLInputElement>("file").value = "";
    openExample((target as HTMLSelectElement).value);
  };
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) open(file, file.name);
  });
}
