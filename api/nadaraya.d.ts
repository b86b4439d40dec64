// The public types of nadaraya, written by `npm run api`.

interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter: boolean;
}

interface Attention {
  readonly output: Float64Array;
}

interface AttentionInput {
  readonly queries: Points;
  readonly keys: Points;
  readonly values: Points;
  readonly heads?: number;
  readonly temperature?: number;
  readonly mask?: "causal" | ArrayLike<number | boolean>;
}

interface AttentionOptions extends RunOptions {
  readonly engine?: Engine;
}

interface Bands {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly simultaneousLower: Float64Array;
  readonly simultaneousUpper: Float64Array;
  readonly standardError: Float64Array;
}

type BandwidthRule = RegressionRule | DensityRule;

interface BandwidthSelection {
  readonly rule: BandwidthRule;
  readonly bandwidth: readonly number[];
  readonly candidates: readonly Candidate[];
  readonly limits?: readonly Limit[];
  readonly warning?: string;
}

interface BootstrapOptions extends PredictOptions {
  readonly replicates?: number;
  readonly confidence?: number;
  readonly seed?: number;
}

interface Calibration {
  readonly version: 1;
  readonly pairsPerMillisecond: number;
  readonly latency: number;
}

interface Candidate {
  readonly bandwidth: readonly number[];
  readonly score: number;
}

interface CategoryCoordinate {
  readonly kind: Exclude<CoordinateKind, "continuous">;
  readonly levels: readonly number[];
}

interface Classification<L> {
  readonly labels: (L | undefined)[];
  readonly probability: Float64Array;
  readonly report: RunReport;
}

interface ClassifierInput<L> extends KernelInput {
  readonly labels: readonly L[] | ArrayLike<L>;
  readonly priors?: "shares" | "equal" | ArrayLike<number>;
}

interface ClassifierPredictOptions extends PredictOptions {
  readonly empty?: EmptyPolicy;
}

interface ClassifierScore {
  readonly accuracy: number;
  readonly logLoss: number;
  readonly emptyQueries: number;
}

type CoordinateKind = "continuous" | "aitchison-aitken" | "li-racine" | "wang-van-ryzin";

interface Densities {
  readonly density: Float64Array;
  readonly logDensity: Float64Array;
  readonly report: RunReport;
}

interface DensityOptions extends PredictOptions {
  readonly absoluteTolerance?: number;
}

type DensityRule = RuleOfThumb | "sheather-jones" | "likelihood" | "lscv";

interface Diagnostics {
  readonly rSquared: readonly number[];
  readonly leaveOneOutRSquared: readonly number[];
  readonly effectiveParameters: number;
  readonly residualDegreesOfFreedom: number;
  readonly residualStandardError: readonly number[];
  readonly residuals: Float64Array;
  readonly leaveOneOutResiduals: Float64Array;
  readonly leverages: Float64Array;
}

type EmptyPolicy = "nan" | "nearest" | "mean" | "error";

class Engine implements Disposable {
  get info(): EngineInfo;
  static create(options?: EngineOptions): Promise<Engine>;
  assertNotDisposed(): void;
  calibrate(): Promise<Calibration | undefined>;
  selfTest(options?: RunOptions): Promise<SelfTestReport>;
  get usable(): boolean;
  dispose(): void;
  [Symbol.dispose](): void;
}

interface EngineInfo {
  readonly backend: "webgpu" | "cpu";
  readonly adapter?: AdapterInfo;
  readonly lostDevices?: number;
  readonly limits?: {
    readonly maxBufferSize: number;
    readonly maxStorageBufferBindingSize: number;
  };
  readonly reason?: string;
  readonly memoryBudget: number;
  readonly calibration?: Calibration;
  readonly workers: number;
  readonly workersReason?: string;
}

