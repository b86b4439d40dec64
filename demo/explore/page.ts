/** The explorer's elements, by id and by name, the lists to choose from, and what is said where. */
import { type KernelName, kernelNames } from "../../src/index.ts";
import { titleOf } from "../figures/four-kernels.ts";
import { examples } from "./source.ts";

export const element = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
export const field = <E extends HTMLElement>(name: string) => document.querySelector<E>(`[name=${name}]`)!;
export const pictureBody = () => document.querySelector<HTMLElement>("#fit .body")!;

export function fill(name: string, options: readonly (readonly [string, string])[]): void {
  field<HTMLSelectElement>(name).replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

/** Kernels and examples. */
export function fillChoices(): void {
  const names = kernelNames.filter((name) => name !== "von-mises-fisher");
  fill(
    "kernel",
    names.map((name) => [name, titleOf(name as KernelName)]),
  );
  element<HTMLSelectElement>("example").replaceChildren(
    new Option("", ""),
    ...Object.entries(examples).map(([id, { title }]) => new Option(title, id)),
  );
}

/** Says what happens, or what is wrong. */
export function say(text: string, wrong = false): void {
  const message = element("message");
  message.textContent = text;
  message.classList.toggle("wrong", wrong);
}

/** Says what is wrong beside the control that it is about. */
export function sayBeside(control: HTMLElement, text: string): void {
  const problem = document.createElement("output");
  problem.className = "problem";
  problem.setAttribute("role", "alert");
  problem.id = `problem-${control.getAttribute("name") ?? control.id}`;
  problem.textContent = text;
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", problem.id);
  (control.closest(".control") ?? control.parentElement!).append(problem);
}

/** Takes back what was said beside controls. */
export function clearProblems(): void {
  for (const problem of document.querySelectorAll(".problem")) problem.remove();
  for (const control of document.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
}

/** The share of the work that is done; undefined when it is over. Work that takes longer than this can be cancelled. */
const SHOWN_AFTER = 300;
let timer: ReturnType<typeof setTimeout> | undefined;

export function showProgress(share: number | undefined): void {
  const progress = element<HTMLProgressElement>("progress");
  if (share === undefined) {
    clearTimeout(timer);
    timer = undefined;
    progress.hidden = true;
    element("cancel").hidden = true;
    pictureBody().classList.remove("busy");
    return;
  }
  if (share > 0) progress.value = share;
  else progress.removeAttribute("value");
  timer ??= setTimeout(() => {
    progress.hidden = false;
    element("cancel").hidden = false;
    pictureBody().classList.add("busy");
  }, SHOWN_AFTER);
}
