/** The explorer's elements, by id and by name, and the lists to choose from. */
import { type KernelName, kernelNames } from "../../src/index.ts";
import { titleOf } from "../figures/four-kernels.ts";
import { examples } from "./source.ts";

export const element = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
export const field = <E extends HTMLElement>(name: string) => document.querySelector<E>(`[name=${name}]`)!;

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

/** The share of the work that is done; undefined when it is over. */
export function show(share: number | undefined): void {
  const progress = element<HTMLProgressElement>("progress");
  progress.hidden = share === undefined;
  progress.value = share ?? 0;
}
