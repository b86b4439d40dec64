/** The page's beginning: engine, state, controls and figures are made here and joined. */
import "./style.css";
import "./figures.css";
import { Engine } from "../src/index.ts";
import { addTeaching, showAlone } from "./alone.ts";
import { ComputeService } from "./compute-service.ts";
import { Controls } from "./controls.ts";
import { addDownloads } from "./download.ts";
import { adaptiveFigure } from "./figures/adaptive.ts";
import { bridgeFigure } from "./figures/bridge.ts";
import { chooseFigure, offerBest } from "./figures/choose.ts";
import { coordinatesFigure } from "./figures/coordinates.ts";
import { dataFigure } from "./figures/data.ts";
import { dragQuery, heroFigure, moveQueryAlone } from "./figures/hero.ts";
import { kernelsFigure } from "./figures/kernels.ts";
import { learnFigure, offerPlay, offerSamples } from "./figures/learn.ts";
import { millionFigure } from "./figures/million.ts";
import { motorcycleFigure } from "./figures/motorcycle.ts";
import { parzenFigure } from "./figures/parzen.ts";
import { penguinsFigure } from "./figures/penguins.ts";
import { ratesFigure } from "./figures/rates.ts";
import { skippedFigure } from "./figures/skipped.ts";
import { sphereFigure } from "./figures/sphere.ts";
import { stagesFigure } from "./figures/stages.ts";
import {
  anyEstimateFigure,
  anyWeightsFigure,
  bandwidthsFigure,
  bandwidthWeightsFigure,
  estimatesFigure,
  weightsFigure,
} from "./figures/toy-estimates.ts";
import { translate } from "./language.ts";
import { messageOf } from "./message.ts";
import { PageEngine } from "./page-engine.ts";
import { RecomputeLoop } from "./recompute-loop.ts";
import { readHash, type State, writeHash } from "./state.ts";
import { offerCheck, showEngine, showWork } from "./status.ts";

const figures = [
  heroFigure,
  kernelsFigure,
  dataFigure,
  estimatesFigure,
  weightsFigure,
  stagesFigure,
  bandwidthsFigure,
  bandwidthWeightsFigure,
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
  bridgeFigure,
  ratesFigure,
  millionFigure,
  skippedFigure,
];

/** The first figure by the processor, in float64, while the adapter starts: a visitor sees it at once. */
async function drawFirst(state: Readonly<State>): Promise<void> {
  const engine = await Engine.create({ backend: "cpu" });
  const result = await heroFigure.compute(new ComputeService(engine), state);
  const body = document.querySelector<HTMLElement>("#hero .body")!;
  if (body.childElementCount === 0 && body.clientWidth > 0) heroFigure.draw(body, result);
  engine.dispose();
}

async function start(): Promise<void> {
  await translate();
  showAlone();
  void drawFirst(readHash(location.hash)).catch(() => {}); // the adapter draws it again
  let state: Readonly<State> = readHash(location.hash);
  /** Undefined until the adapter has started; it then begins with what the controls show. */
  let recomputeLoop: RecomputeLoop | undefined;
  const update = (next: Readonly<State>) => {
    state = next;
    controls.show(state);
    recomputeLoop?.update(state);
  };
  const change = (part: Partial<State>) => {
    update({ ...state, ...part });
    history.replaceState(null, "", `${location.search}#${writeHash(state)}`);
  };
  const controls = new Controls(state, change);
  offerBest((rideSigma) => change({ rideSigma }));
  offerPlay((learnStep) => change({ learnStep }));
  dragQuery((query) => change({ query }));
  offerSamples((seed) => change({ seed, n: 40, noise: 1 }));
  window.addEventListener("hashchange", () => update(readHash(location.hash)));
  const loopReady = PageEngine.create(showEngine).then((pageEngine) => {
    recomputeLoop = new RecomputeLoop(pageEngine, figures, state, showWork);
    return recomputeLoop;
  });
  offerCheck(loopReady);

  const loop = await loopReady;
  moveQueryAlone(
    () => state.query,
    (query) => update({ ...state, query }),
  );
  for (const { id } of figures) {
    const figure = document.getElementById(id)!;
    addDownloads(figure, () => loop.table(id));
    addTeaching(figure);
  }
}

start().catch((error: unknown) => {
  const banner = document.getElementById("no-webgpu")!;
  banner.hidden = false;
  banner.textContent = `The page could not start: ${messageOf(error)}`;
});
