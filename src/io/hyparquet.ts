/** The package hyparquet, which applications install if they read Parquet. */
import { importError } from "./import-error.ts";

export async function hyparquetPackage() {
  try {
    return await import("hyparquet");
  } catch (cause) {
    throw importError("hyparquet", cause);
  }
}
