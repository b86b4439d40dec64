/** The documentation's site: what is written here, and the API from the docstrings. */
import { defineConfig } from "vitepress";

const guide = [
  ["Regression", "regression"],
  ["How sure?", "uncertainty"],
  ["How wide?", "bandwidth"],
  ["Densities", "density"],
  ["Classes", "classification"],
  ["Rows as they come", "rows"],
  ["Attention", "attention"],
  ["Millions of points", "millions"],
  ["The command", "command"],
].map(([text, name]) => ({ text, link: `/guide/${name}` }));

const reference = [
  { text: "The mathematics", link: "/mathematics" },
  { text: "How exact", link: "/accuracy" },
  { text: "How fast", link: "/performance" },
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
      { text: "Start", link: "/start" },
      { text: "Recipes", link: "/recipes" },
      { text: "API", link: "/api/" },
    ],
    sidebar: [
      { text: "Start", link: "/start" },
      { text: "Guide", items: guide },
      { text: "Recipes", link: "/recipes" },
      { text: "Coming from R or Python", link: "/coming-from" },
      { text: "Reference", items: reference },
    ],
  },
});
