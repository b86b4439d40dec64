/** A figure alone, for lessons and other pages: `?figure=learn` shows it with its controls; its state is in the address. */

import { titleOf } from "./download.ts";

/** Controls that belong to a figure: the rows that follow it, and the bar of the toy data for the figures that it moves. */
function controlsOf(figure: HTMLElement): HTMLElement[] {
  const rows: HTMLElement[] = [];
  const block = figure.closest<HTMLElement>(".pair") ?? figure;
  for (let next = block.nextElementSibling; next?.matches("p.row"); next = next.nextElementSibling)
    rows.push(next as HTMLElement);
  const usesToy = figure.id === "hero" || figure.closest(".toy");
  const bar = document.querySelector<HTMLElement>(".controls")!;
  return usesToy ? [bar, ...rows] : rows;
}

/** Shows one figure where the address asks for it. Before anything is computed. */
export function showAlone(): void {
  const id = new URLSearchParams(location.search).get("figure");
  const figure = id ? document.getElementById(id) : null;
  if (!figure?.matches("figure")) return;
  document.body.dataset.alone = "";
  for (const part of [figure, ...controlsOf(figure)]) part.classList.add("chosen");
  // A pointer, a projector's clicker, a keyboard: arrow keys move the figure's own slider at once.
  const slider = (selector: string) =>
    document.querySelector<HTMLInputElement>(`${selector} input[type=range]`);
  (slider(".row.chosen") ?? slider(".chosen"))?.focus({ preventScroll: true });
}

/** Buttons for teachers under a figure: full screen, and text to embed it elsewhere with its state. */
export function addTeaching(figure: HTMLElement): void {
  const address = () => {
    const url = new URL(location.href);
    url.searchParams.set("figure", figure.id);
    return url.href;
  };
  const button = (text: string, label: string, action: () => void) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.onclick = action;
    return made;
  };
  const title = titleOf(figure);
  figure.querySelector(".downloads")!.append(
    button("Alone", `Alone: ${title}`, () => {
      location.href = address();
    }),
    button("Embed", `Embed ${title} Copies an iframe`, () => {
      const { height } = figure.getBoundingClientRect();
      void navigator.clipboard.writeText(
        `<iframe src="${address()}" width="100%" height="${Math.round(height + 120)}" loading="lazy" title="${title}"></iframe>`,
      );
    }),
    button("Full screen", `Full screen: ${title}`, () => void figure.requestFullscreen()),
  );
}
