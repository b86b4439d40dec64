/**
 * A column of text as numbers of its different texts. Millions of strings take a second to come from a worker, and stop the page
 * meanwhile; these come at once.
 */
export interface TextColumn {
  /** For each row the place of its text in `texts`, from 1 on; 0 where it has none. */
  readonly codes: Uint32Array;
  /** The different texts, in the order of their first rows. */
  readonly texts: readonly string[];
  /** Whether there were more than are kept: the others are all the last one. */
  readonly isCut: boolean;
}

/** Different texts that are kept. */
const MOST_TEXTS = 50_000;

export function encodeText(column: readonly (string | undefined)[]): TextColumn {
  const codes = new Uint32Array(column.length);
  const known = new Map<string, number>();
  let isCut = false;
  for (let i = 0; i < column.length; i++) {
    const text = column[i];
    if (text === undefined) continue;
    let code = known.get(text);
    if (code === undefined) {
      isCut ||= known.size >= MOST_TEXTS;
      code = Math.min(known.size, MOST_TEXTS) + (known.size < MOST_TEXTS ? 1 : 0);
      if (known.size < MOST_TEXTS) known.set(text, code);
    }
    codes[i] = code;
  }
  return { codes, texts: [...known.keys()], isCut };
}

/** The text of a row. */
export const textAt = ({ codes, texts }: TextColumn, row: number): string | undefined =>
  codes[row] === 0 ? undefined : texts[codes[row] - 1];
