/** One report in a comment: in a sentence, and in blocks of as much detail as a level allows. */
import { DEMO_MODES } from "../settings/settings.js";
import { countsText } from "./build.js";
import { failingText } from "./change-words.js";
import { changeBlocks, exposureBlocks } from "./comment-changes.js";
import { phaseBlocks, problemBlocks } from "./comment-findings.js";
import { toolsFor, type Level, type Seen, type Tools } from "./comment-tools.js";
import type { Report, ReportBase } from "./document.js";
import { headline } from "./headline.js";
import { leftOut } from "./left-out.js";
import type { SourceTree } from "./source-link.js";

/** The counts are of the mesh as it would be: where the change is what fails, they can all be passes. */
export function verdictText(report: Report): string {
  const failing = failingText(report);
  const counts = countsText(report.counts);
  if (failing === null) return `${counts}: ${headline(report)}.`;
  return `**${failing}.** Of the mesh as it would be: ${counts}.`;
}

/** What changes, who can reach what in plaintext, the phases, the problems. */
export function reportBlocks(report: Report, level: Level, tools: Tools): string[] {
  return [
    ...changeBlocks(report, level, tools),
    ...exposureBlocks(report, level, tools),
    ...report.phases.flatMap((phase) => phaseBlocks(phase, level, tools)),
    ...problemBlocks(report.problems, level, tools),
    ...(level.last ? [leftOut("most of it")] : []),
  ];
}

/** The tools for the texts of this report. `head` and `base` are where the files of the change and of its base can be looked at. */
export function reportTools(
  report: Report,
  { head, base, seen }: { head: SourceTree | null; base: SourceTree | null; seen: Seen | null },
): Tools {
  return toolsFor({
    // The demo's files are the action's own, and not the repository's.
    head: DEMO_MODES.includes(report.mode) ? null : head,
    base,
    baseNames: baseNamesOf(report.base),
    seen,
  });
}

/** Files of a git base are named by its ref, or by the commit where what is checked out and the ref parted. */
function baseNamesOf(base: ReportBase | undefined): string[] {
  if (base?.kind !== "git") return [];
  return [base.name, ...(base.commit === undefined ? [] : [base.commit.slice(0, 12)])];
}
