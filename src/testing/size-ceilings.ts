/** The most that the package may weigh, in KiB: each value is the measured size and some percent. Raise one only with a reason in the commit. */
export const CEILINGS = {
  "nadaraya, packed": 560,
  "nadaraya, unpacked": 1840,
  "nadaraya-cli, packed": 3,
  "densities on the CPU and the GPU, minified and gzipped": 28,
  "all estimators, minified and gzipped": 32,
};
