/** The calls of the phases that are no pass, the matrices, and the problems, as the comment shows them. */
import { isFilePlace, placeText, type Problem } from "../problems.js";
import { redact } from "../redact.js";
import { classRows } from "./classes.js";
import type { Level, Tools } from "./comment-tools.js";
import type { ReportCall, ReportClass, ReportPhase } from "./document.js";
import { shorten } from "./escape.js";
import { callMark } from "./findings.js";
import { leftOut } from "./left-out.js";
import { errorsFirst } from "./markdown.js";
import { MARKS, matrixMarkdown } from "./markdown-matrix.js";
import { clientLabel, destinationLabel, matrixOf } from "./matrix.js";
import {
  causeText,
  expectedText,
  isPredictedOnly,
  observedText,
  phaseTitle,
  predictedText,
  reasonSource,
} from "./words.js";

/** A larger matrix is for the summary and the page. */
const MOST_MATRIX_CALLS = 1000;
const NAME_LENGTH = 80;

/** A phase's failing calls and its matrix; nothing where it has neither to show. */
export function phaseBlocks(phase: ReportPhase, level: Level, tools: Tools): string[] {
  const failed = phase.calls.filter(({ verdict }) => verdict !== "pass");
  const told = failed.slice(0, level.calls);
  const blocks = [
    ...(told.length === 0 ? [] : [told.map((call) => callItem(phase, call, level, tools)).join("\n")]),
    ...(failed.length > told.length
      ? [leftOut(`${failed.length - told.length} ${told.length > 0 ? "more " : ""}calls that are no pass`)]
      : []),
    ...classBlocks(phase, level, tools),
    ...matrixBlocks(phase, level),
  ];
  return blocks.length === 0 ? [] : [`### ${tools.prose(phaseTitle(phase))}`, ...blocks];
}

function callItem(phase: ReportPhase, call: ReportCall, level: Level, tools: Tools): string {
  const { from, to, expected, predicted, observed, verdict, cause } = call;
  const ends = `${tools.code(clientLabel(from))} → ${tools.code(`${destinationLabel(to)}:${to.port}`)}`;
  const error = observed?.error ?? null;
  return [
    `- ${MARKS[verdict]} ${ends}: ${verdict}, ${causeText(verdict, cause)}${tools.fresh(() => callMark(phase, call))}`,
    ...(level.reasons === 0 ? [] : [`  - call: ${tools.code(`${to.method} ${to.url}`)}`]),
    ...(expected === null ? [] : [`  - expected: ${tools.prose(expectedText(expected))}`]),
    ...(predicted === null ? [] : [`  - predicted: ${tools.prose(predictedText(predicted))}`]),
    ...(isPredictedOnly(call)
      ? []
      : [`  - observed: ${observed === null ? "no result" : tools.prose(observedText(observed))}`]),
    ...(error === null || level.reasons === 0 ? [] : [`  - ${tools.code(error)}`]),
    ...tools.because(predicted?.because ?? [], level.reasons, () => "head"),
  ].join("\n");
}

/** Classes of a large prediction, where any is no pass. */
function classBlocks(phase: ReportPhase, level: Level, tools: Tools): string[] {
  const failed = (phase.classes ?? []).filter(({ verdict }) => verdict !== "pass");
  if (failed.length === 0 || level.calls === 0) return [];
  const { rows, more } = classRows({ ...phase, classes: failed }, level.calls);
  const lines = rows.map(({ verdict, count, outcome, from, to, shown }) => {
    const cells = [MARKS[verdict], String(count), tools.cell(outcome), tools.cell(from), tools.cell(to)];
    return `| ${cells.join(" | ")} | ${decidedCell(shown, tools)} |`;
  });
  const table = ["| | calls | outcome | from | to | decided by |", "|---|--:|---|---|---|---|", ...lines].join("\n");
  return [table, ...(more > 0 ? [leftOut(`${more} more classes of calls`)] : [])];
}

function decidedCell({ predicted }: ReportClass, tools: Tools): string {
  const last = predicted.because.at(-1);
  return last === undefined ? "" : tools.cell(reasonSource(last));
}

/** Folded away: who reads a comment reads what is wrong. */
function matrixBlocks(phase: ReportPhase, level: Level): string[] {
  if (level.matrix === "none" || phase.calls.length > MOST_MATRIX_CALLS) return [];
  const { rows, columns, cells } = matrixOf(phase.calls);
  const table = matrixMarkdown({ rows: rows.map(short), columns: columns.map(short), cells }, level.matrix);
  return table.length === 0 ? [] : ["<details><summary>Matrix</summary>", ...table, "</details>"];
}

function short(text: string): string {
  return shorten(redact(text), NAME_LENGTH);
}

/** Errors, then warnings, each with a link to its line. */
export function problemBlocks(problems: readonly Problem[], level: Level, tools: Tools): string[] {
  if (problems.length === 0) return [];
  const told = errorsFirst(problems).slice(0, level.problems);
  const more = problems.length - told.length;
  return [
    "### Problems",
    ...(told.length === 0 ? [] : [told.map((problem) => problemItem(problem, tools)).join("\n")]),
    ...(more > 0 ? [leftOut(`${more} ${told.length > 0 ? "more " : ""}problems`)] : []),
  ];
}

function problemItem({ severity, message, where, hint }: Problem, tools: Tools): string {
  const place =
    where === undefined
      ? ""
      : isFilePlace(where)
        ? `${tools.place(placeText(where), where.file, where.line, "head")}: `
        : `${tools.code(placeText(where))}: `;
  return `- **${severity}** ${place}${tools.prose(message)}${hint === undefined ? "" : `  \n  ${tools.prose(hint)}`}`;
}
