/**
 * A reader of Markdown that knows code spans by CommonMark's rule and nothing else: enough to hold our escaping against,
 * since it sets all that comes from outside as code.
 */

export interface Inline {
  /** What stands inside code spans, as a browser shows it. */
  readonly code: string[];
  /** Everything else. */
  readonly outside: string;
}

/** Reads one block of inline text. In a cell of a table `\|` is a pipe, inside code too. */
export function readInline(markdown: string, options: { cell?: boolean } = {}): Inline {
  const text = options.cell === true ? markdown.replaceAll("\\|", "|") : markdown;
  const code: string[] = [];
  let outside = "";
  let at = 0;
  while (at < text.length) {
    const fence = /^`+/u.exec(text.slice(at))?.[0];
    const end = fence === undefined ? -1 : closing(text, at + fence.length, fence);
    if (fence === undefined || fence.length > 80 || end < 0) {
      outside += text.slice(at, at + (fence?.length ?? 1));
      at += fence?.length ?? 1;
      continue;
    }
    code.push(stripped(text.slice(at + fence.length, end)));
    at = end + fence.length;
  }
  return { code, outside };
}

/** The cells of a row of a table: a pipe ends a cell unless a backslash stands before it. */
export function readRow(line: string): string[] {
  return line
    .split(/(?<!\\)\|/u)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function closing(text: string, from: number, fence: string): number {
  for (const run of text.slice(from).matchAll(/`+/gu)) if (run[0].length === fence.length) return from + run.index;
  return -1;
}

function stripped(code: string): string {
  return code.startsWith(" ") && code.endsWith(" ") && code.trim() !== "" ? code.slice(1, -1) : code;
}
