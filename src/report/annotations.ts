/** The report as annotations: few, the worst first, each at the line that decided where there is one. */
import { isFilePlace, placeText, type Problem } from "../problems.js";
import {
  CALLS_THAT,
  callsText,
  changeTitle,
  decidingReason,
  exampleText,
  exposureReasons,
  exposureTitle,
  exposureTurn,
  THE_CALL,
  turnText,
} from "./change-words.js";
import type { Report, ReportCall, ReportChange, ReportExposure } from "./document.js";
import { shorten, terminal } from "./escape.js";
import { clientLabel, destinationLabel } from "./matrix.js";
import { causeText, expectedText, outcomeText, predictedText, reasonText } from "./words.js";

/** Title, message and file hold no control characters but the line breaks of the message; the runner's commands escape the rest. */
export interface Annotation {
  readonly level: "error" | "warning";
  readonly title: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
}

/** GitHub shows ten of each level a step, and drops the rest without a word. */
export const MOST_ANNOTATIONS = 10;

const TEXT_LENGTH = 400;

/**
 * Mismatches, changes and exposures that fail, error problems, errors, unproven calls, warning problems, in this order. Calls that differ in nothing but
 * the phase are one annotation that names the phases. At most `most`: the last one tells how many more there are.
 */
export function annotationsOf(
  report: Pick<Report, "phases" | "problems" | "diff" | "exposure">,
  most = MOST_ANNOTATIONS,
): Annotation[] {
  const all = [
    ...callAnnotations(report, "mismatch"),
    ...(report.diff ?? []).filter(({ fails }) => fails).map(changeAnnotation),
    ...(report.exposure ?? []).filter(({ fails }) => fails).map(exposureAnnotation),
    ...problemAnnotations(report.problems, "error"),
    ...callAnnotations(report, "error"),
    ...callAnnotations(report, "unproven"),
    ...problemAnnotations(report.problems, "warning"),
  ];
  const hidden = all.slice(most - 1);
  const worst = hidden[0];
  if (worst === undefined || hidden.length === 1) return all;
  const more = `… and ${hidden.length} more in the job summary`;
  return [...all.slice(0, most - 1), { level: worst.level, title: "mtls-gate", message: more }];
}

function callAnnotations({ phases }: Pick<Report, "phases">, verdict: "mismatch" | "error" | "unproven"): Annotation[] {
  const found = phases.flatMap(({ name, control, calls }) =>
    calls
      .filter((call) => call.verdict === verdict)
      .map((call) => ({ annotation: callAnnotation(call), phase: control ? `control round of ${name}` : name })),
  );
  return [...Map.groupBy(found, ({ annotation }) => keyOf(annotation)).values()].flatMap((same) => {
    const first = same[0];
    if (first === undefined) return [];
    const phasesText = [...new Set(same.map(({ phase }) => terminal(phase)))].join(", ");
    return [{ ...first.annotation, message: `${phasesText}: ${first.annotation.message}` }];
  });
}

function callAnnotation({ from, to, expected, predicted, observed, verdict, cause }: ReportCall): Annotation {
  const decided = predicted?.because.findLast((reason) => reason.file !== undefined);
  const lines = [
    causeText(verdict, cause),
    `call: ${to.method} ${to.url}`,
    `expected: ${expectedText(expected)}`,
    ...(predicted === null ? [] : [`predicted: ${predictedText(predicted)}`]),
    // Neither time nor attempts: they would make the same finding in two phases look like two.
    `observed: ${observed === null ? "no result" : outcomeText(observed)}`,
    ...(observed?.error ? [observed.error] : []),
    ...(decided === undefined ? [] : [`because ${reasonText(decided)}`]),
  ];
  return {
    level: verdict === "unproven" ? "warning" : "error",
    title: shown(`${verdict}: ${clientLabel(from)} → ${destinationLabel(to)}`),
    message: lines.map(shown).join("\n"),
    ...fileOf(decided?.file, decided?.line),
  };
}

/** At the line that decides now; a change for which something no longer decides has none. */
function changeAnnotation(change: ReportChange): Annotation {
  const { direction, because, after, count } = change;
  const decided = decidingReason(because, after);
  const told = decided ?? because.at(-1);
  const lines = [
    `${callsText(change)} that ${(count === 1 ? THE_CALL : CALLS_THAT)[direction]}: ${turnText(change)}`,
    ...(told === undefined ? [] : [`because ${reasonText(told)}`]),
    ...change.examples.slice(1, MOST_EXAMPLES).map((one) => `also ${exampleText(one)}`),
  ];
  return {
    level: "error",
    title: shown(changeTitle(change)),
    message: lines.map(shown).join("\n"),
    ...fileOf(decided?.file, decided?.line),
  };
}

const MOST_EXAMPLES = 4;

function exposureAnnotation(exposure: ReportExposure): Annotation {
  const { after } = exposure;
  const because = exposureReasons(exposure);
  const decided = decidingReason(because, after);
  const told = decided ?? because.at(-1);
  const lines = [
    `who can reach it in plaintext: ${exposureTurn(exposure)}`,
    ...(after === null ? [] : [after.says]),
    ...(told === undefined ? [] : [`because ${reasonText(told)}`]),
  ];
  return {
    level: "error",
    title: shown(exposureTitle(exposure)),
    message: lines.map(shown).join("\n"),
    ...fileOf(decided?.file, decided?.line),
  };
}

function problemAnnotations(problems: readonly Problem[], severity: Problem["severity"]): Annotation[] {
  const all = problems
    .filter((problem) => problem.severity === severity)
    .map(({ code, message, where, hint }): Annotation => {
      const object = where !== undefined && !isFilePlace(where) ? `${placeText(where)}: ` : "";
      return {
        level: severity,
        title: shown(`mtls-gate: ${code}`),
        message: [`${object}${message}`, ...(hint === undefined ? [] : [hint])].map(shown).join("\n"),
        ...(where !== undefined && isFilePlace(where) ? fileOf(where.file, where.line) : {}),
      };
    });
  return [...new Map(all.map((annotation) => [keyOf(annotation), annotation])).values()];
}

function fileOf(file: string | undefined, line: number | undefined): Pick<Annotation, "file" | "line"> {
  if (file === undefined) return {};
  return line === undefined ? { file: terminal(file) } : { file: terminal(file), line };
}

function shown(text: string): string {
  return shorten(terminal(text), TEXT_LENGTH);
}

function keyOf({ level, title, message, file, line }: Annotation): string {
  return JSON.stringify([level, title, message, file, line]);
}
