import { DuckDBInstance } from "@duckdb/node-api";
import ExcelJS from "exceljs";
import pl from "nodejs-polars";

const df = pl.DataFrame({
  x: [1, 2, 3, null],
  label: ["Köln", "Bonn", null, "Essen"],
  when: [
    new Date("2024-01-31T10:00:00Z"),
    new Date("2024-02-29T00:00:00Z"),
    new Date("1969-12-31T23:59:59Z"),
    null,
  ],
});
for (const c of ["uncompressed", "lz4", "zstd"]) df.writeIPC(`polars-${c}.arrow`, { compression: c });
try {
  df.writeIPCStream(`polars-stream.arrows`, { compression: "lz4" });
} catch (e) {
  console.log("stream", e.message);
}
for (const c of ["uncompressed", "snappy", "gzip", "zstd", "lz4"])
  try {
    df.writeParquet(`polars-${c}.parquet`, { compression: c });
  } catch (e) {
    console.log(c, e.message);
  }
const db = await (await DuckDBInstance.create(":memory:")).connect();
const q = async (s) => {
  try {
    await db.run(s);
  } catch (e) {
    console.log(s.slice(0, 80), e.message.split("\n")[0]);
  }
};
await q("CREATE TYPE mood AS ENUM ('sad','ok','happy')");
await q(`CREATE TABLE t AS SELECT * FROM (VALUES
 (1::INTEGER, 1.25::DECIMAL(18,2), DATE '2024-02-29', TIMESTAMP '2024-02-29 12:30:00', 'ok'::mood, '6f9619ff-8b86-d011-b42d-00c04fc964ff'::UUID, {'a':1,'b':'u'}, [1,2], true, 9007199254740993::BIGINT, 'text'),
 (2, -3.50, DATE '1969-12-31', TIMESTAMP '1969-12-31 23:59:59.5', 'sad', '6f9619ff-8b86-d011-b42d-00c04fc964fe', {'a':2,'b':'v'}, [3], false, 9007199254740992, 'other'),
 (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) v(i, dec, d, ts, e, u, st, li, b, big, s)`);
await q("COPY t TO 'duckdb-types.parquet' (FORMAT parquet)");
await q("COPY (SELECT i, dec, s FROM t) TO 'duckdb-zstd.parquet' (FORMAT parquet, COMPRESSION zstd)");
await q("COPY (SELECT i, s FROM t) TO 'duckdb.csv.gz' (FORMAT csv, COMPRESSION gzip)");
await q("COPY (SELECT i, s FROM t) TO 'duckdb.csv.zst' (FORMAT csv, COMPRESSION zstd)");
await q("COPY (SELECT i, s FROM t) TO 'duckdb.ndjson' (FORMAT json)");
await q("COPY (SELECT i, d, ts, s FROM t) TO 'duckdb.csv' (FORMAT csv)");
const wb = new ExcelJS.Workbook();
const ws = wb.addWorksheet("measurements");
ws.addRow(["when", "x", "label"]);
ws.addRow([new Date("2024-02-29T00:00:00Z"), 1.5, "Köln"]);
ws.addRow([new Date("2024-03-01T00:00:00Z"), 2.25, "Bonn"]);
ws.addRow([null, null, "Essen"]);
wb.addWorksheet("second").addRow(["a"]);
await wb.xlsx.writeFile("exceljs.xlsx");
const wb2 = new ExcelJS.Workbook();
const w2 = wb2.addWorksheet("Title");
w2.addRow([]);
w2.addRow(["x", "y"]);
w2.addRow([1, "oops"]);
w2.addRow([2, 3]);
w2.addRow([3, 3]);
await wb2.xlsx.writeFile("bad.xlsx");
