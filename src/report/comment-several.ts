/**
 * One comment for several reports: the worst verdict of all, a line a report, and below it what each has to say, the worst
 * first. Where that is too much, each report is told in less detail, those that are less bad before the others.
 */
import { VERDICTS } from "./build.js";
import { failingText } from "./change-words.js";
import { barest, COMMENT_LIMIT_BYTES, footer, titleLine, type FrameOptions } from "./comment-frame.js";
import { reportBlocks, reportTools, verdictText } from "./comment-report.js";
import { sinceBlocks } from "./comment-since.js";
import { comparedWith, markerLine, marksOf, stateOf } from "./comment-state.js";
import { LEVELS, type Level, type Seen } from "./comment-tools.js";
import type { Report } from "./document.js";
import { markdownCell, markdownCode, shorten } from "./escape.js";
import { markIn, missingMark } from "./findings.js";
import { headline } from "./headline.js";
import { leftOut } from "./left-out.js";
import { MARKS } from "./markdown-matrix.js";
import { findingsOfSeveral, verdictOf, worstFirst, worstOf, type NamedReport } from "./several.js";
import type { SourceTree } from "./source-link.js";
import { redact } from "../redact.js";

/** What the comment has to know beside the reports. */
export interface SeveralOptions extends FrameOptions {
  /** Where the files of a report's base can be looked at; null where that is not known. */
  readonly baseOf: (report: Report) => SourceTree | null;
}

const NAME_LENGTH = 80;
const WRONG_LENGTH = 200;
const TABLE_HEAD =
  "| report | verdict | calls | pass | mismatch | unproven | error | |\n|---|---|--:|--:|--:|--:|--:|---|";
/** Blocks stand apart by an empty line. */
const BETWEEN = "\n\n";

/** The comment's whole text, with the marker by which the next run finds it; an empty text where not even the verdict fits. */
export function commentOfSeveral(reports: readonly NamedReport[], options: SeveralOptions): string {
  const { key, commit, previous } = options;
  const limit = options.limitBytes ?? COMMENT_LIMIT_BYTES;
  const before = comparedWith(commit, previous);
  const seen = before === null ? null : marksOf(before);
  const sorted = worstFirst(reports);
  const ended = { verdict: worstOf(reports), findings: findingsOfSeveral(reports) };
  const heading = [titleLine(ended.verdict, options), ...countBlocks(reports)].join(BETWEEN);
  const top = [markerLine(key, stateOf(ended, commit, previous)), heading, ...sinceBlocks(ended, before)];
  const end = footer(options, "The whole reports are in the summaries and the files of");
  const notes = [rowsLeftOut(sorted), sectionsLeftOut(sorted.length)];
  let room = limit - bytes([...top, TABLE_HEAD, ...notes, end].join(BETWEEN)) - 1;
  if (room < 0) return barest(heading, options, limit);

  const rows = fitting(
    sorted.map((one) => `\n${rowOf(one, seen)}`),
    room,
  );
  room -= bytes(rows.join(""));
  const told = sorted.filter((one) => "report" in one);
  const sections = sectionsWithin(told, room, (one, level) => sectionOf(one, level, options, seen));
  const missing = told.length - sections.length;
  return `${[
    ...top,
    `${TABLE_HEAD}${rows.join("")}`,
    ...(rows.length < sorted.length ? [rowsLeftOut(sorted.slice(rows.length))] : []),
    ...sections.map((section) => section.slice(BETWEEN.length)),
    ...(missing > 0 ? [sectionsLeftOut(missing)] : []),
    end,
  ].join(BETWEEN)}\n`;
}

/** `3 reports: 1 mismatch, 1 error, 1 pass.`, and how many are missing. */
function countBlocks(reports: readonly NamedReport[]): string[] {
  const missing = reports.filter((one) => !("report" in one)).length;
  const is = missing === 1 ? "1 report is" : `${missing} reports are`;
  return [
    `${countsText(reports)}.`,
    ...(missing === 0 ? [] : [`**${is} not there or cannot be used, which proves nothing.**`]),
  ];
}

