/** From judged calls to the report document: the counts, the run's verdict and the exit code that follows from it. */
import type { Mode } from "../settings/settings.js";
import { errorProblem, type Problem } from "../problems.js";
import {
  REPORT_SCHEMA,
  type Counts,
  type Report,
  type ReportBase,
  type ReportChange,
  type ReportExposure,
  type ReportPhase,
  type Verdict,
} from "./document.js";

/** What a run hands over when it ends, however it ended. `planned` is how many calls it meant to judge, over all phases and control rounds. */
export interface ReportParts {
  readonly mode: Mode;
  readonly mesh: Report["mesh"];
  readonly phases: readonly ReportPhase[];
  readonly problems: readonly Problem[];
  readonly planned: number;
  /** Where the mesh was compared with a base. */
  readonly comparison?: ReportComparison | undefined;
}

/** A mesh compared with a base, judged. */
export interface ReportComparison {
  readonly base: ReportBase;
  readonly diff: readonly ReportChange[];
  readonly exposure: readonly ReportExposure[];
}

/** From the worst to the best. */
export const VERDICTS = ["mismatch", "error", "unproven", "pass"] as const satisfies readonly Verdict[];

/**
 * Builds the document. A run that broke off, or that judged fewer calls than planned, is never a pass, and says so as a
 * problem. A change that fails is a mismatch.
 */
export function buildReport(parts: ReportParts): Report {
  const counts = countCalls(parts.phases);
  const { comparison } = parts;
  const problems = [...parts.problems, ...missingCalls(counts.calls, parts)];
  const failing = [...(comparison?.diff ?? []), ...(comparison?.exposure ?? [])].some(({ fails }) => fails);
  const found = failing ? "mismatch" : VERDICTS.find((verdict) => counts[verdict] > 0);
  const broken = problems.some((problem) => problem.severity === "error");
  return {
    schema: REPORT_SCHEMA,
    mode: parts.mode,
    verdict: found === "mismatch" ? "mismatch" : broken ? "error" : (found ?? "error"),
    counts,
    mesh: parts.mesh,
    phases: parts.phases,
    ...comparison,
    problems,
  };
}

/** The exit code that a report means: 0 everything passed, 1 a mismatch, 3 could not tell. Refused input (2) is no report's to tell. */
export function exitCode(report: Pick<Report, "verdict">): 0 | 1 | 3 {
  switch (report.verdict) {
    case "pass":
      return 0;
    case "mismatch":
      return 1;
    case "unproven":
    case "error":
      return 3;
  }
}

/** How many calls of these phases have which verdict. */
export function countCalls(phases: readonly Pick<ReportPhase, "calls" | "classes">[]): Counts {
  const counts = { calls: 0, pass: 0, mismatch: 0, unproven: 0, error: 0 };
  for (const phase of phases) {
    for (const call of phase.calls) {
      counts.calls += 1;
      counts[call.verdict] += 1;
    }
    for (const { count, verdict } of phase.classes ?? []) {
      counts.calls += count;
      counts[verdict] += count;
    }
  }
  return counts;
}

/** `18 calls, 16 pass, 2 mismatch, 0 unproven, 0 error` */
export function countsText(counts: Counts): string {
  const calls = counts.calls === 1 ? "1 call" : `${counts.calls} calls`;
  return `${calls}, ${counts.pass} pass, ${counts.mismatch} mismatch, ${counts.unproven} unproven, ${counts.error} error`;
}

/** The problem that tells of calls that were never judged. None for an empty run that already says what stopped it. */
function missingCalls(calls: number, { planned, problems }: ReportParts): Problem[] {
  if (calls < planned) return [errorProblem("calls-missing", `${calls} of ${planned} planned calls were judged`)];
  const explained = problems.some((problem) => problem.severity === "error");
  return calls > 0 || explained ? [] : [errorProblem("no-calls", "no call was made, so nothing is proven")];
}
