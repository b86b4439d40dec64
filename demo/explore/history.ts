/** Every choice is a step in the browser's own history: its back button undoes it, and so does ours. */

/** Notes what is shown in the address; the first time in the place of the visit, later as a step of its own. */
export function remember(hash: string): void {
  const address = `#${hash}`;
  if (history.state?.steps === undefined) history.replaceState({ steps: 0 }, "", address);
  else if (location.hash !== address) history.pushState({ steps: history.state.steps + 1 }, "", address);
}

/** Whether a step of this visit lies behind. */
export const canUndo = (): boolean => history.state?.steps > 0;

export const undo = (): void => history.back();
