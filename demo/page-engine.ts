/** The engine of a page: where its device is lost the engine takes another; where there is no other, the page takes another engine. */
import { Engine } from "../src/index.ts";

export class PageEngine {
  private engine: Engine;
  private readonly onChange: (engine: Engine) => void;

  private constructor(engine: Engine, onChange: (engine: Engine) => void) {
    this.engine = engine;
    this.onChange = onChange;
  }

  /** @param onChange called with the engine now and whenever it computes on another device, or on the CPU */
  static async create(onChange: (engine: Engine) => void): Promise<PageEngine> {
    const page = new PageEngine(await makeEngine(() => onChange(page.current)), onChange);
    onChange(page.current);
    return page;
  }

  get current(): Engine {
    return this.engine;
  }

  /** Runs work on the engine; again on a new one where the device was lost and there was no other. */
  async run<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    const { engine } = this;
    try {
      return await work(engine);
    } catch (error) {
      if (engine.usable) throw error;
      if (engine === this.engine) {
        engine.dispose();
        this.engine = await makeEngine(() => this.onChange(this.engine));
        this.onChange(this.engine);
      }
      return work(this.engine);
    }
  }
}

function makeEngine(onDeviceLost: () => void): Promise<Engine> {
  return Engine.create({ onDeviceLost });
}

/** What a page says of devices that were lost; empty while there are none. */
export function lossNote({ info: { backend, lostDevices = 0, reason } }: Engine): string {
  if (backend === "cpu") return reason ? `Computed on the CPU: ${reason}.` : "";
  if (lostDevices === 0) return "";
  return `The GPU device was lost ${lostDevices === 1 ? "once" : `${lostDevices} times`}; the page goes on with a new one.`;
}
