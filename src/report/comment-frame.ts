/** What a comment has around what it tells, be it of one report or of several: its limit, its title and its last line. */
import { markerLine, type CommentState } from "./comment-state.js";
import type { Verdict } from "./document.js";
import { MARKS } from "./markdown-matrix.js";
import type { SourceTree } from "./source-link.js";

/**
 * GitHub takes 65,536 characters by its own words, and was seen to take as many of four bytes. No way of counting gives more
 * than the bytes of UTF-8, so those are what is kept below.
 */
export const COMMENT_LIMIT_BYTES = 65_000;

/** What a comment has to know beside what it tells. */
export interface FrameOptions {
  readonly key: string;
  readonly limitBytes?: number;
  /** The commit that was tested. */
  readonly commit: string | null;
  /** Where its files can be looked at; null where that is not known. */
  readonly head: SourceTree | null;
  /** The page of the run. */
  readonly runUrl: string | null;
  /** What the comment kept that is there already. */
  readonly previous: CommentState | null;
  /** Whether what is told was made by code of a fork, and is told on its word alone. */
  readonly untrusted?: boolean;
}

/** `## ❌ mtls-gate: mismatch`; the key stands in it where it is not the usual one. */
export function titleLine(verdict: Verdict, { key }: Pick<FrameOptions, "key">): string {
  const which = key === "mtls-gate" ? "" : ` (\`${key}\`)`;
  return `## ${MARKS[verdict]} mtls-gate${which}: ${verdict}`;
}

/** `_Commit `5f0c1d2e3b4a`. The whole report is in the summary and the files of the run._` */
export function footer(
  { commit, runUrl, untrusted }: Pick<FrameOptions, "commit" | "runUrl" | "untrusted">,
  whole = "The whole report is in the summary and the files of",
): string {
  const run = runUrl === null ? "the run" : `[the run](${runUrl})`;
  const of = commit === null ? "" : `Commit \`${commit.slice(0, 12)}\`. `;
  const trust = untrusted === true ? " The run is a fork's, and this is what it reported." : "";
  return `_${of}${whole} ${run}.${trust}_`;
}

/** The comment of which nothing but its heading fits, without what the next run is compared with; an empty text where not even that does. */
export function barest(heading: string, { key }: Pick<FrameOptions, "key">, limitBytes: number): string {
  const text = `${markerLine(key, null)}\n\n${heading}\n`;
  return Buffer.byteLength(text, "utf8") <= limitBytes ? text : "";
}
