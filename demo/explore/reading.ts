/** How a file is read: what the visitor can choose, and what the reader decided or could not use. */

import { element, field, fill } from "./page.ts";
import type { ReadTable } from "./reader.ts";
import type { ReadingOptions } from "./source.ts";

const CHOICES = ["encoding", "decimal", "dateOrder", "sheet"] as const;
const FIELDS = [...CHOICES, "noNames", "headerRow"] as const;

let badAsMissing: readonly string[] = [];

/** What is chosen now. */
export function readingOptions(): ReadingOptions {
  const options: Record<string, unknown> = { badAsMissing };
  for (const name of CHOICES) {
    const { value } = field<HTMLSelectElement>(name);
    if (value !== "") options[name] = value;
  }
  if (field<HTMLInputElement>("noNames").checked) options.header = false;
  const row = field<HTMLInputElement>("headerRow");
  if (row.value !== "") options.headerRow = row.valueAsNumber;
  return options;
}

/** As for a file that was not seen before. */
export function resetReading(): void {
  badAsMissing = [];
  offerSheets([], "");
  for (const name of CHOICES) field<HTMLSelectElement>(name).value = "";
  field<HTMLInputElement>("noNames").checked = false;
  field<HTMLInputElement>("headerRow").value = "";
}

export function onReadingChange(readAgain: () => void): void {
  for (const name of FIELDS) field(name).onchange = readAgain;
}

/** Lists the sheets of a workbook that has several. */
export function offerSheets(sheets: readonly string[], chosen: string): void {
  element("sheet-choice").hidden = sheets.length < 2;
  fill("sheet", sheets.length < 2 ? [] : sheets.map((name) => [name, name]));
  field<HTMLSelectElement>("sheet").value = chosen;
}

/** Lists what the reader decided, and columns that a few cells keep from being numbers, each with a button that leaves such cells empty. */
export function showNotes(
  { notes = [], summary = [], rows, sheets = [], layout }: ReadTable,
  readAgain: (column: string) => void,
): void {
  offerSheets(sheets, layout?.sheet ?? "");
  const items = notes.map((note) => item(note));
  for (const { name, type, firstBad } of summary) {
    if (!firstBad) continue;
    const { where, value, problem, count, isAmbiguous } = firstBad;
    const text = `column ${name}, ${where}: “${value}” ${problem} (${count.toLocaleString("en")} of ${rows.toLocaleString("en")} rows)`;
    if (type === "nested") items.push(item(`column ${name} holds lists or objects, and is not read`));
    else if (type !== "text") items.push(item(`${text}; such cells are left empty`));
    else if (isAmbiguous) items.push(item(text));
    else {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Leave such cells empty";
      button.onclick = () => {
        badAsMissing = [...badAsMissing, name];
        readAgain(name);
      };
      items.push(item(text, button));
    }
  }
  element("notes").replaceChildren(...items);
}

function item(text: string, ...more: readonly Node[]): HTMLElement {
  const line = document.createElement("li");
  line.append(text, " ", ...more);
  return line;
}
