/** Finds a WebGPU device: the caller's, the browser's, or in Node the one of the optional peer `webgpu` (Dawn). */
import { NadarayaError } from "../common/errors.ts";

/** Values of GPUBufferUsage and GPUMapMode, which Node does not have as globals. */
export const Usage = {
  MAP_READ: 1,
  COPY_SRC: 4,
  COPY_DST: 8,
  VERTEX: 32,
  UNIFORM: 64,
  STORAGE: 128,
  QUERY_RESOLVE: 512,
} as const;
export const MAP_MODE_READ = 1;

/** What we use beyond WebGPU's defaults where the adapter has it. */
const WANTED_LIMITS = ["maxStorageBufferBindingSize", "maxBufferSize"] as const;
const WANTED_FEATURES = ["timestamp-query"] as const;

/** A GPU adapter as it describes itself. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** Whether the browser says that this is a fallback: a processor, not a GPU. */
  readonly isFallbackAdapter: boolean;
}

export interface FoundDevice {
  readonly device: GPUDevice;
  readonly adapter: AdapterInfo;
  /** True where we made it and so must destroy it. */
  readonly owned: boolean;
}

/** Dawn's object dies with its garbage collection, and the process with it: it is kept for good. */
let dawn: GPU | undefined;

export async function findGpu(): Promise<GPU> {
  const browser = (globalThis as { navigator?: { gpu?: GPU | null } }).navigator?.gpu;
  if (browser) return browser;
  if (typeof process === "undefined" || !process.versions?.node) {
    throw new NadarayaError(
      "no-webgpu",
      "this browser has no WebGPU (navigator.gpu is missing), or the page is not served from https or localhost",
    );
  }
  try {
    dawn ??= loadDawn().create([]);
    return dawn;
  } catch (cause) {
    throw new NadarayaError(
      "no-webgpu",
      `Node has no WebGPU of its own; install the optional peer: npm install webgpu (${String(cause)})`,
      { cause },
    );
  }
}

/** The optional peer, required and not imported: bundlers for browsers have nothing to say about it. */
function loadDawn(): { create(flags: string[]): GPU } {
  const { createRequire } = process.getBuiltinModule("node:module");
  return createRequire(import.meta.url)("webgpu");
}

/** Browsers reject, or throw, where a policy of the page forbids WebGPU. */
async function requestAdapter(gpu: GPU, options: GPURequestAdapterOptions): Promise<GPUAdapter | null> {
  try {
    return await gpu.requestAdapter(options);
  } catch (cause) {
    throw new NadarayaError("no-webgpu", `WebGPU gave no adapter: ${String(cause)}`, { cause });
  }
}

/** @throws NadarayaError "no-webgpu", saying what is missing. */
export async function findDevice(powerPreference?: GPUPowerPreference): Promise<FoundDevice> {
  const gpu = await findGpu();
  const adapter = await requestAdapter(gpu, powerPreference ? { powerPreference } : {});
  if (!adapter) {
    throw new NadarayaError(
      "no-webgpu",
      "WebGPU is here but offers no adapter (no GPU, a blocked driver, or no software adapter)",
    );
  }
  const requiredLimits = Object.fromEntries(WANTED_LIMITS.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = WANTED_FEATURES.filter((name) => adapter.features.has(name));
  const label = "nadaraya";
  const request = async (wanted: GPUDeviceDescriptor) => adapter.requestDevice(wanted);
  const device = await request({ label, requiredLimits, requiredFeatures })
    .catch(() => request({ label })) // some drivers promise limits they do not keep
    .catch((cause: unknown) => {
      throw new NadarayaError("no-webgpu", `the adapter gave no device: ${String(cause)}`, { cause });
    });
  return { device, adapter: describe(adapter.info), owned: true };
}

export function givenDevice(device: GPUDevice): FoundDevice {
  return { device, adapter: describe(device.adapterInfo), owned: false };
}

function describe(info: GPUAdapterInfo | undefined): AdapterInfo {
  const { vendor = "", architecture = "", device = "", description = "" } = info ?? {};
  const { isFallbackAdapter = false } = info ?? {};
  return Object.freeze({ vendor, architecture, device, description, isFallbackAdapter });
}
