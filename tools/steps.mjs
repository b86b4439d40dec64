/** Which steps `npm test` runs, and in which order. */

/**
 * The fast ring without words, the wide ring for `--wide`, else the steps so named: "unit" is also "unit-gpu". A step that needs the
 * built pages brings the step "build" along.
 */
export function selectSteps(steps, words) {
  const names = words.filter((word) => word !== "--wide");
  const matches = (step, word) => step.name === word || step.name.startsWith(`${word}-`);
  const unknown = names.filter((word) => !steps.some((step) => matches(step, word)));
  const isChosen = (step) =>
    names.length > 0
      ? names.some((word) => matches(step, word))
      : Boolean(step.wide) === words.includes("--wide");
  const wanted = steps.filter(isChosen);
  const needsSite = wanted.some(({ needs = [] }) => needs.includes("site"));
  return {
    unknown,
    chosen: steps.filter((step) => wanted.includes(step) || (needsSite && step.name === "build")),
  };
}

/**
 * Runs the steps of two lanes side by side, each lane in order; a step that needs the built pages waits for the step "build". A failed
 * step stops no other. Returns each step's name and result in the order of `steps`.
 */
export async function runLanes(steps, run) {
  const results = new Map();
  let built = () => {};
  const site = new Promise((resolve) => {
    built = resolve;
  });
  if (!steps.some(({ name }) => name === "build")) built();
  const lane = async (name) => {
    for (const step of steps) {
      if ((step.lane ?? "cpu") !== name) continue;
      if (step.needs?.includes("site")) await site;
      results.set(step.name, await run(step));
      if (step.name === "build") built();
    }
  };
  await Promise.all([lane("cpu"), lane("gpu")]);
  return steps.map(({ name }) => ({ name, ...results.get(name) }));
}

/** How a step ended, by the exit code of its command; `skip` is the one of a step that could not run here. */
export const outcomeOf = (code, skip) => (code === 0 ? "passed" : code === skip ? "skipped" : "failed");

const namesOf = (results, wanted) =>
  results.filter(({ outcome }) => outcome === wanted).map(({ name }) => name);
export const failed = (results) => namesOf(results, "failed");
export const skipped = (results) => namesOf(results, "skipped");