function countsText(reports: readonly NamedReport[]): string {
  const of = VERDICTS.map((verdict) => [reports.filter((one) => verdictOf(one) === verdict).length, verdict] as const);
  const counts = of.filter(([count]) => count > 0).map(([count, verdict]) => `${count} ${verdict}`);
  const all = reports.length === 1 ? "1 report" : `${reports.length} reports`;
  return counts.length === 0 ? all : `${all}: ${counts.join(", ")}`;
}

function rowOf(one: NamedReport, seen: Seen | null): string {
  const verdict = verdictOf(one);
  const cells = [markdownCell(shown(one.name, NAME_LENGTH)), `${MARKS[verdict]} ${verdict}`];
  if ("report" in one) {
    const { calls, pass, mismatch, unproven, error } = one.report.counts;
    cells.push(...[calls, pass, mismatch, unproven, error].map(String), whatFails(one.report));
  } else {
    const fresh = seen === null || seen.has(missingMark(one.name)) ? "" : " 🆕";
    const why = markdownCell(shown(one.wrong, WRONG_LENGTH));
    cells.push(...["–", "–", "–", "–", "–"], `no report: ${why}${fresh}`);
  }
  return `| ${cells.join(" | ")} |`;
}

function whatFails(report: Report): string {
  return report.verdict === "pass" ? "" : (failingText(report) ?? headline(report));
}

type Told = Extract<NamedReport, { report: Report }>;

function sectionOf({ name, report }: Told, level: Level, options: SeveralOptions, seen: Seen | null): string {
  const seenHere = seen === null ? null : { has: (found: string) => seen.has(markIn(name, found)) };
  const tools = reportTools(report, { head: options.head, base: options.baseOf(report), seen: seenHere });
  return [
    `## ${MARKS[report.verdict]} ${markdownCode(shown(name, NAME_LENGTH))}: ${report.verdict}`,
    verdictText(report),
    ...reportBlocks(report, level, tools),
  ].join(BETWEEN);
}

/**
 * The sections that have room. All get the coarsest form before any gets a finer one, and at each step the worst come first;
 * those for whose coarsest form there is no room are left out.
 */
function sectionsWithin(
  told: readonly Told[],
  room: number,
  render: (one: Told, level: Level) => string,
): readonly string[] {
  const [coarsest, ...finer] = LEVELS.toReversed().map((level) => (one: Told) => `${BETWEEN}${render(one, level)}`);
  const fullest = finer.pop();
  if (coarsest === undefined || fullest === undefined) return [];
  const full = told.map(fullest);
  if (bytes(full.join("")) <= room) return full;
  const chosen = fitting(told.map(coarsest), room);
  let left = room - bytes(chosen.join(""));
  const forms = [...finer.map((form) => told.slice(0, chosen.length).map(form)), full];
  for (const form of forms) {
    for (const [index, there] of chosen.entries()) {
      const text = form[index] ?? there;
      const more = bytes(text) - bytes(there);
      if (more > left) continue;
      chosen[index] = text;
      left -= more;
    }
  }
  return chosen;
}

/** The first of the texts, as many as there is room for. */
function fitting(texts: readonly string[], room: number): string[] {
  let left = room;
  const end = texts.findIndex((text) => (left -= bytes(text)) < 0);
  return texts.slice(0, end < 0 ? texts.length : end);
}

function rowsLeftOut(reports: readonly NamedReport[]): string {
  return leftOut(`the lines of ${countsText(reports)}`);
}

function sectionsLeftOut(count: number): string {
  return leftOut(`what ${count === 1 ? "1 report says" : `${count} reports say`}`);
}

function shown(text: string, most: number): string {
  return shorten(redact(text), most);
}

function bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
