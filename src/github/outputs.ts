/** The outputs of the action. */
import type { Report } from "../report/document.js";
import type { Runner } from "./port.js";

/** Where the files of the run are; paths as later steps of the job can open them. */
export interface OutputPaths {
  readonly report: string;
  readonly reportDir: string;
}

/** Sets verdict, the counts, and the paths. */
export function setOutputs(report: Report, paths: OutputPaths, runner: Pick<Runner, "setOutput">): void {
  const { verdict, counts } = report;
  const outputs = {
    verdict,
    pass: String(counts.pass),
    mismatch: String(counts.mismatch),
    unproven: String(counts.unproven),
    error: String(counts.error),
    report: paths.report,
    "report-dir": paths.reportDir,
  };
  for (const [name, value] of Object.entries(outputs)) runner.setOutput(name, value);
}
