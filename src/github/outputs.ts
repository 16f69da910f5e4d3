/** The outputs of the action. */
import type { Report } from "../report/document.js";
import type { Runner } from "./port.js";

/** Where the files of the run are; paths as later steps of the job can open them. And the comment, "" for none. */
export interface OutputTexts {
  readonly report: string;
  readonly reportDir: string;
  readonly commentBody: string;
}

/** Sets verdict, the counts, the paths, and the comment's text, which is far below the megabyte that outputs can have. */
export function setOutputs(report: Report, texts: OutputTexts, runner: Pick<Runner, "setOutput">): void {
  const { verdict, counts } = report;
  const outputs = {
    verdict,
    pass: String(counts.pass),
    mismatch: String(counts.mismatch),
    unproven: String(counts.unproven),
    error: String(counts.error),
    report: texts.report,
    "report-dir": texts.reportDir,
    "comment-body": texts.commentBody,
  };
  for (const [name, value] of Object.entries(outputs)) runner.setOutput(name, value);
}
