/** The tags and texts of XML, in their order. Names are given without the prefix of their namespace. */

export interface Handlers {
  open?(name: string, attributes: string): void;
  close?(name: string): void;
  text?(text: string): void;
}

// Quotes are matched one after the other, so that a tag that never ends takes linear time.
const TAG = /<(\/?)([^\s/>"']+)([^>"']*(?:(?:"[^"]*"|'[^']*')[^>"']*)*)>/y;

/** @throws Error for a tag that does not end */
export function scan(markup: string, { open, close, text }: Handlers): void {
  let at = 0;
  for (;;) {
    const next = markup.indexOf("<", at);
    if (text && next !== at) text(decoded(markup.slice(at, next < 0 ? undefined : next)));
    if (next < 0) return;
    if (markup.startsWith("<![CDATA[", next)) {
      const end = ends(markup, "]]>", next);
      text?.(markup.slice(next + 9, end - 3));
      at = end;
    } else if (markup.startsWith("<!--", next)) at = ends(markup, "-->", next);
    else if (markup.startsWith("<?", next) || markup.startsWith("<!", next)) at = ends(markup, ">", next);
    else {
      TAG.lastIndex = next;
      const tag = TAG.exec(markup);
      if (!tag) throw new Error("its XML is damaged");
      at = TAG.lastIndex;
      const name = tag[2].slice(tag[2].indexOf(":") + 1);
      if (tag[1] === "/") close?.(name);
      else {
        open?.(name, tag[3]);
        if (tag[3].endsWith("/")) close?.(name);
      }
    }
  }
}

function ends(markup: string, mark: string, from: number): number {
  const at = markup.indexOf(mark, from);
  if (at < 0) throw new Error("its XML is damaged");
  return at + mark.length;
}

const patterns = new Map<string, RegExp>();

/** The value of an attribute, whatever the prefix of its namespace; undefined if it is absent. */
export function attribute(attributes: string, name: string): string | undefined {
  let pattern = patterns.get(name);
  if (!pattern) {
    pattern = new RegExp(`(?:^|[\\s:])${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`);
    patterns.set(name, pattern);
  }
  const found = pattern.exec(attributes);
  return found ? decoded(found[1] ?? found[2]) : undefined;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

function decoded(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? all;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
