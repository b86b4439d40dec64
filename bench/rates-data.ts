/** The rates of convergence as the page shows them: forty samples of each size, in float64 on the CPU. Prints JSON. */
import { Engine, KernelRegression } from "../src/index.ts";
import { measureRates } from "./rates.ts";

const SIZES = [100, 300, 1000, 3000, 10_000];
const SAMPLES = 40;

const engine = await Engine.create({ backend: "cpu" });
const rows = await measureRates(
  async (input, queries) => {
    const model = await KernelRegression.fit(input, { engine });
    const { mean } = await model.predict(queries);
    model.dispose();
    return mean;
  },
  SIZES,
  SAMPLES,
);
console.log(JSON.stringify({ samples: SAMPLES, rows }, null, 1));
process.exit(0);
