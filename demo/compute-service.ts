/** Where the figures have their numbers from: one engine, which weighs every pair unless it says otherwise, and an account of what it did. */
import {
  type AttentionInput,
  attention,
  type BandwidthSelection,
  type Engine,
  KernelClassifier,
  KernelDensity,
  type KernelInput,
  KernelRegression,
  type LearnInput,
  type LearningStep,
  type LearnOptions,
  learnBandwidth,
  type Points,
  type Prediction,
  type RegressionInput,
} from "../src/index.ts";

interface ValuedInput extends RegressionInput {
  readonly values: Float64Array;
}

export class ComputeService {
  engine: Engine;
  /** Since the last `reset`. */
  pairs = 0;
  milliseconds = 0;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  reset(): void {
    this.pairs = 0;
    this.milliseconds = 0;
  }

  async regress(input: RegressionInput, queries: Points): Promise<Float64Array> {
    const model = await KernelRegression.fit(input, { engine: this.engine });
    const { mean, report } = await model.predict(queries, { method: "dense" });
    model.dispose();
    this.pairs += report.pairs;
    this.milliseconds += report.milliseconds;
    return mean;
  }

  /** Means with their standard errors. */
  async regressWithErrors(input: RegressionInput, queries: Points) {
    const model = await KernelRegression.fit(input, { engine: this.engine });
    const { mean, standardError, report } = await model.predict(queries, {
      method: "dense",
      standardError: true,
    });
    model.dispose();
    this.pairs += report.pairs;
    this.milliseconds += report.milliseconds;
    return { mean, standardError: standardError! };
  }

  /** The width with the least leave-one-out error, and all that were tried. */
  async chooseWidth(input: RegressionInput): Promise<BandwidthSelection> {
    const start = performance.now();
    const model = await KernelRegression.fit(
      { ...input, bandwidth: "loo" },
      { engine: this.engine, onWarning: () => {} },
    );
    model.dispose();
    this.milliseconds += performance.now() - start;
    return model.selection!;
  }

  /** Of some bandwidths the one that predicts the keys best, each by the others. */
  async bestOf(input: ValuedInput, bandwidths: readonly (readonly number[])[]) {
    let best = { bandwidth: bandwidths[0], error: Infinity };
    for (const bandwidth of bandwidths) {
      const { error } = await this.looPredictions({ ...input, bandwidth }, []);
      if (error < best.error) best = { bandwidth, error };
    }
    return best.bandwidth;
  }

  /** Means, and the typical error of predicting each key by the others, in the values' units. */
  async looPredictions(input: ValuedInput, queries: Points) {
    const model = await KernelRegression.fit(input, { engine: this.engine });
    const { mean, report } = await model.predict(queries, { method: "dense" });
    const { leaveOneOutRSquared } = await model.diagnostics();
    model.dispose();
    this.pairs += report.pairs;
    this.milliseconds += report.milliseconds;
    const { values } = input;
    const centre = values.reduce((sum, v) => sum + v / values.length, 0);
    const variance = values.reduce((sum, v) => sum + (v - centre) ** 2 / values.length, 0);
    return { mean, error: Math.sqrt(variance * (1 - leaveOneOutRSquared[0])) };
  }

  /** Every step of learning a width. */
  async learnWidth(input: LearnInput, options: LearnOptions): Promise<readonly LearningStep[]> {
    const start = performance.now();
    const { steps } = await learnBandwidth(input, { ...options, engine: this.engine });
    this.milliseconds += performance.now() - start;
    return steps;
  }

  async density(input: KernelInput, queries: Points) {
    const model = await KernelDensity.fit(input, { engine: this.engine });
    const { density, report } = await model.evaluate(queries, { method: "dense" });
    model.dispose();
    this.pairs += report.pairs;
    this.milliseconds += report.milliseconds;
    return { density, bandwidth: model.bandwidth };
  }

  /** softmax(q·k / τ) of the values. */
  async attend(input: AttentionInput): Promise<Float64Array> {
    const start = performance.now();
    const { output } = await attention(input, { engine: this.engine });
    this.milliseconds += performance.now() - start;
    return output;
  }

  /** By whatever method is fastest. */
  async regressFast(input: RegressionInput, queries: Points): Promise<Prediction> {
    const model = await KernelRegression.fit(input, { engine: this.engine });
    const prediction = await model.predict(queries);
    model.dispose();
    this.pairs += prediction.report.evaluatedPairs;
    this.milliseconds += prediction.report.milliseconds;
    return prediction;
  }

  /** Weights as rows of keys, columns of queries. */
  async weigh(input: RegressionInput, queries: Points): Promise<Float32Array> {
    const start = performance.now();
    const model = await KernelRegression.fit(input, { engine: this.engine });
    const { data } = await model.weights(queries);
    model.dispose();
    this.pairs += data.length;
    this.milliseconds += performance.now() - start;
    return data;
  }

  async classify(keys: Points, labels: readonly string[], bandwidth: number[], queries: Points) {
    const model = await KernelClassifier.fit({ keys, labels, bandwidth }, { engine: this.engine });
    const { probability, report } = await model.predict(queries, { method: "dense" });
    const { classes } = model;
    model.dispose();
    this.pairs += report.pairs;
    this.milliseconds += report.milliseconds;
    return { probability, classes };
  }
}
