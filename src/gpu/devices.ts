/** The device of an engine; where it is lost, another takes its place. */
import { NadarayaError } from "../common/errors.ts";
import type { Gpu } from "./gpu.ts";

export class Devices {
  private gpu: Gpu;
  private readonly request: (() => Promise<Gpu>) | undefined;
  private readonly onReplaced: (error: NadarayaError) => void;
  private replacing: Promise<void> | undefined;
  private isGone = false;
  private disposed = false;
  /** Devices that were lost and replaced. */
  replaced = 0;

  /** @param request makes another device; without it, a loss is final */
  constructor(gpu: Gpu, request?: () => Promise<Gpu>, onReplaced: (error: NadarayaError) => void = () => {}) {
    this.gpu = gpu;
    this.request = request;
    this.onReplaced = onReplaced;
  }

  get current(): Gpu {
    return this.gpu;
  }

  /** Whether the device was lost and there is no other. */
  get areGone(): boolean {
    return this.isGone || (this.gpu.isLost && !this.request);
  }

  /**
   * Resolves when there is another device than the lost one; calls at the same time share one request.
   * @throws NadarayaError "device-lost" where there is none, "disposed"
   */
  async replace(lost: Gpu, error: NadarayaError): Promise<void> {
    const { request } = this;
    this.assertNotDisposed();
    if (lost !== this.gpu) return;
    if (!request) throw error;
    this.replacing ??= this.find(request, error).finally(() => {
      this.replacing = undefined;
    });
    await this.replacing;
    this.assertNotDisposed();
  }

  private async find(request: () => Promise<Gpu>, error: NadarayaError): Promise<void> {
    this.gpu.dispose();
    try {
      const { anotherDevice } = await import("./another-device.ts");
      this.gpu = await anotherDevice(request, error);
    } catch (failure) {
      this.isGone = true;
      throw failure;
    }
    this.isGone = false;
    this.replaced++;
    if (this.disposed) this.gpu.dispose();
    else this.report(error);
  }

  private report(error: NadarayaError): void {
    try {
      this.onReplaced(error);
    } catch (failure) {
      console.error(failure); // the caller's function must not end what goes on
    }
  }

  dispose(): void {
    this.disposed = true;
    this.gpu.dispose();
  }

  private assertNotDisposed(): void {
    if (this.disposed) throw new NadarayaError("disposed", "this engine was disposed of");
  }
}
