/** The most that the package may weigh, in KiB: each value is the measured size and some percent. Raise one only with a reason in the commit. */
export const CEILINGS = {
  // With the sources, their maps, and one file for pages without a bundler.
  "nadaraya, packed": 1650,
  "nadaraya, unpacked": 6400,
  "nadaraya-cli, packed": 265,
  "nadaraya.min.js, gzipped": 149,
  "densities on the CPU and the GPU, minified and gzipped": 31.5,
  "all estimators, minified and gzipped": 36,
};
