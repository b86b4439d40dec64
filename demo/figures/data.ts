/** Figure 2: the toy data and the function it came from. */
import { drawLinePanels } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";
import { queries, type ToyData, toyData, truth } from "../toy-data.ts";
import { yAxis } from "./y-axis.ts";

export const dataFigure = figure<ToyData>({
  id: "data",
  uses: ["n", "noise", "seed"],
  compute: async (_, state) => toyData(state),
  draw(body, data) {
    const lines = [{ name: "truth" as const, x: queries, y: queries.map(truth) }];
    const panel = {
      title: `${data.keys.length} keys and their values`,
      lines,
      dots: { x: data.keys, y: data.values },
    };
    drawLinePanels(body, [panel], {
      x: [0, 5],
      y: yAxis(data),
      xLabel: "x (key)",
      yLabel: "y (value)",
      aspect: 0.45,
    });
  },
  table: ({ keys, values }) => ({
    columns: ["key", "value", "truth"],
    rows: Array.from(keys, (x, i) => [x, values[i], truth(x)]),
  }),
});
