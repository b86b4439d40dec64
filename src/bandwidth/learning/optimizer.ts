/** Steps down a gradient: plain, or with each parameter's step scaled by the gradient's recent size. */
export type OptimizerName = "adam" | "sgd";

/** A step of the parameters, from their gradient and the learning rate of the moment. */
export type Optimizer = (gradient: Float64Array, rate: number) => Float64Array;

/** No parameter moves further in one step. */
const LONGEST = 0.5;

const limited = (steps: Float64Array) => steps.map((step) => Math.min(Math.max(step, -LONGEST), LONGEST));

export const optimizers: Record<OptimizerName, () => Optimizer> = {
  /** Robbins and Monro 1951. */
  sgd: () => (gradient, rate) => limited(gradient.map((g) => -rate * g)),
  /** Kingma and Ba 2015, with a shorter memory for squares (0.99), as runs are short. */
  adam: () => {
    let mean = new Float64Array(0);
    let square = new Float64Array(0);
    let step = 0;
    return (gradient, rate) => {
      if (step++ === 0)
        [mean, square] = [new Float64Array(gradient.length), new Float64Array(gradient.length)];
      return limited(
        gradient.map((g, i) => {
          mean[i] += 0.1 * (g - mean[i]);
          square[i] += 0.01 * (g * g - square[i]);
          const [m, s] = [mean[i] / (1 - 0.9 ** step), square[i] / (1 - 0.99 ** step)];
          return (-rate * m) / (Math.sqrt(s) + 1e-12);
        }),
      );
    };
  },
};
