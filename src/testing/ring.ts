/** Whether the tests draw from all shaders, tilings and seeds (`npm run test:wide`, `npm run fuzz`), or from a fixed cover of them (`npm test`). */
const env: Record<string, string | undefined> = "process" in globalThis ? process.env : {}; // pages have none
export const isWideRing = env.NADARAYA_RING === "wide" || env.NADARAYA_FUZZ_SEED !== undefined;
