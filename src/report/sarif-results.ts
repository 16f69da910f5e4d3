/** What SARIF tells of a report: a result a call that is no pass, a change, an exposure and a problem, the worst first. */
import { createHash } from "node:crypto";
import type { Reason } from "../mesh/call.js";
import { isFilePlace, placeText, problemText, type Problem } from "../problems.js";
import {
  acceptedText,
  changeTitle,
  decidingReason,
  exposureReasons,
  exposureText,
  exposureTitle,
  portText,
  THE_CALL,
  turnText,
} from "./change-words.js";
import { classRows } from "./classes.js";
import type { Report, ReportCall, ReportChange, ReportExposure, ReportPhase, Verdict } from "./document.js";
import { sarifMessage } from "./escape-formats.js";
import { clientLabel, destinationLabel } from "./matrix.js";
import {
  decidedLocation,
  placeLocation,
  reasonLocation,
  type PlaceOptions,
  type SarifLocation,
} from "./sarif-places.js";
import { callRule, changeRule, exposureRule, problemRule, type SarifLevel, type SarifRule } from "./sarif-rules.js";
import { causeText, expectedText, outcomeText, phaseTitle, predictedText, reasonLines } from "./words.js";

/** One finding before it is numbered. `calls` that a finding stands for share its rule, its location and its phase. */
export interface Finding {
  readonly rule: SarifRule;
  readonly level: SarifLevel;
  readonly lines: readonly string[];
  readonly location: SarifLocation;
  /** What makes it the same finding in the next run: nothing that moves with a line or a time. */
  readonly identity: readonly (string | number | null)[];
  readonly suppressed?: string;
  /** What it is told together with where there are too many. */
  readonly group: string;
  readonly short: string;
}

/** Every finding of a report in full. */
export function findingsOf(report: Report, options: PlaceOptions): Finding[] {
  const calls = report.phases.flatMap((phase) => [
    ...phase.calls.filter(({ verdict }) => verdict !== "pass").map((call) => callFinding(phase, call, options)),
    ...classFindings(phase, options),
  ]);
  const order: readonly SarifLevel[] = ["error", "warning", "note"];
  return [
    ...calls,
    ...(report.diff ?? []).map((change) => changeFinding(change, options)),
    ...(report.exposure ?? []).map((exposure) => exposureFinding(exposure, options)),
    ...report.problems.map((problem) => problemFinding(problem, options)),
  ].sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level));
}

/** A finding in the place of several that share a rule, a location and a phase. */
export function groupFindings(findings: readonly Finding[], examples: number): Finding[] {
  return [...Map.groupBy(findings, ({ group }) => group).values()].flatMap((same) => {
    const first = same[0];
    if (first === undefined || same.length === 1) return same;
    const told = same.slice(0, examples).map(({ short }) => `- ${short}`);
    const more = same.length - told.length;
    return [
      {
        ...first,
        lines: [
          `${same.length} findings of one kind, the first of which: ${first.lines[0] ?? ""}`,
          ...told,
          ...(more > 0 ? [`- and ${more} more, all of them in report.json`] : []),
        ],
        identity: [first.group],
      },
    ];
  });
}

/** Findings as results. Those that would be the same one to a reader are numbered. */
export function resultsOf(findings: readonly Finding[], rules: ReadonlyMap<string, number>): object[] {
  const seen = new Map<string, number>();
  return findings.map(({ rule, level, lines, location, identity, suppressed }) => {
    const print = createHash("sha256")
      .update(JSON.stringify([rule.id, ...identity]))
      .digest("hex")
      .slice(0, 32);
    const time = (seen.get(print) ?? 0) + 1;
    seen.set(print, time);
    return {
      ruleId: rule.id,
      ruleIndex: rules.get(rule.id) ?? -1,
      level,
      message: { text: sarifMessage(lines.join("\n")) },
      locations: [location],
      // The first is the one that GitHub reads: without it the line's text would be taken.
      partialFingerprints: { primaryLocationLineHash: `${print}:${time}`, "mtlsGate/v1": `${print}:${time}` },
      ...(suppressed === undefined
        ? {}
        : { suppressions: [{ kind: "external", status: "accepted", justification: suppressed }] }),
    };
  });
}

