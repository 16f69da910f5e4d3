/** The comment on a pull request: what a reviewer has to know, in as much detail as fits. Rendered again with less, never cut. */
import { barest, COMMENT_LIMIT_BYTES, footer, titleLine, type FrameOptions } from "./comment-frame.js";
import { reportBlocks, reportTools, verdictText } from "./comment-report.js";
import { sinceBlocks } from "./comment-since.js";
import { comparedWith, markerLine, marksOf, stateOf } from "./comment-state.js";
import { LEVELS } from "./comment-tools.js";
import type { Report } from "./document.js";
import { findingsOf } from "./findings.js";
import type { SourceTree } from "./source-link.js";

/** What the comment has to know beside the report. */
export interface CommentOptions extends FrameOptions {
  /** Where the files of the report's base can be looked at; null where that is not known. */
  readonly base: SourceTree | null;
}

/** The comment's whole text, with the marker by which the next run finds it; an empty text where not even the counts fit. */
export function commentMarkdown(report: Report, options: CommentOptions): string {
  const limit = options.limitBytes ?? COMMENT_LIMIT_BYTES;
  const { commit, previous, key, head, base } = options;
  const before = comparedWith(commit, previous);
  const tools = reportTools(report, { head, base, seen: before === null ? null : marksOf(before) });
  const ended = { verdict: report.verdict, findings: findingsOf(report) };
  const heading = `${titleLine(report.verdict, options)}\n\n${verdictText(report)}`;
  const top = [markerLine(key, stateOf(ended, commit, previous)), heading, ...sinceBlocks(ended, before)];
  for (const level of LEVELS) {
    const text = `${[...top, ...reportBlocks(report, level, tools), footer(options)].join("\n\n")}\n`;
    if (Buffer.byteLength(text, "utf8") <= limit) return text;
  }
  return barest(heading, options, limit);
}