interface EngineOptions {
  readonly device?: GPUDevice;
  readonly backend?: "auto" | "webgpu" | "cpu";
  readonly memoryBudget?: number;
  readonly powerPreference?: GPUPowerPreference;
  readonly calibration?: Calibration;
  readonly onDeviceLost?: (message: string) => void;
  readonly warm?: readonly WarmShape[];
  readonly workers?: number;
}

type ErrorCode =
"invalid-input"
 | "invalid-kernel"
 | "invalid-bandwidth"
 | "unsupported"
 | "no-webgpu"
 | "out-of-memory"
 | "device-lost"
 | "gpu-error"
 | "empty-window"
 | "unavailable"
 | "disposed";

interface FitOptions extends RunOptions {
  readonly engine?: Engine;
  readonly onWarning?: (message: string) => void;
}

type GappyPoints = Points | readonly (number | null | undefined)[] | readonly (readonly (number | null | undefined)[])[];

interface GpuPoints {
  readonly buffer: GPUBuffer;
  readonly dims: number;
  readonly count?: number;
}

interface GpuPrediction {
  readonly mean: GPUBuffer;
  readonly report: RunReport;
}

interface Kernel {
  readonly name: string;
  readonly alpha: (u: number) => number;
  readonly logAlpha: (u: number) => number;
  readonly logRatio?: (u: number, change: number, squared: number) => number;
  readonly tail: "exponential" | "compact" | "power" | "flat";
  readonly jumps?: boolean;
  readonly sphere?: boolean;
  readonly polynomial?: readonly number[];
  readonly exponential?: ExponentialKernel;
  readonly squareOf?: Kernel;
  readonly shader: KernelShader;
}

class KernelClassifier<L> extends KernelModel<ClassSnapshot<L>> {
  static fit<L>(input: ClassifierInput<L>, options?: FitOptions): Promise<KernelClassifier<L>>;
  static load<L>(bytes: Uint8Array, options?: FitOptions): Promise<KernelClassifier<L>>;
  get classes(): readonly L[];
  get priors(): Float64Array;
  predict(queries: Points, options?: ClassifierPredictOptions): Promise<Classification<L>>;
  score(queries: Points, labels: ArrayLike<L>, options?: PredictOptions): Promise<ClassifierScore>;
  add(keys: Points, labels: ArrayLike<L>, sampleWeights?: KernelInput["sampleWeights"]): Promise<void>;
}

interface KernelDefinition {
  readonly name: string;
  readonly alpha?: (u: number) => number;
  readonly logAlpha?: (u: number) => number;
  readonly wgsl: string;
  readonly argument?: "distance" | "squared";
  readonly compact?: boolean;
}

class KernelDensity extends KernelModel {
  static fit(input: KernelInput, options?: FitOptions): Promise<KernelDensity>;
  static load(bytes: Uint8Array, options?: FitOptions): Promise<KernelDensity>;
  evaluate(queries: Points, options?: DensityOptions): Promise<Densities>;
  partial(queries: Points, options?: Omit<PartialOptions, "y" | "errors">): Promise<PartialSums>;
  add(keys: Points, sampleWeights?: KernelInput["sampleWeights"]): Promise<void>;
}

interface KernelInput {
  readonly keys: GappyPoints;
  readonly kernel?: KernelName | Kernel;
  readonly coordinates?: readonly (CoordinateKind | CategoryCoordinate)[];
  readonly bandwidth?: number | readonly number[] | TypedArray | BandwidthRule;
  readonly shape?: Shape;
  readonly sampleWeights?: SampleWeights;
  readonly weightType?: WeightType;
  readonly missing?: "error" | "drop";
  readonly adaptive?: boolean | number;
  readonly neighbours?: number;
}

