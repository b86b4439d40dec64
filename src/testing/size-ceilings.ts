/** The most that the package may weigh, in KiB: each value is the measured size and some percent. Raise one only with a reason in the commit. */
export const CEILINGS = {
  "nadaraya, packed": 572,
  "nadaraya, unpacked": 1875,
  "nadaraya-cli, packed": 3,
  "densities on the CPU and the GPU, minified and gzipped": 28.5,
  "all estimators, minified and gzipped": 33,
};
