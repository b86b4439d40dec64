/** The page's beginning: engine, state, controls and figures are made here and joined. */
import "./style.css";
import { Engine } from "../src/index.ts";
import { Controls } from "./controls.ts";
import { addDownloads } from "./download.ts";
import { chooseFigure, offerBest } from "./figures/choose.ts";
import { crowdFigure } from "./figures/crowd.ts";
import { dataFigure } from "./figures/data.ts";
import { kernelsFigure } from "./figures/kernels.ts";
import { motorcycleFigure } from "./figures/motorcycle.ts";
import { penguinsFigure } from "./figures/penguins.ts";
import { skippedFigure } from "./figures/skipped.ts";
import {
  anyEstimateFigure,
  anyWeightsFigure,
  estimatesFigure,
  weightsFigure,
  widthsFigure,
  widthWeightsFigure,
} from "./figures/toy-estimates.ts";
import { dragQuery, votesFigure } from "./figures/votes.ts";
import { Lab } from "./lab.ts";
import { Live } from "./live.ts";
import { readHash, type State, writeHash } from "./state.ts";
import { offerCheck, showEngine, showWork } from "./status.ts";

const figures = [
  votesFigure,
  kernelsFigure,
  dataFigure,
  estimatesFigure,
  weightsFigure,
  widthsFigure,
  widthWeightsFigure,
  anyEstimateFigure,
  anyWeightsFigure,
  motorcycleFigure,
  chooseFigure,
  penguinsFigure,
  crowdFigure,
  skippedFigure,
];

async function start(): Promise<void> {
  const engine = await Engine.create();
  showEngine(engine.info);

  let state: Readonly<State> = readHash(location.hash);
  const live = new Live(new Lab(engine), figures, state, showWork);
  const update = (next: Readonly<State>) => {
    state = next;
    controls.show(state);
    live.update(state);
  };
  const change = (part: Partial<State>) => {
    update({ ...state, ...part });
    history.replaceState(null, "", `#${writeHash(state)}`);
  };
  const controls = new Controls(state, change);
  offerBest((rideSigma) => change({ rideSigma }));
  dragQuery((query) => change({ query }));
  window.addEventListener("hashchange", () => update(readHash(location.hash)));

  for (const { id } of figures) addDownloads(document.getElementById(id)!, () => live.table(id));
  offerCheck(live);
  await live.run();
}

start().catch((error: unknown) => {
  const banner = document.getElementById("no-webgpu")!;
  banner.hidden = false;
  banner.textContent = `The page could not start: ${error instanceof Error ? error.message : error}`;
});
