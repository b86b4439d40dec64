// The public types of nadaraya/io, written by `npm run api`.

interface CellOptions {
  readonly na?: readonly string[];
  readonly decimal?: Decimal;
  readonly dateOrder?: DateOrder;
  readonly timeZone?: string;
}

type Column = Float64Array | readonly (string | undefined)[];

interface ColumnForm {
  readonly decimal?: "." | ",";
  readonly order?: "ymd" | "dmy" | "mdy";
}

interface ColumnSummary {
  readonly name: string;
  readonly type: "number" | "date" | "text" | "nested";
  readonly missing: number;
  readonly firstMissing?: string;
  readonly firstBad?: BadCell & {
    readonly where: string;
  };
  readonly firstError?: BadCell & {
    readonly where: string;
  };
  readonly form?: ColumnForm;
}

interface CsvOptions extends ReadOptions {
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly header?: boolean;
  readonly comment?: string;
  readonly headerRow?: number;
}

interface ExcelOptions extends ReadOptions {
  readonly sheet?: string;
  readonly headerRow?: number;
}

type Format = (typeof formats)[number];

interface JsonOptions extends ReadOptions {
  readonly lines?: boolean;
}

type Kind = "number" | "text";

interface ReadOptions extends CellOptions {
  readonly wanted?: Wanted | ((names: readonly string[]) => Wanted);
  readonly name?: string;
  readonly badAsMissing?: readonly string[] | "all";
  readonly epoch?: Readonly<Record<string, "s" | "ms" | "us" | "ns">>;
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

type Source = string | Blob | ArrayBuffer | ArrayBufferView | ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

interface Table {
  readonly names: readonly string[];
  readonly rows: number;
  readonly columns: Readonly<Record<string, Column>>;
  readonly dates?: readonly string[];
  readonly summary?: readonly ColumnSummary[];
  readonly notes?: readonly string[];
  readonly sheets?: readonly string[];
  readonly layout?: TextLayout;
}

interface TableOptions extends CsvOptions {
  readonly rowGroups?: readonly [from: number, to: number];
  readonly sheet?: string;
  readonly format?: Format;
}

interface TextLayout {
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly above: number;
  readonly sheet?: string;
}

type Wanted = Readonly<Record<string, Kind>>;

function numbersOf(table: Table, names: readonly string[]): {
  data: Float64Array;
  dims: number;
};

function readArrow(source: Source, options?: ReadOptions): Promise<Table>;

function readCsv(source: Source, options?: CsvOptions): Promise<Table>;

function readExcel(source: Source, options?: ExcelOptions): Promise<Table>;

function readJson(source: Source, options?: JsonOptions): Promise<Table>;

function readParquet(source: Source | AsyncBuffer, options?: ParquetOptions): Promise<Table>;

function readTable(source: Source | AsyncBuffer, options?: TableOptions): Promise<Table>;

function toArrow(table: Table): Promise<ArrowTable>;

function writeArrow(table: Table): Promise<Uint8Array>;

function writeCsv(table: Table, delimiter?: string): Promise<string>;

function writeJson(table: Table, options?: {
  readonly lines?: boolean;
}): string;

function writeParquet(table: Table): Promise<Uint8Array>;

// Types that these use, which are neither exported here nor in another report.

interface AsyncBuffer {
  readonly byteLength: number;
  slice(start: number, end?: number): ArrayBuffer | Promise<ArrayBuffer>;
}

interface BadCell {
  readonly row: number;
  readonly value: string;
  readonly problem: string;
  readonly count: number;
  readonly isAmbiguous?: boolean;
}

type DateOrder = "auto" | "dmy" | "mdy" | "ymd";

type Decimal = "auto" | "." | ",";

interface ParquetOptions extends ReadOptions {
  readonly rowGroups?: readonly [from: number, to: number];
}

const formats: readonly ["csv", "tsv", "json", "jsonl", "parquet", "arrow", "xlsx"];

