/** Keys that an object of JSON has twice, of which `JSON.parse` keeps the last one silently. */

const QUOTE = '"';

/** The end of the string that begins at a quote: the index of its last quote. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf(QUOTE, start + 1); ; end = text.indexOf(QUOTE, end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return end;
  }
}

const SPACE = /\s*/y;

function isKey(text: string, end: number): boolean {
  let next = end + 1;
  if (text[next] === ":") return true;
  if (text[next] === "," || text[next] === "}") return false;
  SPACE.lastIndex = next;
  SPACE.exec(text);
  next = SPACE.lastIndex;
  return text[next] === ":";
}

function keysIn(text: string): number {
  let count = 0;
  for (let start = text.indexOf(QUOTE); start >= 0; ) {
    const end = endOfString(text, start);
    if (isKey(text, end)) count++;
    start = text.indexOf(QUOTE, end + 1);
  }
  return count;
}

function keysOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const each of Object.values(value)) if (typeof each === "object") count += keysOf(each);
  return count;
}

/**
 * The first key that an object has twice, if there is one.
 * @param text valid JSON
 * @param value what `JSON.parse` makes of the text
 */
export function repeatedKey(text: string, value: unknown): string | undefined {
  // Counts are cheap; which key it is takes a set for each object.
  return keysIn(text) === keysOf(value) ? undefined : firstRepeated(text);
}

function firstRepeated(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "{") open.push(new Set());
    else if (text[i] === "}") open.pop();
    if (text[i] !== QUOTE) continue;
    const end = endOfString(text, i);
    if (isKey(text, end)) {
      const key: string = JSON.parse(text.slice(i, end + 1));
      if (open.at(-1)!.has(key)) return key;
      open.at(-1)!.add(key);
    }
    i = end;
  }
  return undefined;
}
