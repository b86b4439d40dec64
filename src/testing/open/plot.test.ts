/** Open faults of pictures that need no page (issue R); those of the pages are in e2e/open-faults.spec.ts. */
import { expect } from "vitest";
import { Engine } from "../../index.ts";
import { smoothRows } from "../../plot.ts";
import { openFault } from "../open-faults.ts";

openFault("R", "pages 4", "draws no curve across a gap without a row", async () => {
  const engine = await Engine.create({ backend: "cpu", workers: 0 });
  const x = [0, 0.2, 0.4, 0.6, 0.8, 1].flatMap((t) => [t, 100 + t]);
  const rows = x.map((t) => ({ t, v: Math.sin(5 * t) }));
  const curve = await smoothRows(rows, { x: "t", y: "v", bandwidth: 0.2, degree: 1, engine });
  const inGap = curve.filter((row) => Number(row.x) > 5 && Number(row.x) < 95);
  expect(inGap.filter(({ y }) => Number.isFinite(y))).toEqual([]);
});
