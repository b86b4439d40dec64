/** The shares of classes in the weights of rows. */

/** One a class; they sum to 1. A class without rows has 0. */
export function sharesOf(codes: Uint32Array, classes: number, weights?: Float64Array): Float64Array {
  const shares = new Float64Array(classes);
  let all = 0;
  for (const [i, code] of codes.entries()) {
    const weight = weights ? weights[i] : 1;
    shares[code] += weight;
    all += weight;
  }
  return shares.map((share) => share / all);
}
