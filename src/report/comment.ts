/** The comment on a pull request: what a reviewer has to know, in as much detail as fits. Rendered again with less, never cut. */
import { DEMO_MODES } from "../settings/settings.js";
import { countsText } from "./build.js";
import { changeBlocks, exposureBlocks } from "./comment-changes.js";
import { phaseBlocks, problemBlocks } from "./comment-findings.js";
import { sinceBlocks } from "./comment-since.js";
import { comparedWith, markerLine, marksOf, stateOf, type CommentState } from "./comment-state.js";
import { LEVELS, toolsFor, type Level, type Tools } from "./comment-tools.js";
import { failingText } from "./change-words.js";
import type { Report, ReportBase } from "./document.js";
import { headline } from "./headline.js";
import { leftOut } from "./left-out.js";
import { MARKS } from "./markdown-matrix.js";
import type { SourceTree } from "./source-link.js";

/**
 * GitHub takes 65,536 characters by its own words, and was seen to take as many of four bytes. No way of counting gives more
 * than the bytes of UTF-8, so those are what is kept below.
 */
export const COMMENT_LIMIT_BYTES = 65_000;

/** What the comment has to know beside the report. */
export interface CommentOptions {
  readonly key: string;
  readonly limitBytes?: number;
  /** The commit that was tested. */
  readonly commit: string | null;
  /** Where its files, and those of the base, can be looked at; null where that is not known. */
  readonly head: SourceTree | null;
  readonly base: SourceTree | null;
  /** The page of the run. */
  readonly runUrl: string | null;
  /** What the comment kept that is there already. */
  readonly previous: CommentState | null;
  /** Whether the report was made by code of a fork, and is told on its word alone. */
  readonly untrusted?: boolean;
}

/** The comment's whole text, with the marker by which the next run finds it; an empty text where not even the counts fit. */
export function commentMarkdown(report: Report, options: CommentOptions): string {
  const limit = options.limitBytes ?? COMMENT_LIMIT_BYTES;
  const fits = (text: string): boolean => Buffer.byteLength(text, "utf8") <= limit;
  const { commit, previous, key } = options;
  const before = comparedWith(commit, previous);
  const tools = toolsFor({
    // The demo's files are the action's own, and not the repository's.
    head: DEMO_MODES.includes(report.mode) ? null : options.head,
    base: options.base,
    baseNames: baseNamesOf(report.base),
    seen: before === null ? null : marksOf(before),
  });
  const marker = markerLine(key, stateOf(report, commit, previous));
  for (const level of LEVELS) {
    const text = [marker, heading(report, options), ...body(report, options, level, tools)].join("\n\n");
    if (fits(text)) return `${text}\n`;
  }
  const shortest = `${markerLine(key, null)}\n\n${heading(report, options)}\n`;
  return fits(shortest) ? shortest : "";
}

/** Files of a git base are named by its ref, or by the commit where what is checked out and the ref parted. */
function baseNamesOf(base: ReportBase | undefined): string[] {
  if (base?.kind !== "git") return [];
  return [base.name, ...(base.commit === undefined ? [] : [base.commit.slice(0, 12)])];
}

function heading(report: Report, { key }: CommentOptions): string {
  const { verdict } = report;
  const which = key === "mtls-gate" ? "" : ` (\`${key}\`)`;
  return `## ${MARKS[verdict]} mtls-gate${which}: ${verdict}\n\n${verdictText(report)}`;
}

/** The counts are of the mesh as it would be: where the change is what fails, they can all be passes. */
function verdictText(report: Report): string {
  const failing = failingText(report);
  const counts = countsText(report.counts);
  if (failing === null) return `${counts}: ${headline(report)}.`;
  return `**${failing}.** Of the mesh as it would be: ${counts}.`;
}

function body(report: Report, options: CommentOptions, level: Level, tools: Tools): string[] {
  return [
    ...sinceBlocks(report, comparedWith(options.commit, options.previous)),
    ...changeBlocks(report, level, tools),
    ...exposureBlocks(report, level, tools),
    ...report.phases.flatMap((phase) => phaseBlocks(phase, level, tools)),
    ...problemBlocks(report.problems, level, tools),
    ...(level.last ? [leftOut("most of it")] : []),
    footer(options),
  ];
}

function footer({ commit, runUrl, untrusted }: CommentOptions): string {
  const run = runUrl === null ? "the run" : `[the run](${runUrl})`;
  const of = commit === null ? "" : `Commit \`${commit.slice(0, 12)}\`. `;
  const trust = untrusted === true ? " The run is a fork's, and this is what it reported." : "";
  return `_${of}The whole report is in the summary and the files of ${run}.${trust}_`;
}
