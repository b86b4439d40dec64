/**
 * What every implementation of WebGPU has to do: every kernel by every method, and answers in spite of lost devices. Run by
 * `npm test -- deno` on Deno's, which is wgpu; prints one line of JSON and ends with 1 where something is wrong.
 */
import { findGpu } from "../gpu/device.ts";
import { Engine } from "../index.ts";
import { faultCaseNames, faultRounds } from "./fault-rounds.ts";

const real = await findGpu();
const engine = await Engine.create({ backend: "webgpu" });
const { passed, cases, failures, text } = await engine.selfTest();
console.error(text);
engine.dispose();
const install = (gpu: GPU) =>
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
const losses = [];
for (const name of faultCaseNames) losses.push(await faultRounds(install, real, name, "loss", 3, 23));
const survived = losses.every(
  ({ answers, worst, faults, heldBytes }) => answers === 3 && faults === 3 && worst < 1e-6 && heldBytes === 0,
);
const worst = Math.max(...cases.map(({ error }) => error));
console.log(JSON.stringify({ passed, cases: cases.length, failures, worst, survived, losses }));
process.exit(passed && survived ? 0 : 1);
