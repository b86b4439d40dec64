/** Where the explorer's tables come from: files that people drop, and examples that are served with the page. */

import flights from "../../node_modules/vega-datasets/data/flights-3m.parquet?url";
import weather from "../../node_modules/vega-datasets/data/weather.csv?url";
import motorcycle from "../data/motorcycle.csv?url";
import penguins from "../data/penguins.csv?url";
import type { ReadAnswer, ReadRequest, ReadTable } from "./reader.ts";

export interface Example {
  readonly title: string;
  readonly url: string;
  /** The file's name, whose ending says how to read it. */
  readonly name: string;
  readonly x: string;
  readonly y: string;
}

export const examples: Readonly<Record<string, Example>> = {
  motorcycle: {
    ...{ title: "A motorcycle crash test", url: motorcycle, name: "motorcycle.csv" },
    ...{ x: "time (ms)", y: "acceleration (g)" },
  },
  penguins: {
    ...{ title: "Penguins", url: penguins, name: "penguins.csv" },
    ...{ x: "bill length (mm)", y: "bill depth (mm)" },
  },
  weather: {
    ...{ title: "Weather in Seattle and New York", url: weather, name: "weather.csv" },
    ...{ x: "date", y: "temp_max" },
  },
  flights: {
    ...{ title: "Three million flights", url: flights, name: "flights-3m.parquet" },
    ...{ x: "distance", y: "delay" },
  },
};

export type ReadingOptions = ReadRequest["options"];

/**
 * @param source a file, or an address
 * @throws Error that names the file, the line or row, and the column; the signal's reason where it is aborted
 */
export async function readSource(
  source: ReadRequest["source"],
  name: string,
  options: ReadingOptions,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<ReadTable> {
  signal.throwIfAborted();
  const worker = new Worker(new URL("./reader.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = ({ message }) => reject(new Error(message || `${name} could not be read`));
      worker.onmessage = ({ data }: MessageEvent<ReadAnswer>) => {
        if ("share" in data) onProgress(data.share);
        else if ("table" in data) resolve(data.table);
        else reject(new Error(data.error));
      };
      worker.postMessage({ source, name, options } satisfies ReadRequest);
    });
  } finally {
    worker.terminate();
  }
}

/** The file of an example. @throws Error where it cannot be fetched */
export async function fetchExample(id: string, signal: AbortSignal): Promise<Blob> {
  const { url, name } = examples[id];
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${name} could not be fetched: ${response.status}`);
  return response.blob();
}

/** The last part of an address, as the file's name. */
export const nameOf = (address: string): string =>
  decodeURIComponent(new URL(address, location.href).pathname.split("/").pop() || "data.csv");
