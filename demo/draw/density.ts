/** A great many points as a picture of their density. */

export interface Frame {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly columns: number;
  readonly rows: number;
}

/** One cell of the picture is the darker, the more points it holds, on a logarithmic scale. */
export function paintDensity(
  canvas: HTMLCanvasElement,
  x: Float64Array,
  y: Float64Array,
  { x: [left, right], y: [low, high], columns, rows }: Frame,
  colour: string,
): void {
  const counts = new Uint32Array(columns * rows);
  const [perX, perY] = [columns / (right - left || 1), rows / (high - low)];
  let most = 1;
  for (let i = 0; i < x.length; i++) {
    const row = Math.floor((high - y[i]) * perY);
    if (row < 0 || row >= rows) continue;
    const column = x[i] === right ? columns - 1 : Math.floor((x[i] - left) * perX);
    if (column < 0 || column >= columns) continue;
    most = Math.max(most, ++counts[row * columns + column]);
  }
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d")!;
  context.fillStyle = colour;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    context.globalAlpha = 0.12 + 0.6 * (Math.log1p(counts[i]) / Math.log1p(most));
    context.fillRect(i % columns, Math.floor(i / columns), 1, 1);
  }
}
