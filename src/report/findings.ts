/** What a report has to say beyond its counts, as short marks by which two reports of one pull request can be compared. */
import { hash } from "node:crypto";
import { placeText } from "../problems.js";
import type { Report, ReportCall, ReportChange, ReportClass, ReportExposure, ReportPhase } from "./document.js";
import { outcomesText, reasonSource } from "./words.js";

/** More findings than this are counted and not told apart: their marks would fill the comment that keeps them. */
export const MOST_MARKS = 500;

/** How many characters a mark has. They are those of base64. */
export const MARK_LENGTH = 8;

/** The number of findings, and the mark of each; null where there are too many. */
export interface Findings {
  readonly total: number;
  readonly marks: readonly string[] | null;
}

/** Every change, every exposure that turns, every call that is not a pass, every error. */
export function findingsOf(report: Report): Findings {
  const { phases, diff = [], exposure = [], problems } = report;
  const failed = phases.map((phase) => phase.calls.filter(({ verdict }) => verdict !== "pass"));
  const classes = phases.map((phase) => (phase.classes ?? []).filter(({ verdict }) => verdict !== "pass"));
  const errors = problems.filter(({ severity }) => severity === "error");
  const total = [diff, exposure, errors, ...failed, ...classes].reduce((sum, { length }) => sum + length, 0);
  if (total > MOST_MARKS) return { total, marks: null };
  const marks = [
    ...diff.map(changeMark),
    ...exposure.map(exposureMark),
    ...phases.flatMap((phase, index) => (failed[index] ?? []).map((call) => callMark(phase, call))),
    ...phases.flatMap((phase, index) => (classes[index] ?? []).map((one) => classMark(phase, one))),
    ...errors.map(({ code, message, where }) => mark("error", code, message, where && placeText(where))),
  ];
  return { total, marks };
}

/** The mark of a change: the same while the same call turns the same way, whatever its count. */
export function changeMark({ direction, from, to, before, after, fails }: ReportChange): string {
  const outcomes = [before, after].map((one) => (one === null ? null : outcomesText(one)));
  return mark("change", direction, from.namespace, from.kind, from.workload, to.method, to.url, ...outcomes, fails);
}

/** The mark of a Service port's exposure. */
export function exposureMark({ to, before, after, fails }: ReportExposure): string {
  const shown = [before, after].map((one) => one?.plaintext ?? null);
  return mark("exposure", to.namespace, to.service, to.port, ...shown, fails);
}

/** The mark of a call that is not a pass. */
export function callMark(
  phase: Pick<ReportPhase, "name" | "control">,
  { from, to, verdict, cause }: Omit<ReportCall, "expected" | "predicted" | "observed">,
): string {
  const ends = [from.namespace, from.kind, from.workload, from.container, to.method, to.url];
  return mark("call", phase.name, phase.control, ...ends, verdict, cause);
}

function classMark(phase: ReportPhase, { to, predicted, verdict, cause }: ReportClass): string {
  const { namespace, service, url } = phase.groups?.destinations[to]?.[0] ?? {
    namespace: null,
    service: null,
    url: "",
  };
  const decided = predicted.because.map(reasonSource);
  return mark("class", phase.name, namespace, service, url, outcomesText(predicted), ...decided, verdict, cause);
}

/** The mark of a report that is not there, among several. */
export function missingMark(name: string): string {
  return mark("no report", name);
}

/** The mark of a finding among those of several reports: the same finding in another report is another one. */
export function markIn(name: string, found: string): string {
  return mark("in", name, found);
}

function mark(...parts: readonly (string | number | boolean | null | undefined)[]): string {
  return hash("sha256", JSON.stringify(parts), "base64").slice(0, MARK_LENGTH);
}
