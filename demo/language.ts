/** The lesson in other languages: `?lang=ko`, or the browser's own; one file of strings a language, English is the page itself. */
import { phrases as english, type Phrases } from "./strings/en.ts";

let current: Phrases = english;

/** What the page says besides its own text. */
export const phrases = (): Phrases => current;

/** Puts the language's strings into the page, before anything is drawn or listens. */
export async function translate(): Promise<void> {
  const asked = new URLSearchParams(location.search).get("lang") ?? navigator.language;
  if (!/^ko\b/.test(asked)) return;
  const { labels, phrases, texts, title } = await import("./strings/ko.ts");
  current = phrases;
  document.title = title;
  document.documentElement.lang = "ko";
  for (const [selector, text] of Object.entries(texts)) {
    const list = typeof text === "string" ? [text] : text;
    document.querySelectorAll(selector).forEach((element, i) => {
      // Ours, and no visitor's: the strings hold marks such as <b>.
      element.innerHTML = list[i];
    });
  }
  for (const [name, text] of Object.entries(labels))
    for (const control of document.querySelectorAll(`[name=${name}]`)) {
      const first = control.closest("label")?.firstChild;
      if (first?.nodeType === Node.TEXT_NODE) first.textContent = text;
    }
  const other = document.querySelector<HTMLAnchorElement>("#language");
  if (other) other.href = "?lang=en";
}
