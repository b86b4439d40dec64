declare module "wgsl-preprocessor/wgsl-preprocessor.js" {
  /** Template tag that resolves #if / #elif / #else / #endif, each followed by a template expression. */
  export function wgsl(strings: TemplateStringsArray, ...values: unknown[]): string;
}
