/** The explorer's controls: what each of them changes. */
import type { Data } from "./fit.ts";
import { undo } from "./history.ts";
import { element, field } from "./page.ts";
import { onReadingChange, resetReading } from "./reading.ts";
import { type ExploreState, viewOf } from "./state.ts";
import { letZoom } from "./zoom.ts";

/** What the visitor's actions do. */
export interface Actions {
  readonly state: () => ExploreState;
  readonly data: () => Data | undefined;
  /** Shows the state; `columns` where other columns were chosen. */
  readonly changed: (columns: boolean) => Promise<void>;
  readonly choose: () => Promise<void>;
  readonly open: (source: Blob | string, name: string) => Promise<void>;
  readonly openExample: (id: string) => void;
  readonly readAgain: () => void;
  readonly restore: () => Promise<void>;
  readonly draw: () => void;
  /** The slider is being dragged, or was let go. */
  readonly drag: (held: boolean) => void;
}

export function listen(actions: Actions): void {
  const { changed, open } = actions;
  const body = document.querySelector<HTMLElement>("#fit .body")!;
  const slider = element<HTMLInputElement>("slider");
  for (const name of ["x", "x2", "y", "kernel", "degree"] as const)
    field<HTMLSelectElement>(name).onchange = ({ target }) => {
      const { value } = target as HTMLSelectElement;
      const columns = name === "x" || name === "x2" || name === "y";
      const state = actions.state();
      Object.assign(state, { [name]: name === "degree" ? Number(value) : value });
      if (name === "x") Object.assign(state, { width: 0, from: NaN, to: NaN });
      if (columns) state.width2 = 0;
      void changed(columns);
    };
  for (const name of ["band", "slope"] as const)
    field<HTMLInputElement>(name).onchange = ({ target }) => {
      actions.state()[name] = (target as HTMLInputElement).checked;
      void changed(false);
    };
  const see = (from: number, to: number) => {
    Object.assign(actions.state(), { from, to });
    void changed(false);
  };
  for (const name of ["from", "to"] as const)
    field<HTMLInputElement>(name).onchange = () =>
      see(field<HTMLInputElement>("from").valueAsNumber, field<HTMLInputElement>("to").valueAsNumber);
  element("whole").onclick = () => see(NaN, NaN);
  letZoom(
    body,
    () => {
      const data = actions.data();
      return data && viewOf(actions.state(), data.range);
    },
    (from, to) => see(Number(from.toPrecision(8)), Number(to.toPrecision(8))),
  );
  element("undo").onclick = undo;
  addEventListener("popstate", () => void actions.restore());
  slider.oninput = () => actions.drag(true);
  slider.onchange = () => actions.drag(false);
  element("choose").onclick = () => void actions.choose();
  element<HTMLInputElement>("file").onchange = ({ target }) => {
    const [file] = (target as HTMLInputElement).files ?? [];
    if (file) void open(file, file.name);
  };
  onReadingChange(actions.readAgain);
  element<HTMLSelectElement>("example").onchange = ({ target }) => {
    resetReading();
    actions.openExample((target as HTMLSelectElement).value);
  };
  document.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) void open(file, file.name);
  });
  let width = document.body.clientWidth;
  new ResizeObserver(() => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    actions.draw();
  }).observe(document.body);
}
