/** Lines of text in pieces that end with lines, whatever the file ends its lines with: \n, \r\n, \r\r\n or \r alone. */

/** Characters that are parsed at once. */
const PIECE = 2 ** 18;

/**
 * Every piece except the last ends with "\n". Within quotes, too, "\r\n" becomes "\n".
 * @param longest characters of a line, of which more are refused
 * @param tooLong the error for a longer line
 */
export async function* linesOf(
  text: AsyncIterable<string>,
  longest = Infinity,
  tooLong: () => Error = () => new RangeError("a line is too long"),
): AsyncGenerator<string> {
  let held = ""; // has no end of a line
  let fresh = "";
  let isMac: boolean | undefined; // lines end in \r alone
  const normal = (piece: string) => {
    if (!piece.includes("\r")) return piece;
    // A run of \r that no \n ends is looked through once.
    return isMac ? piece.replaceAll("\r", "\n") : piece.replace(/(?<!\r)\r+\n/g, "\n");
  };
  for await (const piece of text) {
    if (held === "" && fresh === "" && piece.endsWith("\n") && !piece.includes("\r")) {
      isMac ??= false;
      yield piece;
      continue;
    }
    fresh += piece;
    if (fresh.length < PIECE) continue;
    isMac ??= !fresh.includes("\n") && fresh.includes("\r");
    const cut = fresh.lastIndexOf(isMac ? "\r" : "\n") + 1;
    if (cut > 0) {
      yield normal(held + fresh.slice(0, cut));
      [held, fresh] = ["", fresh.slice(cut)];
    } else {
      held += fresh;
      fresh = "";
      if (held.length > longest) throw tooLong();
    }
  }
  const rest = held + fresh;
  isMac ??= !rest.includes("\n") && rest.includes("\r");
  if (rest !== "") yield normal(rest);
}

/** On which line of the file each row is: rows, and what to add to them, from each place on where that changes. */
export class RowLines {
  private readonly rows: number[] = [];
  private readonly offsets: number[] = [];

  add(row: number, line: number): void {
    if (this.offsets.at(-1) === line - row) return;
    this.rows.push(row);
    this.offsets.push(line - row);
  }

  lineOf(row: number): number {
    let [from, to] = [0, this.rows.length - 1];
    while (from < to) {
      const middle = (from + to + 1) >> 1;
      if (this.rows[middle] <= row) from = middle;
      else to = middle - 1;
    }
    return row + (this.offsets[from] ?? 1);
  }
}
