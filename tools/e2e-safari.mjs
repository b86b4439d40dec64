/**
 * `npm run e2e:safari`: the built pages in Safari, by way of safaridriver (`sudo safaridriver --enable`, once). The pages compute on
 * WebGPU from Safari 26 on, and on the CPU before; the report says which.
 * WEBDRIVER=chromedriver tries the same in Chrome.
 */
import { spawn, spawnSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { readArguments } from "./arguments.mjs";
import { adapterEnvironment, findChromium } from "./chromium.mjs";
import { buildIfMissing, setUp } from "./setup.mjs";

readArguments({
  command: "npm run e2e:safari",
  about:
    "Opens the built pages in Safari and runs the self-test there. WEBDRIVER=chromedriver does the same in Chrome.",
});

const PORT = 4394;
const DRIVER_PORT = 4393;
/** Milliseconds after which what hangs is given up. */
const PATIENCE = 20 * 60_000;

const driver = process.env.WEBDRIVER ?? "safaridriver";
const isSafari = driver.endsWith("safaridriver");
if (spawnSync(driver, ["--version"], { stdio: "ignore" }).error?.code === "ENOENT") {
  console.error(
    isSafari
      ? "✗ there is no safaridriver here: Safari and its driver are on macOS. WEBDRIVER=chromedriver tries the same in Chrome."
      : `✗ there is no ${driver} here, which WEBDRIVER names.`,
  );
  process.exit(1);
}
setUp();
buildIfMissing();
const { preview } = await import("vite");
const flags = ["--headless", "--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
const capabilities = isSafari
  ? { browserName: "safari" }
  : { browserName: "chrome", "goog:chromeOptions": { binary: await findChromium(), args: flags } };

const server = await preview({
  logLevel: "error",
  preview: { host: "localhost", port: PORT, strictPort: true },
});
const child = spawn(driver, isSafari ? ["-p", DRIVER_PORT] : [`--port=${DRIVER_PORT}`], {
  stdio: ["ignore", "ignore", "inherit"],
  env: { ...process.env, ...(isSafari ? {} : await adapterEnvironment()) },
});
const died = new Promise((_, reject) => {
  child.once("error", (error) => reject(new Error(`${driver} cannot be started: ${error.message}`)));
  child.once("exit", (code) => reject(new Error(`${driver} ended with ${code}`)));
});
died.catch(() => {});

async function call(method, path, body) {
  const response = await fetch(`http://localhost:${DRIVER_PORT}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const { value } = await response.json();
  if (value?.error) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

/** Asks until the answer is truthy. */
async function until(what, ask) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await wait(200)) {
    const answer = await ask();
    if (answer) return answer;
  }
  throw new Error(`waited in vain for ${what}`);
}

let session;
const evaluate = (script) => call("POST", `/session/${session}/execute/sync`, { script, args: [] });
const open = (page) => call("POST", `/session/${session}/url`, { url: `http://localhost:${PORT}/${page}` });
/** Waits until the page has drawn what it shows first, and returns how many of its figures say that they failed. */
const drawn = async (page) => {
  await open(page);
  await until(`${page} to be drawn`, () =>
    evaluate("return Number(document.documentElement.dataset.settled) > 0"),
  );
  return evaluate("return document.querySelectorAll('[data-failed], #message.wrong').length");
};

async function check() {
  await until(`${driver} to start`, () => call("GET", "/status").catch(() => false));
  ({ sessionId: session } = await call("POST", "/session", { capabilities: { alwaysMatch: capabilities } }));
  console.log(await evaluate("return navigator.userAgent"));
  for (const page of ["index.html", "explore.html"]) {
    const failed = await drawn(page);
    if (failed > 0) throw new Error(`${page}: ${failed} figures failed`);
    const curves = await evaluate("return document.querySelectorAll('svg path').length");
    if (curves === 0) throw new Error(`${page} drew nothing`);
    console.log(`✓ ${page}: ${curves} paths`);
  }
  console.log(
    await evaluate("return 'WebGPU: ' + ('gpu' in navigator ? 'yes' : 'no; the pages computed on the CPU')"),
  );
  await open("bench.html");
  if (await evaluate("return !('gpu' in navigator)")) {
    if (await evaluate("return document.querySelector('#no-webgpu').hidden"))
      throw new Error("bench.html does not say that WebGPU is missing");
    return;
  }
  await evaluate("document.querySelector('#self-test').click()");
  const passed = await until("the self-test", () =>
    evaluate("return document.querySelector('#self-test-report').dataset.passed"),
  );
  console.log(await evaluate("return document.querySelector('#self-test-report').textContent"));
  if (passed !== "true") throw new Error("the self-test failed");
}

let problem;
try {
  await Promise.race([check(), died]);
} catch (error) {
  problem = error;
}
if (session) await call("DELETE", `/session/${session}`).catch(() => {});
child.kill();
await server.close();
if (problem) console.error(`✗ ${problem.message}`);
process.exit(problem ? 1 : 0);
