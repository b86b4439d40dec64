import { describe, expect, test } from "vitest";
import { aptInstall, install, twice, whileLocked } from "./install.mjs";

/** An attempt that throws or returns what the list holds, one after the other. */
function attemptOf<T>(...outcomes: readonly (T | Error)[]) {
  let calls = 0;
  const attempt = (): T => {
    const outcome = outcomes[calls++];
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  return { attempt, calls: () => calls };
}

describe("twice", () => {
  const quick = { say: () => {}, pause: 1 };

  test("returns the first result if it succeeds", () => {
    const { attempt, calls } = attemptOf("first", "second");
    expect(twice(attempt, quick)).toBe("first");
    expect(calls()).toBe(1);
  });

  test("tries once more after a failure and says why", () => {
    const said: string[] = [];
    const { attempt, calls } = attemptOf(new Error("no network"), "second");
    expect(twice(attempt, { say: (line) => said.push(line), pause: 1 })).toBe("second");
    expect(calls()).toBe(2);
    expect(said).toEqual(["no network; trying once more"]);
  });

  test("throws the second failure, and tries no third time", () => {
    const { attempt, calls } = attemptOf(new Error("first"), new Error("second"), "third");
    expect(() => twice(attempt, quick)).toThrow("second");
    expect(calls()).toBe(2);
  });
});

describe("whileLocked", () => {
  const locked = { stderr: "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt)" };
  const done = { stderr: "" };

  test("waits until apt's lock is free, and says so once", () => {
    const said: string[] = [];
    const { attempt, calls } = attemptOf(locked, locked, done);
    expect(whileLocked(attempt, { say: (line) => said.push(line), pause: 1 })).toBe(done);
    expect(calls()).toBe(3);
    expect(said).toEqual(["another program holds apt's lock; waiting for it"]);
  });

  test("returns at once after another failure", () => {
    const { attempt, calls } = attemptOf({ stderr: "E: Unable to locate package" }, done);
    whileLocked(attempt, { say: () => {}, pause: 1 });
    expect(calls()).toBe(1);
  });

  test("gives up when the time is over", () => {
    const { attempt, calls } = attemptOf(locked, done);
    expect(whileLocked(attempt, { say: () => {}, seconds: 0, pause: 1 })).toBe(locked);
    expect(calls()).toBe(1);
  });
});

describe("install", () => {
  test("does not throw if the command is missing", () => {
    const said: string[] = [];
    install("nadaraya-no-such-command", [], (line) => said.push(line));
    expect(said).toEqual([]);
  });

  test("makes apt-get wait for dpkg's lock, also as a child of the command", () => {
    const script = `if (!require("fs").readFileSync(process.env.APT_CONFIG, "utf8").includes('DPkg::Lock::Timeout "600"')) process.exit(9)`;
    const said: string[] = [];
    install(process.execPath, ["-e", script], (line) => said.push(line));
    expect(said).toEqual([]);
  });

  test("updates apt's lists, then installs, and waits for dpkg's lock in both", () =>
    expect(aptInstall("redis-server")).toEqual([
      ["apt-get", "-o", "DPkg::Lock::Timeout=600", "update"],
      ["apt-get", "-o", "DPkg::Lock::Timeout=600", "install", "-y", "redis-server"],
    ]));
});
