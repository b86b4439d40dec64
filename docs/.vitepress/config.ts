/** The documentation's site: what is written here, and the API from the docstrings. */
import { readFileSync } from "node:fs";
import { defineConfig } from "vitepress";
import { complete, exportsIn } from "./complete.ts";

const source = (path: string) => readFileSync(new URL(`../../src/${path}`, import.meta.url), "utf8");
const modules = {
  nadaraya: exportsIn(source("index.ts")),
  "nadaraya/io": exportsIn(source("io/index.ts")),
  "nadaraya/partials": exportsIn(source("partials/index.ts")),
  "nadaraya/distributed": exportsIn(source("distributed/index.ts")),
  "nadaraya/plot": exportsIn(source("plot.ts")),
};

const guide = [
  ["Regression", "regression"],
  ["Uncertainty", "uncertainty"],
  ["Bandwidths", "bandwidth"],
  ["Densities", "density"],
  ["Classes", "classification"],
  ["Weights, gaps, categories", "rows"],
  ["Tables in files", "files"],
  ["Attention", "attention"],
  ["Millions of points", "millions"],
  ["The command", "command"],
  ["More than one machine", "shards"],
].map(([text, name]) => ({ text, link: `/guide/${name}` }));

const reference = [
  { text: "Mathematics", link: "/mathematics" },
  { text: "Accuracy", link: "/accuracy" },
  { text: "Performance", link: "/performance" },
  { text: "Reliability", link: "/reliability" },
  { text: "Scale", link: "/scale" },
  { text: "Errors by code", link: "/errors" },
  { text: "API", link: "/api/" },
];

export default defineConfig({
  title: "nadaraya",
  description: "Kernel regression, classification and density estimation by WebGPU compute shaders.",
  base: process.env.DOCS_BASE ?? "/",
  srcExclude: ["node_modules/**"],
  outDir: process.env.DOCS_OUT ?? "../site-docs",
  cleanUrls: true,
  markdown: {
    // Each piece can be copied, and runs as it stands.
    config(md) {
      const fence = md.renderer.rules.fence!;
      md.renderer.rules.fence = (tokens, index, ...more) => {
        const token = tokens[index];
        if (token.info.trim() === "ts") token.content = complete(token.content, modules);
        return fence(tokens, index, ...more);
      };
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      // The pages that the documentation lies beside, where `npm start` serves it.
      ...(process.env.DOCS_BASE
        ? [
            { text: "Lesson", link: "/../index.html", target: "_self" },
            { text: "Explorer", link: "/../explore.html", target: "_self" },
            { text: "Benchmark", link: "/../bench.html", target: "_self" },
          ]
        : []),
      { text: "Getting started", link: "/start" },
      { text: "Recipes", link: "/recipes" },
      { text: "API", link: "/api/" },
    ],
    sidebar: [
      { text: "Getting started", link: "/start" },
      { text: "Guide", items: guide },
      { text: "Recipes", link: "/recipes" },
      { text: "Coming from R or Python", link: "/coming-from" },
      { text: "Reference", items: reference },
    ],
  },
});
