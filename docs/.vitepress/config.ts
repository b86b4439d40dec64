/** The documentation's site: what is written here, and the API from the docstrings. */
import { defineConfig } from "vitepress";

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
].map(([text, name]) => ({ text, link: `/guide/${name}` }));

const reference = [
  { text: "Mathematics", link: "/mathematics" },
  { text: "Accuracy", link: "/accuracy" },
  { text: "Performance", link: "/performance" },
  { text: "Reliability", link: "/reliability" },
  { text: "Errors by code", link: "/errors" },
  { text: "API", link: "/api/" },
];

export default defineConfig({
  title: "nadaraya",
  description: "Kernel regression, classification and density estimation by WebGPU compute shaders.",
  base: process.env.DOCS_BASE ?? "/",
  srcExclude: ["node_modules/**"],
  outDir: "../site-docs",
  cleanUrls: true,
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
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
