/** The report as the job's summary. Telling about a run never changes how it ended: what fails here is a warning. */
import { messageOf } from "../problems.js";
import type { Report } from "../report/document.js";
import { terminal } from "../report/escape.js";
import { summaryMarkdown, type SummaryOptions } from "../report/markdown.js";
import type { Runner } from "./port.js";

/** GitHub refuses a step's summary that is larger. */
export const SUMMARY_LIMIT_BYTES = 1024 * 1024;

/** Writes the summary, in less detail where the whole would be too large. Never rejects. */
export async function writeSummary(
  report: Report,
  runner: Pick<Runner, "appendSummary" | "warning">,
  options: Omit<SummaryOptions, "limitBytes"> = {},
): Promise<void> {
  try {
    await runner.appendSummary(summaryMarkdown(report, { ...options, limitBytes: SUMMARY_LIMIT_BYTES }));
  } catch (thrown) {
    runner.warning(`The job summary could not be written: ${terminal(messageOf(thrown))}`);
  }
}
