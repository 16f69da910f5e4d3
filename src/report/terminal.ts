/** The report for a person at a terminal: each phase with its matrix, what is not a pass in full, the problems, one closing line. */
import { styleText } from "node:util";
import { placeText, type Problem } from "../problems.js";
import { classRows } from "./classes.js";
import { countCalls, countsText, VERDICTS } from "./build.js";
import { diffText } from "./change-words.js";
import type { Report, ReportCall, ReportPhase, Verdict } from "./document.js";
import { shorten, terminal } from "./escape.js";
import { labelsOf, matrixOf, type CallLabels } from "./matrix.js";
import { reproduceCommand, type ReproduceOptions } from "./reproduce.js";
import { diffLines } from "./terminal-diff.js";
import { matrixLines } from "./terminal-matrix.js";
import {
  appliedText,
  causeText,
  cellText,
  expectedText,
  isPredictedOnly,
  observedText,
  phaseTitle,
  predictedText,
  predictionText,
  reasonText,
  settledText,
} from "./words.js";

/** How the terminal is. `width` in columns; `unicode` false keeps to ASCII marks; `context` goes into the commands. */
export interface TerminalOptions extends ReproduceOptions {
  readonly width: number;
  readonly unicode: boolean;
  readonly colour: boolean;
  /** How many calls that are not a pass are told in full, for each phase; the rest take a line each. Default 20. */
  readonly details?: number;
}

