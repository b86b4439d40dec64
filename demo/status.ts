/** The status line: what computed the figures, how much and how fast; and, on demand, how far from float64 they are. */
import { Engine } from "../src/index.ts";
import type { ComputeService } from "./compute-service.ts";
import { phrases } from "./language.ts";
import { messageOf } from "./message.ts";
import { lossNote } from "./page-engine.ts";
import { largestDifference, type RecomputeLoop } from "./recompute-loop.ts";

const element = (id: string) => document.getElementById(id)!;

export function showEngine(engine: Engine): void {
  const { backend, adapter, reason } = engine.info;
  const names = [adapter?.vendor, adapter?.architecture, adapter?.description].filter(Boolean);
  const { computedOnGpu, computedOnCpu, onGpu, onCpu } = phrases();
  const where = backend === "webgpu" ? computedOnGpu(names.join(" · ") || "WebGPU") : computedOnCpu;
  element("computed").textContent = where;
  element("backend").textContent = backend === "webgpu" ? onGpu : onCpu;
  element("lost").textContent = backend === "webgpu" ? lossNote(engine) : "";
  if (backend === "webgpu") return;
  element("reason").textContent = reason ?? "";
  element("no-webgpu").hidden = false;
}

/** The first run also compiles the shaders, and says so. */
let firstRun = true;

export function showWork({ pairs, milliseconds }: ComputeService): void {
  element("pairs").textContent = pairs.toLocaleString("en");
  element("milliseconds").textContent = milliseconds.toFixed(1);
  element("compiled").textContent = firstRun ? ", shaders compiled" : "";
  firstRun = false;
  document.documentElement.dataset.settled = String(
    Number(document.documentElement.dataset.settled ?? 0) + 1,
  );
}

/** Computes every figure again in float64 by the independent reference and shows the largest difference. */
export function offerCheck(loopReady: Promise<RecomputeLoop>): void {
  const button = element("check") as HTMLButtonElement;
  const result = element("check-result");
  button.onclick = async () => {
    button.disabled = true;
    result.textContent = "computing in float64 …";
    try {
      const { ReferenceService } = await import("./reference-service.ts");
      const reference = new ReferenceService(await Engine.create({ backend: "cpu" }));
      const compared = await (await loopReady).compare(reference);
      const worst = compared
        .map(({ id, ours, theirs }) => ({ id, difference: largestDifference(ours, theirs) }))
        .reduce((most, each) => (each.difference > most.difference ? each : most));
      const numbers = compared.reduce((sum, { ours }) => sum + ours.rows.length, 0);
      result.textContent = `${numbers.toLocaleString("en")} rows of ${compared.length} figures: largest difference ${worst.difference.toExponential(1)} of the range (${worst.id})`;
      result.dataset.difference = String(worst.difference);
    } catch (error) {
      result.textContent = `the check failed: ${messageOf(error)}`;
    }
    button.disabled = false;
  };
}
