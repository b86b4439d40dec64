/** What the pages may do, and what files must not make them do. */
import { expect, explore, settled, test, visit } from "./page.ts";

const pages = ["/", "/explore.html", "/bench.html"];

for (const path of pages)
  test(`${path}: a strict policy, which stops inline scripts, eval, foreign scripts and foreign hosts`, async ({
    page,
  }) => {
    await page.goto(path);
    const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self' 'wasm-unsafe-eval';/);
    expect(policy).not.toMatch(/script-src[^;]*'unsafe-(inline|eval)'/);
    const outcome = await page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        violations.push(effectiveDirective);
      });
      const inline = document.createElement("script");
      inline.textContent = "window.inlineRan = true";
      document.body.append(inline);
      const foreign = document.createElement("script");
      foreign.src = "https://example.org/script.js";
      document.body.append(foreign);
      const image = new Image();
      image.setAttribute("onerror", "window.handlerRan = true");
      image.src = "data:,";
      document.body.append(image);
      const frame = document.createElement("iframe");
      frame.src = "https://example.org/";
      document.body.append(frame);
      await new Promise((resolve) => setTimeout(resolve)); // what the test itself evaluates is exempt
      let evaluated = "";
      try {
        evaluated = String(new Function("return 1")());
      } catch (error) {
        evaluated = (error as Error).name;
      }
      const reached = await fetch("http://example.org/").then(
        () => "reached",
        () => "refused",
      );
      await image.decode().catch(() => {});
      const blocked = ["connect-src", "frame-src", "script-src", "script-src-attr", "script-src-elem"];
      while (!blocked.every((each) => violations.includes(each)))
        await new Promise((resolve) => requestAnimationFrame(resolve));
      const ran = "inlineRan" in window || "handlerRan" in window;
      return { evaluated, reached, ran, violations: [...new Set(violations)].sort() };
    });
    expect(outcome).toMatchObject({ evaluated: "EvalError", reached: "refused", ran: false });
    expect(outcome.violations).toEqual(
      expect.arrayContaining([
        "connect-src",
        "frame-src",
        "script-src",
        "script-src-attr",
        "script-src-elem",
      ]),
    );
  });

test("text of files stays text, wherever it is shown", async ({ page, errors: _ }) => {
  const evil = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;
  const quoted = `"${evil.replaceAll('"', '""')}"`;
  await explore(page);
  const before = await page.locator("img, script").count();
  const rows = Array.from({ length: 40 }, (_, i) => `${i},${(i * 7) % 11},${i % 2 ? quoted : "b"}`).join(
    "\n",
  );
  const text = `x ${evil.replaceAll('"', "'").replaceAll(",", "")},y,${quoted}\n${rows}\n`;
  const name = `${evil.replaceAll("/", "")}.csv`;
  await page.locator("#file").setInputFiles({ name, mimeType: "", buffer: Buffer.from(text) });
  await expect(page.locator("#about")).toContainText("40 rows");
  await page.locator("select[name=y]").selectOption({ index: 2 });
  await settled(page);
  await expect(page.locator("#command")).toContainText("onerror");
  await page
    .locator("#file")
    .setInputFiles({ name, mimeType: "", buffer: Buffer.from(`a,b\n1,${quoted}\n2,3\n3,4\n`) });
  await expect(page.locator("#notes")).toContainText("onerror");
  await page
    .locator("#file")
    .setInputFiles({ name, mimeType: "", buffer: Buffer.from(`{"${evil.replaceAll('"', "'")}": [`) });
  await expect(page.locator("#message")).toHaveClass(/wrong/);
  expect(await page.evaluate(() => "ran" in window)).toBe(false);
  expect(await page.locator("img, script").count()).toBe(before);
});

test("no page talks to anything but its own origin", async ({ page, baseURL, errors: _ }) => {
  const asked: string[] = [];
  const listen = (request: { url(): string }) => void asked.push(request.url());
  page.on("request", listen);
  for (const path of pages) {
    await visit(page, path);
    if (path !== "/bench.html") await settled(page);
  }
  page.off("request", listen);
  const foreign = asked.filter((url) => !url.startsWith(`${baseURL}/`) && !/^(data|blob):/.test(url));
  expect(foreign).toEqual([]);
  expect(asked.length).toBeGreaterThan(10);
});