/** What the lines are drawn with. */
export interface Pen {
  readonly arrow: string;
  readonly marks: Readonly<Record<Verdict, string>>;
  readonly ellipsis: string;
  /** Colours a text as its verdict. */
  verdict(verdict: Verdict, text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

const COLOURS = { pass: "green", mismatch: "red", unproven: "yellow", error: "magenta" } as const;
/** An error text of curl is a line; a page of text in its place would hide the rest. */
const ERROR_LENGTH = 500;

/** The whole report as lines with a newline after each. Matrices keep to the width; commands and messages are not broken. */
export function terminalReport(report: Report, options: TerminalOptions): string {
  const pen = penFor(options);
  const { istio, kubernetes, source } = report.mesh;
  const versions = [
    ...(istio === null ? [] : [`Istio ${istio}`]),
    ...(kubernetes === null ? [] : [`Kubernetes ${kubernetes}`]),
    ...(source === "manifests" ? ["read from manifests"] : []),
  ];
  const lines = [
    pen.strong(terminal([`mtls-gate ${report.mode}`, ...versions].join(", "))),
    "",
    ...report.phases.flatMap((phase) => [...phaseLines(phase, options, pen), ""]),
    ...diffLines(report, pen),
    ...problemLines(report.problems, pen),
    pen.verdict(report.verdict, closingLine(report)),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** `mismatch: 18 calls, 16 pass, 2 mismatch, 0 unproven, 0 error`; with a base, also how many calls change. */
export function closingLine(report: Pick<Report, "verdict" | "counts" | "diff" | "exposure">): string {
  const { verdict, counts, diff } = report;
  return `${verdict}: ${countsText(counts)}${diff === undefined ? "" : `; ${diffText(report)}`}`;
}

function penFor({ unicode, colour }: TerminalOptions): Pen {
  type Format = Parameters<typeof styleText>[0];
  const paint = (format: Format, text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  return {
    arrow: unicode ? "→" : "->",
    ellipsis: unicode ? "…" : "...",
    marks: unicode
      ? { pass: "✓", mismatch: "✗", unproven: "?", error: "!" }
      : { pass: "+", mismatch: "x", unproven: "?", error: "!" },
    verdict: (verdict, text) => paint(COLOURS[verdict], text),
    strong: (text) => paint("bold", text),
    faint: (text) => paint("dim", text),
  };
}

function phaseLines(phase: ReportPhase, options: TerminalOptions, pen: Pen): string[] {
  const applied = phase.applied.map((object) => `  applied ${terminal(appliedText(object))}`);
  const counts = countCalls([phase]);
  const worst = VERDICTS.find((verdict) => counts[verdict] > 0) ?? "error";
  const failed = phase.calls.filter((call) => call.verdict !== "pass");
  const told = options.details ?? 20;
  const matrix = matrixOf(phase.calls);
  const labels = labelsOf(matrix);
  return [
    `${pen.verdict(worst, pen.marks[worst])} ${pen.strong(terminal(phaseTitle(phase)))}`,
    ...applied,
    `  ${terminal([settledText(phase), ...optional(predictionText(phase))].join("; "))}`,
    "",
    ...(phase.classes === undefined ? matrixLines(matrix, options.width, pen) : classLines(phase, pen)),
    ...failed.slice(0, told).flatMap((call) => ["", ...detailLines(call, labels(call), options, pen)]),
    ...(failed.length > told ? [""] : []),
    ...failed.slice(told).map((call) => `  ${callLine(call, labels(call), pen)}: ${terminal(cellText(call))}`),
  ];
}

const MOST_CLASSES = 30;

/** A line a class of calls: `✓   1200  200 mtls  sleep.foo and 3 more → httpbin.bar:8000 and 99 more`. */
function classLines(phase: ReportPhase, pen: Pen): string[] {
  const { rows, more } = classRows(phase, MOST_CLASSES);
  const width = Math.max(...rows.map(({ count }) => String(count).length));
  const outcome = Math.max(...rows.map((row) => row.outcome.length));
  return [
    ...rows.map(
      (row) =>
        `  ${pen.verdict(row.verdict, pen.marks[row.verdict])} ${String(row.count).padStart(width)}  ${row.outcome.padEnd(outcome)}  ${terminal(`${row.from} ${pen.arrow} ${row.to}`)}`,
    ),
    ...(more > 0 ? [`  ${more} more classes of calls are in report.json`] : []),
  ];
}

/** `✗ sleep.legacy → httpbin.foo  mismatch (policy)` */
function callLine({ verdict, cause }: ReportCall, { from, to }: CallLabels, pen: Pen): string {
  const way = terminal(`${from} ${pen.arrow} ${to}`);
  return pen.verdict(verdict, `${pen.marks[verdict]} ${way}  ${verdict}${cause === null ? "" : ` (${cause})`}`);
}

function detailLines(call: ReportCall, labels: CallLabels, options: TerminalOptions, pen: Pen): string[] {
  const { expected, predicted, observed, verdict, cause } = call;
  const only = isPredictedOnly(call);
  const command = only ? null : reproduceCommand(call, options);
  const error = observed?.error ?? null;
  const field = (name: string, text: string): string => `      ${pen.faint(name.padEnd(9))}  ${terminal(text)}`;
  return [
    `  ${callLine(call, labels, pen)}`,
    `      ${terminal(causeText(verdict, cause))}`,
    field("call", `${call.to.method} ${call.to.url}`),
    field("expected", expectedText(expected)),
    ...(predicted === null
      ? []
      : [
          field("predicted", predictedText(predicted)),
          ...predicted.because.map((reason) => field("", `because ${reasonText(reason)}`)),
        ]),
    ...(only ? [] : [field("observed", observed === null ? "no result" : observedText(observed))]),
    ...(error === null ? [] : [field("", shorten(error, ERROR_LENGTH, pen.ellipsis))]),
    ...(command === null ? [] : [field("by hand", command)]),
  ];
}

function optional(text: string | null): string[] {
  return text === null ? [] : [text];
}

function problemLines(problems: readonly Problem[], pen: Pen): string[] {
  if (problems.length === 0) return [];
  const told = problems.flatMap(({ severity, message, where, hint }) => [
    `  ${pen.verdict(severity === "error" ? "error" : "unproven", severity.padEnd(7))}  ${terminal(where === undefined ? message : `${placeText(where)}: ${message}`)}`,
    ...(hint === undefined ? [] : [`           ${terminal(hint)}`]),
  ]);
  return [pen.strong("Problems"), ...told, ""];
}
