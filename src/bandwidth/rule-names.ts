/** The names of rules that choose a bandwidth. */

export const REGRESSION_RULES = ["scott", "silverman", "plug-in", "loo", "kfold", "aicc"] as const;
export const DENSITY_RULES = ["scott", "silverman", "sheather-jones", "likelihood", "lscv"] as const;
export const CLASS_RULES = ["scott", "silverman", "loo"] as const;
/** Of jobs over shards. */
export const SHARD_RULES = {
  regression: ["scott", "silverman", "loo"],
  density: ["scott", "silverman", "likelihood"],
} as const;
