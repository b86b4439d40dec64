/**
 * The entry of `dist/nadaraya.min.js`, one file for pages without a bundler: the public API and, in the same file, the tasks of its workers. The
 * build replaces src/engine/start-worker.ts with start-worker.ts of this folder.
 */
export * from "../index.ts";

/** For the workers that this file starts, which import it: begins to answer their tasks. */
export const runAsWorker = (): Promise<unknown> => import("../engine/worker.ts");
