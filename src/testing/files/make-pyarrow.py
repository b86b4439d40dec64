import pandas as pd, pyarrow as pa, pyarrow.feather as f, pyarrow.ipc as ipc, pyarrow.parquet as pq, decimal, datetime as dt
t = pa.table({
 "x": pa.array([1.5, None, -2.25]), "i64": pa.array([9007199254740993, 9007199254740992, None], pa.int64()),
 "dec": pa.array([decimal.Decimal("1.25"), decimal.Decimal("-3.50"), None], pa.decimal128(18, 2)),
 "dec256": pa.array([decimal.Decimal("1.25"), decimal.Decimal("-3.50"), None], pa.decimal256(40, 2)),
 "d32": pa.array([dt.date(2024,2,29), dt.date(1969,12,31), None], pa.date32()),
 "d64": pa.array([dt.date(2024,2,29), dt.date(1969,12,31), None], pa.date64()),
 "ts": pa.array([dt.datetime(2024,2,29,12,30), dt.datetime(1969,12,31,23,59,59,500000), None], pa.timestamp("us")),
 "tsns": pa.array([1709209800000000000, -500000000, None], pa.timestamp("ns")),
 "tz": pa.array([dt.datetime(2024,2,29,12,30), None, None], pa.timestamp("ms", tz="Europe/Berlin")),
 "cat": pa.array(["Köln", "Bonn", None]).dictionary_encode(), "big": pa.array(["a","b",None], pa.large_string()),
 "b": pa.array([True, False, None]), "li": pa.array([[1,2],[3],None]), "st": pa.array([{"a":1},{"a":2},None]), "u8": pa.array([1,2,None], pa.uint8()), "h": pa.array([1.5, 2.5, None], pa.float16()),
 "dur": pa.array([1,2,None], pa.duration("s")), "t32": pa.array([1,2,None], pa.time32("s")), "nul": pa.nulls(3)})
for c in ["lz4","zstd","uncompressed"]: f.write_feather(t, f"pyarrow-{c}.feather", compression=c)
f.write_feather(t.select(["x"]), "feather-1.feather", version=1)
with ipc.new_stream("pyarrow.arrows", t.schema) as w: w.write_table(t)
pq.write_table(t.drop(["dur","h"]), "pyarrow.parquet")
pq.write_table(t.select(["x","cat","ts"]), "pyarrow-int96-brotli.parquet", compression="brotli", use_deprecated_int96_timestamps=True)
df = pd.DataFrame({"a":[1,2,3],"b":["ü","ö",None]}); df.to_csv("pandas-utf16.csv", index=False, encoding="utf-16"); df.to_csv("pandas-latin1.csv", index=False, encoding="latin-1"); df.to_excel("pandas.xlsx", index=False); df.to_csv("pandas.csv.gz", index=False); df.to_json("pandas.jsonl", orient="records", lines=True); df.to_feather("pandas.feather")
