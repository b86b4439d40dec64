/** Faults of attention that are known and not mended yet. */
import { describe, expect } from "vitest";
import { attention, Engine, NadarayaError } from "../../index.ts";
import { openFault } from "../open-faults.ts";
import { draw } from "../random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });

/** softmax(q·k) applied to one column of values. */
function softmax(
  queries: readonly number[][],
  keys: readonly number[][],
  values: readonly number[],
  causal: boolean,
): number[] {
  return queries.map((query, i) => {
    const exponents = (causal ? keys.slice(0, i + 1) : keys).map((key) =>
      key.reduce((dot, x, j) => dot + x * query[j], 0),
    );
    const most = Math.max(...exponents);
    const weights = exponents.map((exponent) => Math.exp(exponent - most));
    const sum = weights.reduce((all, weight) => all + weight, 0);
    return weights.reduce((all, weight, k) => all + weight * values[k], 0) / sum;
  });
}

describe("lengths of queries and keys that cancel in their dot products", () => {
  const random = draw(3);
  const row = (scale: number) => Array.from({ length: 4 }, () => scale * random.normal());
  const largestError = async (queries: number[][], keys: number[][], causal: boolean) => {
    const values = keys.map(() => random.uniform(0, 1));
    const { output } = await attention(
      {
        ...{ queries, keys, values: values.map((v) => [v]), temperature: 1 },
        mask: causal ? "causal" : undefined,
      },
      { engine },
    );
    const expected = softmax(queries, keys, values, causal);
    return Math.max(...expected.map((each, i) => Math.abs(each - output[i])));
  };

  for (const length of [1e7, 1e8])
    openFault("N", "attention K8", `keys of length ${length} keep 1e-6`, async () => {
      const keys = Array.from({ length: 100 }, () => {
        const key = row(1);
        return key.map((x) => (x / Math.hypot(...key)) * length);
      });
      const queries = Array.from({ length: 20 }, () => row(3 / length));
      expect(await largestError(queries, keys, false)).toBeLessThan(1e-6);
    });

  openFault("N", "attention K8", "long queries under a causal mask keep 1e-6", async () => {
    const queries = Array.from({ length: 600 }, () => row(1e6));
    const keys = Array.from({ length: 600 }, () => row(3e-6));
    expect(await largestError(queries, keys, true)).toBeLessThan(1e-6);
  });

  openFault(
    "N",
    "attention K8",
    "the coldest temperature takes the value of the largest dot product",
    async () => {
      const [queries, keys] = [
        [[1, 0]],
        [
          [1, 0],
          [0, 1],
        ],
      ];
      const { output } = await attention(
        { queries, keys, values: [[1], [2]], temperature: 1e-310 },
        { engine },
      );
      expect(output[0]).toBe(1);
    },
  );
});

describe("a mask of numbers", () => {
  const input = {
    queries: [
      [1, 0],
      [0.5, -1],
    ],
    keys: [
      [1, 0],
      [0, 1],
      [1, 1],
    ],
    values: [[1], [2], [3]],
  };
  for (const [name, mask] of [
    ["an additive mask of −1e9", [0, 0, -1e9, 0, 0, -1e9]],
    ["a share of 0.5", [1, 1, 0.5, 1, 1, 1]],
  ] as const)
    openFault("N", "attention K2", `${name} is refused`, async () => {
      await expect(attention({ ...input, mask }, { engine })).rejects.toThrow(NadarayaError);
    });

  openFault("N", "attention K2", "−Infinity is not refused as if it were no number", async () => {
    const mask = [0, 0, -Infinity, 0, 0, -Infinity];
    const message = await attention({ ...input, mask }, { engine }).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).not.toMatch(/expected a number or a boolean/);
  });
});

openFault("N", "attention K17", "no queries are as good as an empty list of rows", async () => {
  const queries = { data: new Float64Array(0), dims: 2 };
  const answer = attention({ queries, keys: [[1, 0]], values: [[1]] }, { engine });
  await expect(answer).resolves.toMatchObject({ output: new Float64Array(0) });
});
