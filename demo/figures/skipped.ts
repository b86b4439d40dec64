import { kernels } from "../../src/kernels/builtin.ts";
import { BoxDistance } from "../../src/methods/cull/box-distance.ts";
import { TileTree } from "../../src/methods/cull/tile-tree.ts";
import { drawTileMap } from "../draw/tile-map.ts";
import { figure } from "../figure.ts";
import { millionPoints, range } from "../million-data.ts";

const TILES = 64;
/** Keys lighter than this (its logarithm) next to the heaviest are left out: a millionth of a millionth. */
const NEGLIGIBLE = Math.log(1e-12);

interface Result {
  /** Tiles of keys × tiles of queries: the logarithm of the most that a pair of their points can weigh. */
  readonly most: Float64Array;
  readonly weighed: number;
}

function tilesOf(points: Float64Array, bandwidth: number) {
  const matrix = { data: points, count: points.length, dims: 1 };
  const tree = new TileTree(matrix, [bandwidth], Math.ceil(points.length / TILES));
  const boxes: number[] = [];
  tree.descend((node, _from, _to, isTile) => {
    if (isTile) boxes.push(2 * node);
    return true;
  });
  return { tree, boxes };
}

const queries = Float64Array.from(
  { length: TILES * 8 },
  (_, i) => range[0] + ((i + 0.5) / (TILES * 8)) * (range[1] - range[0]),
);

export const skippedFigure = figure<Result>({
  id: "skipped",
  uses: ["million", "millionSigma"],
  async compute(_, { million, millionSigma }) {
    const measure = new BoxDistance(kernels.get("gaussian")!, "radial", [millionSigma]);
    const keys = tilesOf(millionPoints(million).keys, millionSigma);
    const asking = tilesOf(queries, millionSigma);
    const most = new Float64Array(keys.boxes.length * asking.boxes.length);
    let weighed = 0;
    asking.boxes.forEach((query, row) => {
      keys.boxes.forEach((key, column) => {
        const log = measure.most(keys.tree.boxes, key, asking.tree.boxes, query);
        most[row * keys.boxes.length + column] = log;
        if (log >= NEGLIGIBLE) weighed++;
      });
    });
    return { most, weighed };
  },
  draw(body, { most, weighed }) {
    const columns = tileCount(most);
    const share = ((100 * weighed) / most.length).toPrecision(2);
    drawTileMap(body, {
      title: `${weighed.toLocaleString("en")} of ${most.length.toLocaleString("en")} pairs of tiles weighed: ${share} %`,
      columns,
      rows: most.length / columns,
      shade: most.map((log) => (log < NEGLIGIBLE ? -1 : 1 - log / NEGLIGIBLE)),
    });
  },
  table: ({ most }) => ({
    columns: ["tile of keys", "tile of queries", "log of the largest weight", "weighed"],
    rows: Array.from(most, (log, i) => [
      i % tileCount(most),
      Math.floor(i / tileCount(most)),
      log,
      log >= NEGLIGIBLE ? 1 : 0,
    ]),
  }),
});

/** Queries fill all of their tiles, so the keys' tiles are the rest. */
const tileCount = (most: Float64Array) => most.length / TILES;