abstract class KernelModel<S extends Snapshot = Snapshot> implements Disposable {
  get bandwidth(): readonly number[];
  get selection(): BandwidthSelection | undefined;
  get size(): number;
  get dropped(): number;
  weights(queries: Points, options?: RunOptions): Promise<WeightMatrix>;
  topWeights(queries: Points, count: number, options?: RunOptions): Promise<TopWeights>;
  weightStatistics(queries: Points, options?: RunOptions): Promise<WeightStatistics>;
  remove(indices: readonly number[]): Promise<void>;
  save(): Uint8Array<ArrayBuffer>;
  dispose(): void;
  [Symbol.dispose](): void;
}

type KernelName = (typeof records)[number]["name"];

class KernelRegression extends KernelModel<RegressionSnapshot> {
  static fit(input: RegressionInput, options?: FitOptions): Promise<KernelRegression>;
  static load(bytes: Uint8Array, options?: FitOptions): Promise<KernelRegression>;
  predict(queries: Points, options: RegressionPredictOptions & {
    readonly output: "gpu";
  }): Promise<GpuPrediction>;
  predict<Gradient extends boolean = false, StandardError extends boolean = false, Confidence extends number | undefined = undefined>(queries: Points, options?: RegressionPredictOptions & {
    readonly gradient?: Gradient;
    readonly standardError?: StandardError;
    readonly confidence?: Confidence;
  }): Promise<PredictionWith<Gradient, StandardError, Confidence>>;
  diagnostics(options?: RunOptions): Promise<Diagnostics>;
  bootstrap(queries: Points, options?: BootstrapOptions): Promise<Bands>;
  quantiles(queries: Points, probabilities: readonly number[], options?: RunOptions): Promise<Float64Array>;
  distribution(queries: Points, thresholds: readonly number[], options?: PredictOptions): Promise<Float64Array>;
  conditionalDensity(queries: Points, values: Points, options?: PredictOptions & {
    readonly bandwidth?: number | RuleOfThumb | "likelihood";
  }): Promise<Float64Array>;
  partial(queries: Points, options?: PartialOptions): Promise<PartialSums>;
  add(keys: Points, values: Points, sampleWeights?: KernelInput["sampleWeights"]): Promise<void>;
}

interface LearnInput {
  readonly keys: GappyPoints;
  readonly values: GappyPoints;
  readonly sampleWeights?: SampleWeights;
  readonly missing?: "error" | "drop";
  readonly bandwidth?: number | readonly number[] | TypedArray | RuleOfThumb;
}

interface LearnOptions extends RunOptions {
  readonly engine?: Engine;
  readonly steps?: number;
  readonly optimizer?: OptimizerName;
  readonly learningRate?: number;
  readonly batch?: number;
  readonly leaveOneOut?: boolean;
  readonly metric?: "diagonal" | "full";
  readonly seed?: number;
  readonly onStep?: (step: LearningStep) => void | Promise<void>;
}

interface Learned {
  readonly bandwidth: readonly number[];
  readonly metric: Float64Array;
  readonly steps: readonly LearningStep[];
  readonly converged: boolean;
  readonly warning?: string;
  transform(points: Points): {
    readonly data: Float64Array;
    readonly dims: number;
  };
}

interface LearningStep {
  readonly step: number;
  readonly loss: number;
  readonly bandwidth: readonly number[];
  readonly gradient: readonly number[];
}

type Limit = "narrowest" | "widest" | undefined;

class NadarayaError extends Error {
  readonly name = "NadarayaError";
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions);
}

type OptimizerName = "adam" | "sgd";

type Points = TypedArray | readonly number[] | readonly (readonly number[] | TypedArray)[] | {
  readonly data: Float32Array | Float64Array | TypedArray | readonly number[];
  readonly dims: number;
} | GpuPoints;

interface PredictOptions extends RunOptions {
  readonly method?: Method | "auto";
  readonly tolerance?: number;
}

interface Prediction {
  readonly mean: Float64Array;
  readonly gradient?: Float64Array;
  readonly standardError?: Float64Array;
  readonly lower?: Float64Array;
  readonly upper?: Float64Array;
  readonly report: RunReport;
}