function callFinding(phase: ReportPhase, call: ReportCall, options: PlaceOptions): Finding {
  const { from, to, expected, predicted, observed, verdict, cause } = call;
  const rule = callRule(verdict, cause);
  const location = reasonLocation(predicted?.because ?? [], options);
  const where = phaseTitle(phase);
  return {
    rule,
    level: levelOf(verdict),
    location,
    lines: [
      `${clientLabel(from)} → ${destinationLabel(to)} (${where}): ${verdict}: ${causeText(verdict, cause)}.`,
      `call: ${to.method} ${to.url}`,
      `expected: ${expectedText(expected)}`,
      ...(predicted === null ? [] : [`predicted: ${predictedText(predicted)}`]),
      ...(phase.rounds === 0 ? [] : [`observed: ${observed === null ? "no result" : outcomeText(observed)}`]),
      ...reasonLines(predicted?.because ?? []),
    ],
    identity: [where, from.namespace, from.workload, from.kind, from.container, to.method, to.url],
    group: JSON.stringify([rule.id, where, placeOf(location)]),
    short: `${clientLabel(from)} → ${to.method} ${to.url}`,
  };
}

function classFindings(phase: ReportPhase, options: PlaceOptions): Finding[] {
  return classRows(phase, Infinity)
    .rows.filter(({ verdict }) => verdict !== "pass")
    .map(({ verdict, count, from, to, outcome, shown }) => {
      const rule = callRule(verdict, shown.cause);
      const location = reasonLocation(shown.predicted.because, options);
      const where = phaseTitle(phase);
      return {
        rule,
        level: levelOf(verdict),
        location,
        lines: [
          `${count} calls, ${from} → ${to} (${where}): ${verdict}: ${causeText(verdict, shown.cause)}.`,
          `expected: ${expectedText(shown.expected)}`,
          `predicted: ${predictedText(shown.predicted)}`,
          ...reasonLines(shown.predicted.because),
        ],
        identity: [where, from, to, outcome],
        group: JSON.stringify([rule.id, where, placeOf(location)]),
        short: `${count} calls, ${from} → ${to}`,
      };
    });
}

function changeFinding(change: ReportChange, options: PlaceOptions): Finding {
  const { direction, from, to, because, examples } = change;
  return differenceFinding(change, because, options, {
    rule: changeRule(direction),
    lines: [
      `${changeTitle(change)}: the call ${THE_CALL[direction]} (${turnText(change)}).`,
      ...reasonLines(because),
      ...examples.map((one) => `call: ${clientLabel(one.from)} to ${one.to.method} ${one.to.url}`),
    ],
    identity: [direction, from.namespace, from.workload, from.kind, from.container, to.method, to.url],
    short: changeTitle(change),
  });
}

function exposureFinding(exposure: ReportExposure, options: PlaceOptions): Finding {
  const { to, before, after } = exposure;
  const because = exposureReasons(exposure);
  return differenceFinding(exposure, because, options, {
    rule: exposureRule(),
    lines: [
      `${exposureTitle(exposure)}: ${exposureText(after)}.`,
      `before: ${exposureText(before)}`,
      ...reasonLines(because),
    ],
    identity: [to.namespace, to.service, to.port],
    short: portText(exposure),
  });
}

/** A difference from the base: where it was decided, whether it fails the run, and what accepts it. */
function differenceFinding(
  { after, fails, accepted }: Pick<ReportChange | ReportExposure, "after" | "fails" | "accepted">,
  because: readonly Reason[],
  options: PlaceOptions,
  own: Pick<Finding, "rule" | "lines" | "identity" | "short">,
): Finding {
  const location = decidedLocation(decidingReason(because, after), options);
  const suppressed = accepted === undefined ? null : acceptedText(accepted);
  return {
    ...own,
    level: fails ? "error" : "note",
    location,
    lines: [...own.lines, ...(suppressed === null ? [] : [suppressed])],
    ...(suppressed === null ? {} : { suppressed }),
    // One that is suppressed would hide the others of its group.
    group: JSON.stringify([own.rule.id, fails, accepted ?? null, placeOf(location)]),
  };
}

function problemFinding(problem: Problem, options: PlaceOptions): Finding {
  const { where, message, severity } = problem;
  const rule = problemRule(problem);
  const location = placeLocation(where, options);
  const place = where === undefined ? null : isFilePlace(where) ? where.file : placeText(where);
  return {
    rule,
    level: severity,
    location,
    lines: [problemText(problem)],
    identity: [place, message],
    group: JSON.stringify([rule.id, severity, placeOf(location)]),
    short: message,
  };
}

function levelOf(verdict: Verdict): SarifLevel {
  return verdict === "unproven" ? "warning" : "error";
}

function placeOf({ physicalLocation }: SarifLocation): string {
  return physicalLocation.artifactLocation.uri;
}
