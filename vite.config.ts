import { defineConfig } from "vite";

/** The page. The library itself needs no bundler: `npm run build:library` is tsc alone. */
export default defineConfig({
  root: "demo",
  base: "./",
  build: {
    outDir: "../site",
    emptyOutDir: true,
    target: "es2022",
    rollupOptions: { input: ["demo/index.html", "demo/explore.html", "demo/bench.html"] },
  },
  server: { host: "localhost" },
  preview: { host: "localhost" },
});
