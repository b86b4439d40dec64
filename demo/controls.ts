/** Binds inputs to the state: every control with `name="…"` shows that part of it and changes it. */
import { kernelNames } from "../src/index.ts";
import { titleOf } from "./figures/four-kernels.ts";
import { measurements } from "./figures/penguins.ts";
import type { State } from "./state.ts";

type Control = HTMLInputElement | HTMLSelectElement;

/** Sliders of a bandwidth move on a logarithmic scale: their value is log₁₀ of it. */
const isLogarithmic = (control: Control) => control.dataset.scale === "log";

/** Three figures are as many as a hand on a slider means. */
const round = (x: number) => Number(x.toPrecision(2));

export class Controls {
  private readonly controls = [...document.querySelectorAll<Control>("input[name], select[name]")];

  constructor(state: Readonly<State>, change: (part: Partial<State>) => void) {
    fillSelects();
    this.show(state);
    document.addEventListener("submit", (event) => event.preventDefault());
    for (const control of this.controls) {
      control.addEventListener("input", () => {
        const name = control.name as keyof State;
        const text = control.value;
        const isText = control instanceof HTMLSelectElement && control.dataset.type !== "number";
        const value = isText ? text : isLogarithmic(control) ? round(10 ** Number(text)) : Number(text);
        if (control instanceof HTMLInputElement && !control.checkValidity()) return;
        change({ [name]: value });
      });
    }
    document.querySelector("#redraw")!.addEventListener("click", () => {
      change({ seed: 1 + Math.floor(Math.random() * 9999) });
    });
  }

  /** Shows the state in every control, and in the output next to a slider. */
  show(state: Readonly<State>): void {
    for (const control of this.controls) {
      const value = state[control.name as keyof State];
      if (control !== document.activeElement || control.type !== "number") {
        const shown = isLogarithmic(control) ? Math.log10(Number(value)) : value;
        // A slider being dragged keeps its own position; only another's change moves it.
        if (control !== document.activeElement || control.value !== String(shown))
          control.value = String(shown);
      }
      if (control.type === "range") control.setAttribute("aria-valuetext", String(value));
      const output = control.parentElement?.querySelector("output");
      if (output) output.textContent = String(value);
    }
  }
}

function fillSelects(): void {
  const options = (values: readonly [string | number, string][]) =>
    values.map(([value, label]) => new Option(label, String(value)));
  const names = kernelNames.filter((name) => name !== "von-mises-fisher");
  for (const select of document.querySelectorAll("select[data-options=kernels]")) {
    select.replaceChildren(...options(names.map((name) => [name, titleOf(name as State["kernel"])])));
  }
  for (const select of document.querySelectorAll("select[data-options=measurements]")) {
    select.replaceChildren(...options(measurements.map((name, i) => [i, name])));
  }
}
