/** Whether the tests draw from all shaders, tilings and seeds (`npm run test:wide`, `npm run fuzz`), or from a fixed cover of them (`npm test`). */
const env = "process" in globalThis ? process.env : undefined; // pages have none
export const isWideRing = env?.NADARAYA_RING === "wide" || env?.NADARAYA_FUZZ_SEED !== undefined;
/** The fast ring of unit tests; a page cannot tell the rings apart, and has what the wide ring has. */
export const isFastRing = env !== undefined && !isWideRing;
