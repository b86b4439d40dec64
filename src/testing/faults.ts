/**
 * Faults of GPU devices, on purpose: a device is lost, an allocation fails, a call throws or rejects, at a chosen call. Chosen by
 * counting calls, not by clocks, so that every fault can be repeated. Runs in Node and in browsers.
 */

/** What happens at a call of the device. */
export type Fault =
  /** `device.destroy()` before the call. */
  | "loss"
  /** The call throws. */
  | "throw"
  /** The promise that the call returns rejects. */
  | "reject"
  /** The device says that it has no memory for the buffer. */
  | "no memory"
  /** The device does not do what it is given, and says so in an error scope alone: buffers stay as they were. */
  | "refuse";

/** Called before every call of a device with its name and number, from 1 on. */
export type Plan = (name: string, call: number, device: GPUDevice) => Fault | undefined;

/** Calls that return promises. */
const PROMISES = ["mapAsync", "onSubmittedWorkDone", "popErrorScope", "createComputePipelineAsync"];
const OF_DEVICE = [
  ...["createBuffer", "createShaderModule", "createComputePipelineAsync", "createCommandEncoder"],
  ...["createBindGroup", "createQuerySet", "pushErrorScope", "popErrorScope"],
];
const OF_QUEUE = ["submit", "writeBuffer", "onSubmittedWorkDone"];
const OF_BUFFER = ["mapAsync", "getMappedRange"];

/** Calls that return nothing, so that only an error scope tells of a refusal. */
const SILENT = ["submit", "writeBuffer"];

/** More than any device has. */
const TOO_LARGE = 2 ** 50;

type Method = (...given: unknown[]) => unknown;

/** Calls since the beginning, over all devices. */
export class Faults {
  calls = 0;
  /** Faults that happened. */
  happened = 0;
  plan: Plan = () => undefined;

  /** Makes a device fail as the plan says. */
  readonly on = (device: GPUDevice): GPUDevice => {
    for (const name of OF_DEVICE) this.wrap(device, device, name);
    for (const name of OF_QUEUE) this.wrap(device, device.queue, name);
    return device;
  };

  private wrap(device: GPUDevice, target: object, name: string): void {
    const original = (target as Record<string, Method>)[name].bind(target) as Method;
    const createBuffer = device.createBuffer.bind(device);
    const faulty: Method = (...given) => {
      const fault = this.plan(name, ++this.calls, device);
      if (fault === "loss") {
        this.happened++;
        device.destroy();
      } else if (fault === "no memory" && name === "createBuffer") {
        this.happened++;
        return original({ ...(given[0] as GPUBufferDescriptor), size: TOO_LARGE, mappedAtCreation: false });
      } else if (fault === "throw") {
        this.happened++;
        throw new TypeError(`${name} throws, as planned`);
      } else if (fault === "reject" && PROMISES.includes(name)) {
        this.happened++;
        (original(...given) as Promise<unknown>).catch(() => {});
        return Promise.reject(new DOMException(`${name} rejects, as planned`, "OperationError"));
      }
      if (fault === "refuse" && SILENT.includes(name)) {
        this.happened++;
        createBuffer({ size: 4, usage: 0 }); // is not valid
        return undefined;
      }
      const result = original(...given);
      if (name === "createBuffer")
        for (const method of OF_BUFFER) this.wrap(device, result as GPUBuffer, method);
      return result;
    };
    Object.defineProperty(target, name, { value: faulty, configurable: true, writable: true });
  }

  /** A `navigator.gpu` whose devices fail as the plan says. */
  gpu(real: GPU): GPU {
    const requestAdapter = async (options?: GPURequestAdapterOptions) => {
      const adapter = await real.requestAdapter(options);
      if (!adapter) return null;
      return {
        ...{ limits: adapter.limits, features: adapter.features, info: adapter.info },
        requestDevice: async (wanted?: GPUDeviceDescriptor) => this.on(await adapter.requestDevice(wanted)),
      };
    };
    return { requestAdapter } as unknown as GPU;
  }
}
