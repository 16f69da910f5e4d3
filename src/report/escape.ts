/**
 * Text that came from outside, made safe for the place where it is shown: one function a place. What cannot be shown as
 * it is becomes visible instead of vanishing, so that two names that differ never look alike.
 */

/** Control characters (ANSI sequences start with one), bidi marks and overrides, zero-width characters, odd line breaks, lone surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const NEWLINE = /\r\n|\r|\n/u;
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** One line for a terminal: what would move the cursor, colour, reorder or hide is written as `\x1b`, `\u202e`. */
export function terminal(text: string): string {
  return text.replace(INVISIBLE, (character) => NAMED[character] ?? codeOf(character));
}

/** Several lines for a terminal: line breaks stay line breaks. */
export function terminalLines(text: string): string[] {
  return text.split(NEWLINE).map(terminal);
}

/**
 * One line of the log of a GitHub job. The runner takes a line that starts with `::` (blanks before it do not count) for a
 * command, and `##[` anywhere in a line.
 */
export function jobLog(text: string): string {
  const shown = terminal(text).replaceAll("##[", "## [");
  return /^\s*::/u.test(shown) ? shown.replace("::", "\\::") : shown;
}

/** Several lines of the log of a GitHub job. */
export function jobLogLines(text: string): string[] {
  return text.split(NEWLINE).map(jobLog);
}

/**
 * Inline code for GitHub's Markdown, outside a table. Inside code GitHub knows no HTML, link, image, mention, issue
 * number, emoji or formula, so this shows any text as it is.
 */
export function markdownCode(text: string): string {
  return code(terminal(text), false);
}

/** Inline code for a cell of a Markdown table, where a pipe ends the cell even inside code. */
export function markdownCell(text: string): string {
  return code(terminal(text), true);
}

/**
 * A sentence for GitHub's Markdown, outside a table: plain words stay plain, and whatever could mean something to
 * Markdown or to GitHub (a path, a name, a number with a dot) is set as code.
 */
export function markdownProse(text: string): string {
  const parts: { plain: boolean; words: string[] }[] = [];
  for (const word of terminal(text)
    .split(/\s+/u)
    .filter((part) => part !== "")) {
    const plain = isPlain(word);
    const last = parts.at(-1);
    if (last?.plain === plain) last.words.push(word);
    else parts.push({ plain, words: [word] });
  }
  return parts.map(({ plain, words }) => (plain ? words.join(" ") : code(words.join(" "), false))).join(" ");
}

/** A link whose text is shown as code, outside a table. The address is one that lineUrl or the product itself made. */
export function markdownLink(text: string, address: string | null): string {
  return address === null ? markdownCode(text) : `[${markdownCode(text)}](${address})`;
}

/** One argument of a POSIX shell command, bare where nothing in it means anything to a shell. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** At most so many characters, the last one an ellipsis where some were left out. */
export function shorten(text: string, most: number, ellipsis = "…"): string {
  if (text.length <= most) return text;
  const characters = Array.from(text);
  return characters.length <= most ? text : characters.slice(0, most - ellipsis.length).join("") + ellipsis;
}

function codeOf(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16);
  if (point < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return point < 0x1_0000 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

/** A word of Latin letters, or a short number, with the punctuation that sentences have. Not what looks like a commit or a list's number. */
function isPlain(word: string): boolean {
  if (/^[0-9a-f]{7,}/iu.test(word)) return false;
  return /^\(?(?:\p{Script=Latin}+(?:['’-]\p{Script=Latin}+)*[,;:.!?)]*|\d{1,6}[,;:]?)$/u.test(word);
}

/**
 * Code spans that together show the text. A text needs more than one where it has more backticks in a row than GitHub
 * takes for a fence (80), or, in a table, a backslash before a pipe: parsers differ on what `\\|` is there.
 */
function code(text: string, cell: boolean): string {
  if (text === "") return "<code></code>";
  const cuts = text.replace(/`{16}(?=`)/gu, "$&\n");
  const pieces = (cell ? cuts.replace(/\\(?=\|)/gu, "\\\n") : cuts).split("\n");
  return pieces.map((piece) => span(cell ? piece.replaceAll("|", "\\|") : piece)).join("<!-- -->");
}

/** One code span: its fence is longer than any run of backticks inside, and Markdown strips one blank from both ends. */
function span(text: string): string {
  const runs = text.match(/`+/gu) ?? [];
  const fence = "`".repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const stripped = text.startsWith(" ") && text.endsWith(" ") && text.trim() !== "";
  const pad = text.startsWith("`") || text.endsWith("`") || stripped ? " " : "";
  return `${fence}${pad}${text}${pad}${fence}`;
}
