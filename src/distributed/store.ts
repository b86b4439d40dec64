/** Where results of tasks wait for those who read them: binary, each under its name, written whole or not at all. */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NadarayaError, show } from "../common/errors.ts";

/** Results by their names. */
export interface Store {
  /** Undefined where there is none of this name. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** In place of what has this name. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Whether there is a result of this name. */
  has(name: string): Promise<boolean>;
  /** Deletes all whose names begin with a run's. */
  clear(run: string): Promise<void>;
}

/** A run of a job of which a folder has results. */
export interface KeptRun {
  readonly run: string;
  /** In milliseconds since 1970. */
  readonly begun: number;
}

/** The name of a job, a dot, and its fingerprint. */
const RUN = /^[\w-]{1,100}\.[0-9a-f]{12}$/;

/** Whether a run is one of a job's, or is named itself. */
export const isRunOf = (run: string, name: string): boolean =>
  run === name || run.slice(0, run.lastIndexOf(".")) === name;

/** @throws NadarayaError "invalid-input" for a name that cannot be part of a key or of a path */
export function checkJobName(id: string): void {
  if (!/^[\w-]{1,100}$/.test(id) || /^\d+$/.test(id))
    throw new NadarayaError(
      "invalid-input",
      `id is ${show(id)}, expected letters, digits and hyphens, and not only digits`,
    );
}

/** Parts between slashes, none of which is "..", or hidden in a folder. */
const NAME = /^[\w-][\w.@-]*(\/[\w-][\w.@-]*)*$/;

/** @throws NadarayaError "invalid-input" for what is no name of a result: names become paths */
export function checkName(name: unknown): asserts name is string {
  if (typeof name !== "string" || name.length > 500 || !NAME.test(name))
    throw new NadarayaError("invalid-input", `${show(name)} is no name of a result`);
}

/** What must be there. @throws NadarayaError "unavailable" */
export async function needed(store: Store, name: string): Promise<Uint8Array> {
  const bytes = await store.get(name);
  if (bytes) return bytes;
  throw new NadarayaError("unavailable", `${name} is not in the store; it may have been removed`);
}

/** In this process. */
export class MemoryStore implements Store {
  private readonly kept = new Map<string, Uint8Array>();

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.kept.get(name);
  }
  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.kept.set(name, bytes);
  }
  /** As in Store. */
  async has(name: string): Promise<boolean> {
    return this.kept.has(name);
  }
  async clear(run: string): Promise<void> {
    for (const name of this.kept.keys()) if (name.startsWith(`${run}/`)) this.kept.delete(name);
  }
}

/** In a folder that all workers see. */
export class FolderStore implements Store {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return readFile(this.path(name)).catch(unlessMissing);
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.path(name);
    await mkdir(dirname(path), { recursive: true });
    const unfinished = `${path}.${randomBytes(6).toString("hex")}`;
    await writeFile(unfinished, bytes);
    await rename(unfinished, path);
  }

  /** As in Store. */
  async has(name: string): Promise<boolean> {
    return (await stat(this.path(name)).catch(unlessMissing)) !== undefined;
  }

  /** The runs of which there are results, the newest last. */
  async runs(): Promise<KeptRun[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch((cause: Error) => {
      throw new NadarayaError("invalid-input", `${this.folder} cannot be read: ${cause.message}`, { cause });
    });
    const found: KeptRun[] = [];
    for (const entry of entries)
      if (entry.isDirectory() && RUN.test(entry.name))
        found.push({ run: entry.name, begun: (await stat(join(this.folder, entry.name))).birthtimeMs });
    return found.sort((a, b) => a.begun - b.begun);
  }

  async clear(run: string): Promise<void> {
    await rm(this.path(run), { recursive: true, force: true });
  }

  private path(name: string): string {
    checkName(name);
    return join(this.folder, name);
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
