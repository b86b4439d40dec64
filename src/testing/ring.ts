/** Whether the tests draw from all shaders, tilings and seeds (`npm run test:wide`, `npm run fuzz`), or from a fixed cover of them (`npm test`). */
export const isWideRing =
  process.env.NADARAYA_RING === "wide" || process.env.NADARAYA_FUZZ_SEED !== undefined;
