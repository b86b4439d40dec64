/** An engine in a worker. */
import { Engine, KernelRegression } from "../../src/index.ts";

const engine = await Engine.create();
const keys = Float64Array.from({ length: 2000 }, (_, i) => Math.sin(i));
const model = await KernelRegression.fit({ keys, values: keys, bandwidth: 0.2 }, { engine });
const { mean } = await model.predict([-0.5, 0, 0.5], { method: "dense" });
postMessage({ backend: engine.info.backend, mean: [...mean] });
