/** The most that the package may weigh, in KiB: each value is the measured size and some percent. Raise one only with a reason in the commit. */
export const CEILINGS = {
  "nadaraya, packed": 460,
  "nadaraya, unpacked": 1520,
  "nadaraya-cli, packed": 3,
  "densities on the CPU and the GPU, minified and gzipped": 37,
  "all estimators, minified and gzipped": 40,
};
