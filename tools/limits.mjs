/** `npm run bench -- --limits [--save]`: what each method on the CPU takes beside what one core of this machine can do at best. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const giga = (x) => `${(x / 1e9).toPrecision(3)} G`;

export async function limits(save) {
  const script = await bundle("bench/cpu-limits.ts");
  const results = JSON.parse(execFileSync("node", [script], { encoding: "utf8" }));
  if (save) writeFileSync(`${root}/bench/results/cpu-limits.json`, `${JSON.stringify(results, null, 1)}\n`);
  console.log(limitsTable(results));
}

/** The saved results as a table. */
export function limitsTable({ node, cpu, ceilings, rows }) {
  const { vectors, exponentials, bytes } = ceilings;
  const lines = [
    "## The CPU's limits",
    "",
    `One thread, Node ${node}, ${cpu}. In WebAssembly, in registers: ${giga(vectors)} multiplications and additions of two float64 a second; in JavaScript ${giga(exponentials)} exponentials;`,
    `memory ${giga(bytes)}B copied a second. The limit is what the algorithm needs at least at these rates, operations or bytes, whichever takes longer.`,
    "",
    "| method | measured | operations | memory | share of the limit |",
    "| --- | --- | --- | --- | --- |",
  ];
  const ms = (x) => `${x.toPrecision(3)} ms`;
  for (const { task, milliseconds, operations, memory } of rows) {
    const share = Math.max(operations, memory) / milliseconds;
    lines.push(
      `| ${task} | ${ms(milliseconds)} | ${ms(operations)} | ${ms(memory)} | ${(100 * share).toFixed(0)} % |`,
    );
  }
  return lines.join("\n");
}
