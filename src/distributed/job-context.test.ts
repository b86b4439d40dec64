import { expect, test } from "vitest";
import { JobContext } from "./job-context.ts";
import { LocalRunner } from "./runner.ts";
import { MemoryStore } from "./store.ts";

test("many places and row groups beside a file that says nothing of its rows: every shard answers all", async () => {
  const group = { rows: 10, ranges: { x: [0, 1] } } as const;
  const known = {
    id: "a",
    name: "a.parquet",
    path: "a.parquet",
    groups: Array.from({ length: 250 }, () => group),
  };
  const shards = [known, { id: "b", name: "b.csv", path: "b.csv" }];
  const runner = new LocalRunner(new MemoryStore(), []);
  const context = new JobContext({ run: "run", shards, settings: { x: ["x"], y: [] }, runner });
  const taskOf = await context.ask("sums", new Float64Array(1e6), [1], "queries");
  expect([taskOf(0), taskOf(1)]).toMatchObject([{ shard: { id: "a" } }, { shard: { id: "b" } }]);
  expect(taskOf(0).floors).toBeUndefined();
});
