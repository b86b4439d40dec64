/** Every choice is a step in the browser's own history: its back button undoes it, and so does ours. */

/** Which run of the slider the last step was part of: a drag, or arrow keys one after the other. */
let lastRun = 0;

/**
 * Notes what is shown in the address; the first time in the place of the visit, later as a step of its own.
 * @param search the part of the address that leads to the file, "?url=…", or ""
 * @param run of the slider: what belongs to one run is one step; 0 for all else
 */
export function remember(hash: string, search: string, run = 0): void {
  const address = `${location.pathname}${search}#${hash}`;
  const steps: number | undefined = history.state?.steps;
  if (steps === undefined) history.replaceState({ steps: 0 }, "", address);
  else if (location.hash !== `#${hash}`) {
    if (run !== 0 && run === lastRun) history.replaceState({ steps }, "", address);
    else history.pushState({ steps: steps + 1 }, "", address);
  }
  lastRun = run;
}

/** Whether a step of this visit lies behind. */
export const canUndo = (): boolean => history.state?.steps > 0;

export const undo = (): void => history.back();
