/** What a shader that does not compile is reported with; loaded when that happens. */
import { NadarayaError } from "../common/errors.ts";

/** The compiler's messages, and the source as the error's cause. */
export function compileError(
  label: string,
  code: string,
  { messages }: GPUCompilationInfo,
  invalid: GPUError,
): NadarayaError {
  const lines = messages.map((m) => `${label}:${m.lineNum}:${m.linePos} ${m.type}: ${m.message}`);
  return new NadarayaError(
    "gpu-error",
    `the shader "${label}" does not compile\n${lines.join("\n") || invalid.message}`,
    { cause: code },
  );
}
