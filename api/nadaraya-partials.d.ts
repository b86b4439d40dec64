// The public types of nadaraya/partials, written by `npm run api`.

class ExactSums {
  readonly tops: Float64Array<ArrayBuffer>;
  readonly bins: Float64Array<ArrayBuffer>;
  constructor(length: number, tops?: Float64Array<ArrayBuffer>, bins?: Float64Array<ArrayBuffer>);
  get length(): number;
  add(index: number, x: number, exponent?: number): void;
  addAll(other: ExactSums): void;
  read(index: number): {
    x: number;
    exponent: number;
  };
  readInteger(index: number): {
    integer: bigint;
    exponent: number;
  };
}

interface GridAxis {
  readonly column: string;
  readonly spacing: number;
  readonly origin?: number;
}

interface GridCells {
  readonly x: Points;
  readonly weight: TypedArray | readonly number[];
  readonly sum?: TypedArray | readonly number[];
  readonly squares?: TypedArray | readonly number[];
}

class GridFit {
  constructor(token: symbol, sumsAt: (queries: Points, options: PredictOptions) => Promise<PartialSums>);
  partial(queries: Points, options?: PredictOptions): Promise<PartialSums>;
  predict(queries: Points, options?: PredictOptions & {
    readonly confidence?: number;
  }): Promise<MergedMeans>;
  evaluate(queries: Points, options?: PredictOptions): Promise<ReturnType<typeof densitiesOfSums>>;
}

interface GridQuery {
  readonly table: string;
  readonly x: readonly GridAxis[];
  readonly y?: string;
  readonly weight?: string;
}

interface GridSettings {
  readonly kernel?: KernelName;
  readonly shape?: Shape;
  readonly bandwidth: number | readonly number[];
  readonly engine?: Engine;
  readonly onWarning?: (message: string) => void;
}

interface MergedMeans {
  readonly mean: Float64Array<ArrayBuffer>;
  readonly standardError?: Float64Array<ArrayBuffer>;
  readonly lower?: Float64Array<ArrayBuffer>;
  readonly upper?: Float64Array<ArrayBuffer>;
  readonly emptyQueries: number;
}

interface PartialOptions extends PredictOptions {
  readonly x?: readonly string[];
  readonly y?: readonly string[];
  readonly dates?: readonly string[];
  readonly errors?: boolean;
  readonly id?: string;
  readonly name?: string;
}

interface PartialSettings {
  readonly x: readonly string[];
  readonly y: readonly string[];
  readonly dates: readonly string[];
  readonly kernel: string;
  readonly shape: Shape;
  readonly bandwidth: readonly number[];
  readonly coordinates?: readonly (CoordinateKind | CategoryCoordinate)[];
  readonly weightType: WeightType;
  readonly tolerance: number;
  readonly errors: boolean;
}

class PartialSums {
  readonly settings: PartialSettings;
  readonly kernel: Kernel;
  readonly queries: Float64Array<ArrayBuffer>;
  readonly queriesHash: string;
  readonly shards: readonly Shard[];
  readonly sums: ExactSums;
  constructor(token: symbol, fields: Fields);
  get count(): number;
  get rows(): number;
}

interface Shard {
  readonly id: string;
  readonly name: string;
  readonly rows: number;
  readonly dropped: number;
  readonly weight: number;
}

function decodePartial(bytes: Uint8Array): Promise<PartialSums>;

function densitiesOfSums(partial: PartialSums): {
  readonly density: Float64Array<ArrayBuffer>;
  readonly logDensity: Float64Array<ArrayBuffer>;
};

function encodePartial(partial: PartialSums): Promise<Uint8Array<ArrayBuffer>>;

function fromGrid(cells: GridCells, settings: GridSettings): GridFit;

function gridQuery(query: GridQuery): string;

function logWeightsOfSums(partial: PartialSums): Float64Array<ArrayBuffer>;

function meansOfSums(partial: PartialSums, options?: {
  readonly confidence?: number;
}): MergedMeans;

function mergePartialSums(partials: readonly PartialSums[], names?: readonly string[]): PartialSums;

// Types that these use, which are neither exported here nor in another report.

type Fields = Pick<PartialSums, "settings" | "kernel" | "queries" | "queriesHash" | "shards" | "sums">;

