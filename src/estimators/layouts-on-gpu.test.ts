/** Layouts that hurt, on a GPU. Products of 64 coordinates, whose shaders take seconds to compile, are in the wide ring. */
import { gpuEngine } from "../testing/engines.ts";
import { testLayouts } from "../testing/layout-checks.ts";
import { layouts } from "../testing/layouts.ts";

const names = Object.keys(layouts).filter((name) => !name.startsWith("the diagonal"));

/** Sums over many keys at a compact kernel's edge, which err as often as there are keys. */
const open = Object.fromEntries(
  names
    .filter((name) => /at the edge/.test(name))
    .flatMap((name) => ["means", "log densities"].map((outcome) => `${name}: ${outcome}`))
    .flatMap((title) => ["dense", "cull"].map((method) => `${title} keep their bound by "${method}"`))
    .map((title) => [title, ["N", "gpu G1"] as const]),
);

testLayouts(await gpuEngine(), names, open);
