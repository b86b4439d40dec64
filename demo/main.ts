/** The page's beginning: engine, state, controls and figures are made here and joined. */
import "./style.css";
import { Engine } from "../src/index.ts";
import { Controls } from "./controls.ts";
import { addDownloads } from "./download.ts";
import { adaptiveFigure } from "./figures/adaptive.ts";
import { chooseFigure, offerBest } from "./figures/choose.ts";
import { coordinatesFigure } from "./figures/coordinates.ts";
import { crowdFigure } from "./figures/crowd.ts";
import { dataFigure } from "./figures/data.ts";
import { kernelsFigure } from "./figures/kernels.ts";
import { learnFigure, offerPlay } from "./figures/learn.ts";
import { motorcycleFigure } from "./figures/motorcycle.ts";
import { parzenFigure } from "./figures/parzen.ts";
import { penguinsFigure } from "./figures/penguins.ts";
import { ratesFigure } from "./figures/rates.ts";
import { skippedFigure } from "./figures/skipped.ts";
import { sphereFigure } from "./figures/sphere.ts";
import {
  anyEstimateFigure,
  anyWeightsFigure,
  estimatesFigure,
  weightsFigure,
  widthsFigure,
  widthWeightsFigure,
} from "./figures/toy-estimates.ts";
import { dragQuery, votesFigure } from "./figures/votes.ts";
import { ComputeService } from "./lab.ts";
import { RecomputeLoop } from "./live.ts";
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
  learnFigure,
  motorcycleFigure,
  chooseFigure,
  coordinatesFigure,
  penguinsFigure,
  parzenFigure,
  adaptiveFigure,
  sphereFigure,
  ratesFigure,
  crowdFigure,
  skippedFigure,
];

async function start(): Promise<void> {
  const engine = await Engine.create();
  showEngine(engine.info);

  let state: Readonly<State> = readHash(location.hash);
  const recomputeLoop = new RecomputeLoop(new ComputeService(engine), figures, state, showWork);
  const update = (next: Readonly<State>) => {
    state = next;
    controls.show(state);
    recomputeLoop.update(state);
  };
  const change = (part: Partial<State>) => {
    update({ ...state, ...part });
    history.replaceState(null, "", `#${writeHash(state)}`);
  };
  const controls = new Controls(state, change);
  offerBest((rideSigma) => change({ rideSigma }));
  offerPlay((learnStep) => change({ learnStep }));
  dragQuery((query) => change({ query }));
  window.addEventListener("hashchange", () => update(readHash(location.hash)));

  for (const { id } of figures) addDownloads(document.getElementById(id)!, () => recomputeLoop.table(id));
  offerCheck(recomputeLoop);
}

start().catch((error: unknown) => {
  const banner = document.getElementById("no-webgpu")!;
  banner.hidden = false;
  banner.textContent = `The page could not start: ${error instanceof Error ? error.message : error}`;
});