type PredictionWith<Gradient, StandardError, Confidence> = Prediction & Required<Pick<Prediction, ([Gradient] extends [true] ? "gradient" : never) | ([StandardError] extends [true] ? "standardError" : never) | ([Confidence] extends [number] ? "lower" | "upper" : never)>>;

interface Progress {
  readonly done: number;
  readonly total: number;
}

interface RegressionInput extends KernelInput {
  readonly values: GappyPoints;
  readonly degree?: Degree;
  readonly gap?: number;
}

interface RegressionPredictOptions extends PredictOptions {
  readonly empty?: EmptyPolicy;
  readonly output?: "array" | "gpu";
  readonly gradient?: boolean;
  readonly standardError?: boolean;
  readonly confidence?: number;
}

type RegressionRule = RuleOfThumb | "plug-in" | "loo" | "kfold" | "aicc";

interface RelativeInput {
  readonly anchors: Points;
  readonly points: Points;
  readonly count: number;
  readonly power?: number;
}

interface RelativeRepresentation {
  readonly anchors: Int32Array;
  readonly weights: Float64Array;
  readonly count: number;
}

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

interface RunReport {
  readonly method: Method;
  readonly reason: string;
  readonly pairs: number;
  readonly evaluatedPairs: number;
  readonly milliseconds: number;
  readonly emptyQueries: number;
  readonly fallbackQueries: number;
  readonly singularQueries?: number;
  readonly withheldErrors?: number;
}

interface SelfTestCase {
  readonly name: string;
  readonly error: number;
  readonly message?: string;
}

interface SelfTestReport {
  readonly passed: boolean;
  readonly cases: readonly SelfTestCase[];
  readonly failures: readonly SelfTestCase[];
  readonly info: EngineInfo;
  readonly text: string;
}

type Shape = "radial" | "product";

interface TopWeights {
  readonly keys: Int32Array;
  readonly weights: Float64Array;
}

interface WarmShape {
  readonly kernel?: KernelName;
  readonly dims: number;
  readonly columns?: number;
}

interface WeightMatrix {
  readonly data: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: number;
}

interface WeightStatistics {
  readonly effectiveSampleSize: Float64Array;
  readonly entropy: Float64Array;
}

type WeightType = "importance" | "frequency" | "precision";

function attention(input: AttentionInput, options?: AttentionOptions): Promise<Attention>;

function defineKernel(definition: KernelDefinition): Kernel;

const kernelNames: readonly string[];

function learnBandwidth(input: LearnInput, options?: LearnOptions): Promise<Learned>;

function relativeRepresentation(input: RelativeInput, options?: RunOptions & {
  readonly engine?: Engine;
}): Promise<RelativeRepresentation>;

function relativeSimilarity(a: RelativeRepresentation, b: RelativeRepresentation): Float64Array;

// Types that these use, which are neither exported here nor in another report.

type Degree = 0 | 1 | 2;

interface ExponentialKernel {
  readonly rate: number;
  readonly polynomial: readonly number[];
}

interface HalfPrecisionArray extends ArrayLike<number> {
  readonly BYTES_PER_ELEMENT: number;
  readonly byteLength: number;
}

interface KernelShader {
  readonly argument: "squared" | "distance";
  readonly scale: number;
  readonly body: string;
  readonly inside?: string;
  readonly evaluate?: (x: number) => number;
}

type Method = "dense" | "cull" | "expand";

interface PartialOptions extends PredictOptions {
  readonly x?: readonly string[];
  readonly y?: readonly string[];
  readonly dates?: readonly string[];
  readonly errors?: boolean;
  readonly id?: string;
  readonly name?: string;
}

type RuleOfThumb = "scott" | "silverman";

type SampleWeights = TypedArray | readonly (number | null | undefined)[];

type TypedArray = Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array | HalfPrecisionArray | Float32Array | Float64Array | BigInt64Array | BigUint64Array;

