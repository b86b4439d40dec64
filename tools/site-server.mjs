/** Serves the built pages, and the documentation once it is built beside them. */
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const page = (title, text, refresh) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">${refresh ? '\n<meta http-equiv="refresh" content="5">' : ""}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`;

const HOME = '<a href="/">The lesson</a> and <a href="/explore.html">the explorer</a>';

/** Returns the answer to a request for a page of the documentation, or `undefined` if the files are there to answer. */
export function docsAnswer(state) {
  if (state === "building")
    return {
      status: 503,
      body: page(
        "The documentation is being built",
        `This page shows it as soon as it is ready, in a minute or two. ${HOME} are ready.`,
        true,
      ),
    };
  if (state === "failed")
    return {
      status: 500,
      body: page(
        "The documentation could not be built",
        `The terminal of <code>npm start</code> says why. Its texts are in the folder <code>docs</code>. ${HOME} work without it.`,
      ),
    };
  if (state === "removed")
    return {
      status: 503,
      body: page(
        "The documentation was removed",
        `Another build has emptied the folder of the site. <code>npm start</code>, run again, builds it. ${HOME} may be newer now.`,
      ),
    };
  return undefined;
}

const NOT_FOUND = page(
  "Page not found",
  `There is nothing at this address. ${HOME} are here, and <a href="/docs/">the documentation</a>.`,
);

/** Whether a folder has the file that an address names. */
function hasFile(folder, url) {
  try {
    return statSync(join(folder, decodeURIComponent(url.replace(/[?#].*$/, "")))).isFile();
  } catch {
    return false;
  }
}

/** Whether an address is one of the documentation's. */
export const isOfDocs = (url) => /^\/docs(\/|\?|#|$)/.test(url);

/**
 * Returns a plugin of Vite's preview server, which answers for the documentation while there is none, adds the last slash to its address, and
 * answers unknown addresses with a page.
 */
export const docsPlugin = (stateOfDocs) => ({
  name: "state of the documentation",
  configurePreviewServer(server) {
    const { root, build } = server.config;
    const docs = resolve(root, build.outDir, "docs/index.html");
    const state = () => (stateOfDocs() === "built" && !existsSync(docs) ? "removed" : stateOfDocs());
    server.middlewares.use((request, response, next) => {
      if (/^\/docs(\?|$)/.test(request.url)) {
        response.writeHead(302, { location: request.url.replace("/docs", "/docs/") });
        return response.end();
      }
      const answer = isOfDocs(request.url) ? docsAnswer(state()) : undefined;
      if (!answer) return next();
      response.writeHead(answer.status, {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        ...(state() === "building" && { "retry-after": "5" }),
      });
      response.end(answer.body);
    });
    // Called once Vite has put its own answers before it, except that for pages: "/" is "/index.html" here.
    return () =>
      server.middlewares.use((request, response, next) => {
        if (hasFile(resolve(root, build.outDir), request.url)) return next();
        response.writeHead(404, { "content-type": "text/html; charset=utf-8" });
        response.end(request.method === "HEAD" ? undefined : NOT_FOUND);
      });
  },
});
