// cspell:ignore confidnce
/** An application in TypeScript that compiles only if the declarations resolve and refuse what is wrong, in every TypeScript from 5.2 on. */
export const TYPED = `import { Engine, type GpuPoints, KernelClassifier, KernelDensity, KernelRegression, type Prediction } from "nadaraya";
import { readCsv, writeCsv } from "nadaraya/io";
import { fromGrid, mergePartialSums } from "nadaraya/partials";
const model = await KernelRegression.fit({ keys: new Float32Array(3), values: [1, 2, 3], bandwidth: "loo" });
const { mean }: Prediction = await model.predict([[1], [2]]);
const sum: number = mean[0];
const classifier = await KernelClassifier.fit({ keys: [1, 2], labels: ["a", "b"] });
const label: string | undefined = (await classifier.predict([1])).labels[0];
// @ts-expect-error there is no such rule
await KernelRegression.fit({ keys: [1], values: [1], bandwidth: "best" });
// @ts-expect-error there is no such option
await model.predict([1], { confidnce: 0.9, gradient: true });

// What was requested is there.
const band = await model.predict([1], { confidence: 0.9 });
const edges: number[] = [...Array.from(band.lower), ...Array.from(band.upper)];
const { gradient, standardError } = await model.predict([1], { gradient: true, standardError: true });
const slopes: Float64Array = gradient;
const errors: Float64Array = standardError;
// @ts-expect-error it was not requested
const missing: Float64Array = band.standardError;
declare const wish: boolean;
const perhaps: Float64Array | undefined = (await model.predict([1], { gradient: wish })).gradient;

// Buffers are no text and no anything, also where TypeScript has no WebGPU.
// @ts-expect-error no buffer
const points: GpuPoints = { buffer: "a string", dims: 1 };
// @ts-expect-error no buffer
const wrong: { nonsense: 42 } = (await model.predict([1], { output: "gpu" })).mean;
const bytes: Uint8Array = model.save();
new Blob([model.save()]);
using engine: Engine = await Engine.create();
console.log(sum, label, edges, slopes, errors, missing, perhaps, points, wrong, engine.info, KernelDensity, bytes);
console.log(readCsv, writeCsv, fromGrid, mergePartialSums);
`;
