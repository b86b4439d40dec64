/** Standard errors of a linear smoother as the formula stands (src/estimators/uncertainty/standard-error.ts), from its matrix. */

/**
 * @param smoother the weights of all keys in the fit at each key
 * @returns the standard error at a query and its degrees of freedom, from the weights of the fit there, and of the local mean there
 */
export function errorsOf(smoother: readonly (readonly number[])[], values: ArrayLike<number>) {
  const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
  const keys = smoother.map((l, i) => {
    const free = 1 - l[i];
    const without = l.map((each, j) => (j === i ? 0 : each / free));
    const error = values[i] - sum(without.map((each, j) => each * values[j]));
    const spread = 1 + sum(without.map((each) => each * each));
    return { square: free ** 2 * error ** 2, share: free ** 2 * spread };
  });
  const pooled = sum(keys.map(({ square }) => square)) / sum(keys.map(({ share }) => share));
  return (fit: readonly number[], mean: readonly number[]) => {
    const effective = 1 / sum(mean.map((w) => w * w));
    const squares = effective * sum(mean.map((w, i) => w * keys[i].square));
    const freedom = effective * sum(mean.map((w, i) => w * keys[i].share));
    const error = Math.sqrt(((squares + pooled) / (freedom + 1)) * sum(fit.map((l) => l * l)));
    return { error, freedom: freedom + 1 };
  };
}
