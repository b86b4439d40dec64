/** The commands about the machine: which adapter computes, and how fast. */
import { type AdapterInfo, Engine, KernelRegression } from "../index.ts";
import type { CommonOptions } from "./commands.ts";

export async function info({ backend }: { readonly backend: CommonOptions["backend"] }): Promise<void> {
  const engine = await Engine.create({ backend });
  const { adapter, calibration, limits, reason } = engine.info;
  const lines = [
    `computes on   ${engine.info.backend === "webgpu" ? "the GPU, by WebGPU" : "the CPU, in float64"}`,
    ...(reason ? [`because       ${reason}`] : []),
    ...(adapter ? [`adapter       ${nameOf(adapter)}`] : []),
    ...(calibration
      ? [`calibrated    ${calibration.pairsPerMillisecond} pairs/ms, latency ${calibration.latency} ms`]
      : []),
    ...(limits ? [`buffers up to ${limits.maxStorageBufferBindingSize / 2 ** 20} MiB`] : []),
    `Node          ${process.version}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  engine.dispose();
}

function nameOf({ vendor, architecture, device, description, isFallbackAdapter }: AdapterInfo): string {
  const words = [vendor, architecture, device, description, isFallbackAdapter && "fallback"];
  return words.filter(Boolean).join(" · ") || "unnamed";
}

/** Every pair of a square problem, for each of three numbers of coordinates. */
export async function bench({ backend }: { readonly backend: CommonOptions["backend"] }): Promise<void> {
  const engine = await Engine.create({ backend });
  const size = engine.info.backend === "webgpu" ? 16_384 : 2048;
  process.stdout.write("coordinates,keys,queries,milliseconds,pairs per second\n");
  for (const dims of [1, 4, 16]) {
    const data = Float64Array.from({ length: size * dims }, (_, i) => Math.sin(i * i));
    const values = Float64Array.from({ length: size }, (_, i) => Math.cos(i));
    const model = await KernelRegression.fit({ keys: { data, dims }, values, bandwidth: 0.5 }, { engine });
    let best = Infinity;
    for (let run = 0; run < 6; run++) {
      const { report } = await model.predict({ data, dims }, { method: "dense" });
      best = Math.min(best, report.milliseconds);
    }
    model.dispose();
    process.stdout.write(
      `${dims},${size},${size},${best.toFixed(1)},${((1000 * size * size) / best).toPrecision(3)}\n`,
    );
  }
  engine.dispose();
}
