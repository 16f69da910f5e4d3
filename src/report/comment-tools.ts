/** What the parts of the comment share: how much is told, and how a text from outside is shown. */
import type { Reason } from "../mesh/call.js";
import { redact } from "../redact.js";
import { markdownCell, markdownCode, markdownLink, markdownProse, shorten } from "./escape.js";
import { lineUrl, type SourceTree } from "./source-link.js";
import { reasonSource } from "./words.js";

/** How much is told. Numbers are how many at most: `changes` of a direction, `calls` of a phase, `reasons` and `examples` of one change or call. */
export interface Level {
  readonly matrix: "all" | "not-pass" | "none";
  readonly changes: number;
  readonly examples: number;
  readonly reasons: number;
  readonly exposures: number;
  readonly calls: number;
  readonly problems: number;
  readonly last: boolean;
}

const FULL = { examples: 5, reasons: 8, last: false };

/** From the fullest. A reviewer reads a page, not a book: even the fullest lists no more than that. */
export const LEVELS: readonly Level[] = [
  { ...FULL, matrix: "all", changes: 50, exposures: 50, calls: 30, problems: 50 },
  { ...FULL, matrix: "not-pass", changes: 30, exposures: 30, calls: 20, problems: 30 },
  { ...FULL, matrix: "none", changes: 20, examples: 3, reasons: 4, exposures: 20, calls: 10, problems: 20 },
  { ...FULL, matrix: "none", changes: 8, examples: 2, reasons: 2, exposures: 8, calls: 5, problems: 10 },
  { ...FULL, matrix: "none", changes: 3, examples: 0, reasons: 1, exposures: 3, calls: 2, problems: 3 },
  { matrix: "none", changes: 0, examples: 0, reasons: 0, exposures: 0, calls: 0, problems: 0, last: true },
];

/** A longer text is a page of its own, or meant to fill this one. */
const TEXT_LENGTH = 300;

/** Whose files a place is in: those of the change, or those of its base. */
export type Tree = "head" | "base";

/** Texts from outside, each for its place: secrets taken out, shortened, escaped. */
export interface Tools {
  code(text: string): string;
  cell(text: string): string;
  prose(text: string): string;
  /** `because` lines of a list, each with a link to the line that decided. */
  because(reasons: readonly Reason[], most: number, tree: (reason: Reason) => Tree): string[];
  place(text: string, file: string, line: number | undefined, tree: Tree): string;
  /** ` 🆕` where the run before did not have it. */
  fresh(mark: () => string): string;
}

/** The marks of the findings that the run before had. */
export type Seen = Pick<ReadonlySet<string>, "has">;

/** `baseNames` are what a file of the base can be named by: `main:policies/foo.yaml`. `seen` are the marks of the run before; null where there was none, or they were not kept. */
export function toolsFor(known: {
  head: SourceTree | null;
  base: SourceTree | null;
  baseNames: readonly string[];
  seen: Seen | null;
}): Tools {
  const shown = (text: string): string => shorten(redact(text), TEXT_LENGTH);
  const place: Tools["place"] = (text, file, line, tree) => {
    const where = known[tree];
    const path = tree === "head" ? file : baseFile(file, known.baseNames);
    return markdownLink(shown(text), where === null || path === null ? null : lineUrl(where, path, line));
  };
  return {
    code: (text) => markdownCode(shown(text)),
    cell: (text) => markdownCell(shown(text)),
    prose: (text) => markdownProse(shown(text)),
    place,
    because: (reasons, most, tree) => {
      // The last of the chain is what decided.
      const told = most === 0 ? [] : reasons.slice(-most);
      return told.map((reason) => {
        const source = reasonSource(reason);
        const text =
          reason.file === undefined
            ? markdownCode(shown(source))
            : place(source, reason.file, reason.line, tree(reason));
        return `  - because ${text}: ${markdownProse(shown(reason.says))}`;
      });
    },
    fresh: (mark) => (known.seen === null || known.seen.has(mark()) ? "" : " 🆕"),
  };
}

/** The path of a file of the base in its own tree; null where it is not named as one. */
function baseFile(file: string, names: readonly string[]): string | null {
  const name = names.find((one) => file.startsWith(`${one}:`));
  return name === undefined ? null : file.slice(name.length + 1);
}
