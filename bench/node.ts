/**
 * The benchmark in Node: prints progress on the standard error, the results as a JSON list on the standard output. `--grid`: the
 * grid that "auto" is checked by, on the GPU and on the CPU.
 */
import { Engine } from "../src/index.ts";
import { type Grid, type GridRow, measureGrid } from "./grid.ts";
import { adapterName, runSuite } from "./suite.ts";

async function judgeAuto(backend: "webgpu" | "cpu"): Promise<Grid> {
  const engine = await Engine.create({ backend });
  const grid: GridRow[] = [];
  for await (const row of measureGrid(engine)) {
    grid.push(row);
    const { kernel, n, m, dims, factor } = row;
    console.error(`[${backend}, ${grid.length}] ${kernel}, ${n} × ${m}, d = ${dims}, ${factor} × Scott`);
  }
  const { adapter: named } = engine.info;
  const adapter = named ? adapterName(named) : "CPU";
  return { date: new Date().toISOString().slice(0, 10), where: `Node ${process.version}`, adapter, grid };
}

const results = process.argv.includes("--grid")
  ? [await judgeAuto("webgpu"), await judgeAuto("cpu")]
  : [
      await runSuite({
        where: `Node ${process.version} (Dawn)`,
        full: process.argv.includes("--full"),
        progress: (what, done, total) => console.error(`[${done}/${total}] ${what}`),
      }),
    ];
console.log(JSON.stringify(results));
process.exit(0); // Dawn keeps the process alive
