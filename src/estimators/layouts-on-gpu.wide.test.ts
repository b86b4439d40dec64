/** Layouts that hurt, on a GPU, whose shaders take seconds to compile. */
import { gpuEngine } from "../testing/engines.ts";
import { testLayouts } from "../testing/layout-checks.ts";
import { layouts } from "../testing/layouts.ts";

const names = Object.keys(layouts).filter((name) => name.startsWith("the diagonal"));

const edge = "the diagonal of 64 coordinates at the edge of";

/** Errors of 64 coordinates align on the diagonal; the bounds of encodings are those of one. */
const open = Object.fromEntries(
  ["single precision", "fixed point"]
    .flatMap((encoding) =>
      ["dense", "cull"].map((method) => `${edge} ${encoding}: means keep their bound by "${method}"`),
    )
    .map((title) => [title, ["N", "gpu G6"] as const]),
);

testLayouts(await gpuEngine(), names, open);
