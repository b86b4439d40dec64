/**
 * The explicit weight matrix, a window of keys at a time; every column sums to 1 over all keys.
 *
 *   weights[key][query] = α(query, key) / sums[0][query]
 *
 * CPU twin: src/methods/dense/cpu/weights.ts.
 */
import { type DistanceOptions, weightOfPair } from "./distance.ts";
import { kernelFunction } from "./kernel.ts";
import { keyNumber, keyRows } from "./record.ts";
import { u32, wgsl } from "./text.ts";

export interface WeightsOptions extends DistanceOptions {
  readonly threads: number;
}

export function weights(options: WeightsOptions): string {
  const { kernel, encoding, threads } = options;
  const number = encoding === "fixed" ? "i32" : "f32";
  const numbers = keyRows({ ...options, columns: 0 });
  const float = (row: number) => {
    const number = keyNumber(row, "key", "slice.keys");
    return encoding === "fixed" ? `bitcast<f32>(${number})` : number;
  };
  const pair = weightOfPair(options, {
    query: (j) => `queries[${u32(j)} * slice.queries + query]`,
    key: (j) => keyNumber(j, "key", "slice.keys"),
    step: "slice.step",
    keyWeight: float(numbers.weight),
    perWidth: float(numbers.perWidth),
    suffix: "",
  });
  return wgsl`
alias V = f32;

struct Slice {
  queries: u32,
  keys: u32,
  step: f32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> keys: array<${number}>;
@group(0) @binding(2) var<storage, read> queries: array<${number}>;
@group(0) @binding(3) var<storage, read> sums: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(${u32(threads)})
fn weights(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  if (query >= slice.queries) { return; }
  let key = id.y;
  ${pair}
  let sum = sums[query];
  result[id.y * slice.queries + query] = a / select(1.0, sum, sum > 0.0);
}

${kernelFunction(kernel.shader)}
`;
}
