/** The process that a ProcessExecutor starts: does the tasks that it is sent, one after the other. */
import { NadarayaError } from "../common/errors.ts";
import type { Answer, ChildSetting } from "./processes.ts";
import { FolderStore } from "./store.ts";
import { type Task, TaskPerformer } from "./tasks.ts";

const { folder, version, workers }: ChildSetting = JSON.parse(process.argv[2]);
const performer = new TaskPerformer(new FolderStore(folder), version, workers);
const answer = (said: Answer) => process.send!(said);

process.on("message", async (task: Task) => {
  const { name } = task;
  try {
    await performer.perform(task);
    answer({ name, ok: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answer({ name, ok: false, message, code: error instanceof NadarayaError ? error.code : undefined });
  }
});
process.on("disconnect", () => process.exit()); // with its parent
