import { defineConfig, type Plugin } from "vite";

/**
 * What the built pages may do: scripts and workers of their own alone, no inline script, no eval, and no network but their own
 * origin; the explorer may also fetch the file that `?url=` names. Plots carry style sheets of their own, so styles may be inline.
 * WebAssembly is what sums on the CPU, and decompresses Parquet.
 */
function contentSecurityPolicy(page: string): string {
  const isExplorer = page.endsWith("explore.html");
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${isExplorer ? " https: http://localhost:*" : ""}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Puts the policy into each built page; the development server has inline scripts of its own. */
const policies: Plugin = {
  name: "content security policy",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: (_, { filename }) => [
      {
        tag: "meta",
        injectTo: "head-prepend",
        attrs: { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy(filename) },
      },
    ],
  },
};

/** The page. The library itself needs no bundler: `npm run build:library` is tsc alone. */
export default defineConfig({
  root: "demo",
  appType: "mpa", // an unknown address is answered by 404, not by the lesson
  base: "./",
  plugins: [policies],
  build: {
    outDir: "../site",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the policy lets pages fetch files, not data: addresses
    rollupOptions: { input: ["demo/index.html", "demo/explore.html", "demo/bench.html"] },
  },
  worker: { format: "es" }, // in parts: of the readers of files only those that a file needs are loaded
  server: { host: "localhost" },
  preview: { host: "localhost" },
});
