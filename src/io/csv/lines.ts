/** Lines of text in pieces that end with lines, whatever the file ends its lines with: \n, \r\n, \r\r\n or \r alone. */

/** Characters that are parsed at once. */
const PIECE = 2 ** 18;

/** Every piece but the last ends with "\n". Within quotes, too, "\r\n" becomes "\n". */
export async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let pending = "";
  let isMac: boolean | undefined; // lines end in \r alone
  const normal = (piece: string) => {
    if (!piece.includes("\r")) return piece;
    return isMac ? piece.replaceAll("\r", "\n") : piece.replace(/\r+\n/g, "\n");
  };
  for await (const piece of text) {
    if (pending === "" && piece.endsWith("\n") && !piece.includes("\r")) {
      isMac ??= false;
      yield piece;
      continue;
    }
    pending += piece;
    if (pending.length < PIECE) continue;
    isMac ??= !pending.includes("\n") && pending.includes("\r");
    const end = pending.lastIndexOf(isMac ? "\r" : "\n") + 1;
    if (end === 0) continue;
    yield normal(pending.slice(0, end));
    pending = pending.slice(end);
  }
  isMac ??= !pending.includes("\n") && pending.includes("\r");
  if (pending !== "") yield normal(pending);
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
