/** Several reports told as one: those of the clusters of a matrix, each under a name. */
import { VERDICTS } from "./build.js";
import type { Report, Verdict } from "./document.js";
import { findingsOf, markIn, missingMark, MOST_MARKS, type Findings } from "./findings.js";

/** A report under its name, or why there is none. Names and reasons are texts from outside. */
export type NamedReport = { readonly name: string } & ({ readonly report: Report } | { readonly wrong: string });

/** What a report says of itself; where there is none, nothing is known, and that is never a pass. */
export function verdictOf(one: NamedReport): Verdict {
  return "report" in one ? one.report.verdict : "error";
}

/** The worst verdict of all; `error` where there is none at all. */
export function worstOf(reports: readonly NamedReport[]): Verdict {
  return VERDICTS.find((verdict) => reports.some((one) => verdictOf(one) === verdict)) ?? "error";
}

/** The reports from the worst to the best, equal ones by name. */
export function worstFirst(reports: readonly NamedReport[]): NamedReport[] {
  const rank = (one: NamedReport): number => VERDICTS.indexOf(verdictOf(one));
  const order = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1);
  return reports.toSorted((one, other) => rank(one) - rank(other) || order(one.name, other.name));
}

/** The findings of all reports. One that is not there is a finding, too. */
export function findingsOfSeveral(reports: readonly NamedReport[]): Findings {
  const each = reports.map((one): Findings => {
    if (!("report" in one)) return { total: 1, marks: [missingMark(one.name)] };
    const { total, marks } = findingsOf(one.report);
    return { total, marks: marks?.map((found) => markIn(one.name, found)) ?? null };
  });
  const total = each.reduce((sum, found) => sum + found.total, 0);
  const marks = each.flatMap((found) => found.marks ?? []);
  return { total, marks: total > MOST_MARKS ? null : marks };
}
