/** The adapters whose results are committed with the code, next to each other. */
import { summaryOf } from "../../bench/report.ts";
import type { Results } from "../../bench/suite.ts";

const committed = import.meta.glob<Results>(
  ["../../bench/results/*-browser.json", "../../bench/results/*-node.json"],
  { import: "default" },
);

/** Fills a table, as the files come. */
export function showOthers(table: HTMLElement): void {
  for (const load of Object.values(committed))
    void load().then((results) => {
      const row = document.createElement("tr");
      for (const text of [results.where, results.date, summaryOf(results) ?? "no rows"]) {
        const cell = document.createElement("td");
        cell.textContent = text;
        row.append(cell);
      }
      table.append(row);
    });
}
