/** Faults of classifiers that are known and not mended yet. */
import { expect } from "vitest";
import { Engine, KernelClassifier } from "../../index.ts";
import { openFault } from "../open-faults.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

openFault(
  "N",
  "attention K9",
  "a query that no key reaches counts as wrong, also for the truth undefined",
  async () => {
    const input = { keys: [0, 1], labels: ["a", "b"], kernel: "boxcar", bandwidth: 0.5 } as const;
    const model = await KernelClassifier.fit<string | undefined>(input, quiet);
    const { accuracy } = await model.score([100, 1], [undefined, "b"]);
    expect(accuracy).toBe(0.5);
  },
);
