/** Layouts that hurt, on a GPU. Products of 64 coordinates, whose shaders take seconds to compile, are in the wide ring. */
import { gpuEngine } from "../testing/engines.ts";
import { testLayouts } from "../testing/layout-checks.ts";
import { layouts } from "../testing/layouts.ts";

const names = Object.keys(layouts).filter((name) => !name.startsWith("the diagonal"));

testLayouts(await gpuEngine(), names, {});
