/**
 * The report as JUnit XML: a suite a phase, a test case a call. What was not proven is an `error`, never a skipped test,
 * since readers show these as green; and the run's own verdict is a test case too, so that no reader passes a run that failed.
 */
import { placeText, type Problem } from "../problems.js";
import {
  acceptedText,
  baseText,
  changeTitle,
  exposureReasons,
  exposureText,
  exposureTitle,
  exposureTurn,
  failingText,
  THE_CALL,
  turnText,
} from "./change-words.js";
import { countsText } from "./build.js";
import { classRows, type ClassRow } from "./classes.js";
import type { Report, ReportCall, ReportChange, ReportExposure, ReportPhase, Verdict } from "./document.js";
import { markup, markupLines } from "./escape-formats.js";
import { clientLabel, labelsOf, matrixOf } from "./matrix.js";
import { causeText, expectedText, observedText, phaseTitle, predictedText, reasonLines } from "./words.js";

interface Case {
  readonly className: string;
  readonly name: string;
  readonly seconds?: number;
  readonly result: "pass" | "failure" | "error";
  /** Of the failure or error. */
  readonly type: string;
  readonly message: string;
  /** More of it, line by line; shown as output where the case passes. */
  readonly lines: readonly string[];
}

const RESULTS: Readonly<Record<Verdict, Case["result"]>> = {
  pass: "pass",
  mismatch: "failure",
  unproven: "error",
  error: "error",
};

/** The whole document. */
export function junitXml(report: Report): string {
  const suites = [
    { name: "mtls-gate", cases: [runCase(report)] },
    ...report.phases.map((phase) => ({ name: phaseTitle(phase), cases: phaseCases(phase) })),
    ...comparisonSuites(report),
    ...(report.problems.length === 0 ? [] : [{ name: "problems", cases: report.problems.map(problemCase) }]),
  ];
  const all = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="mtls-gate" ${totals(all)}>`,
    ...suites.flatMap(({ name, cases }) => [
      `  <testsuite name="${markup(name)}" ${totals(cases)}>`,
      ...cases.map(caseXml),
      "  </testsuite>",
    ]),
    "</testsuites>\n",
  ].join("\n");
}

function comparisonSuites({ base, diff = [], exposure = [] }: Report): { name: string; cases: Case[] }[] {
  if (base === undefined) return [];
  const against = baseText(base);
  return [
    { name: `changes against ${against}`, cases: diff.map(changeCase) },
    ...(exposure.length === 0 ? [] : [{ name: `exposure against ${against}`, cases: exposure.map(exposureCase) }]),
  ];
}

function totals(cases: readonly Case[]): string {
  const count = (result: Case["result"]): number => cases.filter((one) => one.result === result).length;
  const seconds = cases.reduce((sum, one) => sum + (one.seconds ?? 0), 0);
  return `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" time="${seconds.toFixed(3)}"`;
}

function caseXml({ className, name, seconds, result, type, message, lines }: Case): string {
  const time = seconds === undefined ? "" : ` time="${seconds.toFixed(3)}"`;
  const open = `    <testcase classname="${markup(className)}" name="${markup(name)}"${time}`;
  const text = markupLines(lines);
  if (result !== "pass") {
    const attributes = `type="${markup(type)}" message="${markup(message)}"`;
    return `${open}>\n      <${result} ${attributes}>${text}</${result}>\n    </testcase>`;
  }
  return lines.length === 0 ? `${open}/>` : `${open}>\n      <system-out>${text}</system-out>\n    </testcase>`;
}

function runCase(report: Report): Case {
  const { verdict, counts } = report;
  const failing = failingText(report);
  const message = `${countsText(counts)}${failing === null ? "" : `; ${failing}`}`;
  return {
    className: "mtls-gate",
    name: "verdict",
    result: RESULTS[verdict],
    type: verdict,
    message,
    lines: [message],
  };
}

function phaseCases(phase: ReportPhase): Case[] {
  const labels = labelsOf(matrixOf(phase.calls));
  const className = phaseTitle(phase);
  return [
    ...phase.calls.map((call) => callCase(call, className, labels(call))),
    ...classRows(phase, Infinity).rows.map((row) => classCase(row, className)),
  ];
}

function callCase(call: ReportCall, className: string, labels: { from: string; to: string }): Case {
  const { to, verdict, cause, expected, predicted, observed } = call;
  const passed = verdict === "pass";
  return {
    className: `${className}.${labels.from}`,
    name: `${labels.from} → ${labels.to}`,
    ...(typeof observed?.ms === "number" ? { seconds: observed.ms / 1000 } : {}),
    result: RESULTS[verdict],
    type: typeOf(verdict, cause),
    message: causeText(verdict, cause),
    lines: passed
      ? []
      : [
          `call: ${to.method} ${to.url}`,
          `expected: ${expectedText(expected)}`,
          ...(predicted === null ? [] : [`predicted: ${predictedText(predicted)}`]),
          ...reasonLines(predicted?.because ?? []),
          `observed: ${observed === null ? "no result" : observedText(observed)}`,
          ...(observed?.error ? [observed.error] : []),
        ],
  };
}

/** A class stands for many calls: the name says for how many. */
function classCase({ verdict, count, outcome, from, to, shown }: ClassRow, className: string): Case {
  return {
    className,
    name: `${count} calls: ${from} → ${to}: ${outcome}`,
    result: RESULTS[verdict],
    type: typeOf(verdict, shown.cause),
    message: causeText(verdict, shown.cause),
    lines: [
      `expected: ${expectedText(shown.expected)}`,
      `predicted: ${predictedText(shown.predicted)}`,
      ...reasonLines(shown.predicted.because),
    ],
  };
}

function changeCase(change: ReportChange): Case {
  const { direction, because, examples, fails, accepted, from } = change;
  return {
    className: `changes.${direction}.${clientLabel(from)}`,
    name: `${changeTitle(change)}: ${turnText(change)}`,
    result: fails ? "failure" : "pass",
    type: direction,
    message: `the call ${THE_CALL[direction]}`,
    lines: [
      ...(accepted === undefined ? [] : [acceptedText(accepted)]),
      ...reasonLines(because),
      ...examples.map((one) => `call: ${clientLabel(one.from)} to ${one.to.method} ${one.to.url}`),
    ],
  };
}

function exposureCase(exposure: ReportExposure): Case {
  const { to, before, after, fails, accepted } = exposure;
  return {
    className: `exposure.${to.namespace}`,
    name: `${exposureTitle(exposure)}: ${exposureTurn(exposure)}`,
    result: fails ? "failure" : "pass",
    type: "exposure",
    message: exposureText(after),
    lines: [
      ...(accepted === undefined ? [] : [acceptedText(accepted)]),
      `before: ${exposureText(before)}`,
      `after: ${exposureText(after)}`,
      ...reasonLines(exposureReasons(exposure)),
    ],
  };
}

function problemCase({ severity, code, message, where, hint }: Problem): Case {
  return {
    className: `problems.${severity}`,
    name: `${code}: ${message}`,
    result: severity === "error" ? "error" : "pass",
    type: code,
    message,
    lines: [
      ...(where === undefined ? [] : [placeText(where)]),
      ...(severity === "warning" ? [`warning: ${message}`] : []),
      ...(hint === undefined ? [] : [hint]),
    ],
  };
}

function typeOf(verdict: Verdict, cause: ReportCall["cause"]): string {
  return cause === null ? verdict : `${verdict}.${cause}`;
}
