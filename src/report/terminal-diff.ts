/** A comparison with a base for a person at a terminal: changes by direction, those that fail first, then exposures. */
import {
  acceptedText,
  baseText,
  callsText,
  CALLS_THAT,
  diffText,
  exampleText,
  exposureReasons,
  exposureTurn,
  portText,
  turnText,
} from "./change-words.js";
import type { Report, ReportChange, ReportExposure } from "./document.js";
import { terminal } from "./escape.js";
import type { Pen } from "./terminal.js";
import { reasonText } from "./words.js";

/** The rest is in report.json. */
const MOST_CHANGES = 30;
const MOST_REASONS = 5;
const MOST_EXAMPLES = 3;

/** The section of the report; nothing where nothing was compared. */
export function diffLines({ base, diff = [], exposure = [] }: Report, pen: Pen): string[] {
  if (base === undefined) return [];
  const shown = diff.slice(0, MOST_CHANGES);
  const ports = exposure.slice(0, MOST_CHANGES);
  const more = (hidden: number, what: string): string[] =>
    hidden > 0 ? [`  ${hidden} more ${what} are in report.json`] : [];
  return [
    pen.strong(terminal(`Changes against ${baseText(base)}`)),
    `  ${diffText({ diff, exposure })}`,
    ...shown.flatMap((change, index) => changeLines(change, shown[index - 1], pen)),
    ...more(diff.length - shown.length, "changes"),
    ...(ports.length === 0 ? [] : ["", pen.strong("Who can reach Service ports in plaintext")]),
    ...ports.flatMap((one) => exposureLines(one, pen)),
    ...more(exposure.length - ports.length, "Service ports"),
    "",
  ];
}

function changeLines(change: ReportChange, previous: ReportChange | undefined, pen: Pen): string[] {
  const { direction, fails, because, count, examples, accepted } = change;
  const same = previous?.direction === direction && previous.fails === fails;
  const verdict = verdictOf(change);
  const others = examples.slice(1, 1 + MOST_EXAMPLES).map((one) => exampleText(one, pen.arrow));
  const hidden = count - 1 - others.length;
  const also = [...others, ...(hidden > 0 ? [`${hidden} more`] : [])];
  return [
    ...(same ? [] : ["", `  ${direction}: calls that ${CALLS_THAT[direction]}`]),
    `  ${pen.verdict(verdict, pen.marks[verdict])} ${callsText(change)}: ${terminal(exampleText(change, pen.arrow))}`,
    `      ${terminal(turnText(change, pen.arrow))}`,
    ...because.slice(0, MOST_REASONS).map((reason) => `      ${pen.faint("because")} ${terminal(reasonText(reason))}`),
    ...(also.length === 0 ? [] : [`      ${pen.faint("also")} ${terminal(also.join(", "))}`]),
    ...(accepted === undefined ? [] : [`      ${terminal(acceptedText(accepted))}`]),
  ];
}

function verdictOf({ fails, before, after }: ReportChange): "mismatch" | "unproven" | "pass" {
  if (fails) return "mismatch";
  return [before, after].some((one) => one !== null && "unknown" in one) ? "unproven" : "pass";
}

function exposureLines(one: ReportExposure, pen: Pen): string[] {
  const { before, after, fails, accepted } = one;
  const unclear = before?.plaintext === "unknown" || after?.plaintext === "unknown";
  const verdict = fails ? "mismatch" : unclear ? "unproven" : "pass";
  const now = after ?? before;
  return [
    `  ${pen.verdict(verdict, pen.marks[verdict])} ${terminal(`${portText(one)}: ${exposureTurn(one, pen.arrow)}`)}`,
    ...(now === null ? [] : [`      ${terminal(now.says)}`]),
    ...exposureReasons(one)
      .slice(0, MOST_REASONS)
      .map((reason) => `      ${pen.faint("because")} ${terminal(reasonText(reason))}`),
    ...(accepted === undefined ? [] : [`      ${terminal(acceptedText(accepted))}`]),
  ];
}
