/** The report as GitHub Markdown, in as much detail as fits: rendered again with less, never cut. */
import { placeText, type Problem } from "../problems.js";
import { countCalls, countsText } from "./build.js";
import { classRows } from "./classes.js";
import type { Report, ReportPhase } from "./document.js";
import { markdownCell, markdownCode, markdownProse } from "./escape.js";
import { diffText } from "./change-words.js";
import { headline } from "./headline.js";
import { leftOut } from "./left-out.js";
import { callMarkdown } from "./markdown-call.js";
import { diffMarkdown, DIFF_LEVELS } from "./markdown-diff.js";
import type { DiffLevel } from "./markdown-diff.js";
import { MARKS, matrixMarkdown } from "./markdown-matrix.js";
import { labelsOf, matrixOf } from "./matrix.js";
import type { ReproduceOptions } from "./reproduce.js";
import { appliedText, phaseTitle, predictionText, settledText } from "./words.js";

/** `limitBytes`: how large the text may be, in bytes of UTF-8. `context` goes into the commands. */
export interface SummaryOptions extends ReproduceOptions {
  readonly limitBytes: number;
}

/** How much is told. Numbers are how many of a kind at most; those of details and applied count for each phase. */
interface Level {
  readonly matrix: "all" | "not-pass" | "none";
  readonly details: number;
  readonly applied: number;
  readonly problems: number;
}

const NO_DIFF: DiffLevel = { changes: 0, reasons: 0, examples: 0, exposures: 0 };

const LEVELS: readonly Level[] = [
  { matrix: "all", details: Infinity, applied: Infinity, problems: Infinity },
  { matrix: "all", details: 50, applied: 50, problems: 100 },
  { matrix: "all", details: 10, applied: 10, problems: 50 },
  { matrix: "not-pass", details: 10, applied: 10, problems: 50 },
  { matrix: "not-pass", details: 0, applied: 5, problems: 20 },
  { matrix: "none", details: 0, applied: 0, problems: 10 },
];

/** The fullest form of the report within the limit; an empty text where not even the counts fit. */
export function summaryMarkdown(report: Report, options: SummaryOptions): string {
  const fits = (text: string): boolean => Buffer.byteLength(text, "utf8") <= options.limitBytes;
  for (const [index, level] of LEVELS.entries()) {
    const text = renderMarkdown(report, level, DIFF_LEVELS[index] ?? NO_DIFF, options);
    if (fits(text)) return text;
  }
  const shortest = [heading(report), leftOut("everything else")].join("\n\n") + "\n";
  return fits(shortest) ? shortest : "";
}

function renderMarkdown(report: Report, level: Level, diff: DiffLevel, options: ReproduceOptions): string {
  const blocks = [
    heading(report),
    about(report),
    ...diffMarkdown(report, diff),
    ...report.phases.flatMap((phase) => phaseBlocks(phase, level, options)),
    ...problemBlocks(report.problems, level),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function heading(report: Report): string {
  const { verdict, counts, base } = report;
  const compared = base === undefined ? "" : `\n\n${diffText(report)}.`;
  return `## ${MARKS[verdict]} mtls-gate: ${verdict}\n\n${countsText(counts)}: ${headline(report)}.${compared}`;
}

function about({ mode, mesh }: Report): string {
  const parts = [
    `Mode ${markdownCode(mode)}`,
    ...(mesh.istio === null ? [] : [`Istio ${markdownCode(mesh.istio)}`]),
    ...(mesh.kubernetes === null ? [] : [`Kubernetes ${markdownCode(mesh.kubernetes)}`]),
    `root namespace ${markdownCode(mesh.rootNamespace)}`,
    `read from ${mesh.source === "cluster" ? "the cluster" : "manifests"}`,
  ];
  return parts.join(", ");
}

function phaseBlocks(phase: ReportPhase, level: Level, options: ReproduceOptions): string[] {
  const failed = phase.calls.filter((call) => call.verdict !== "pass");
  const told = failed.slice(0, level.details);
  const matrix = matrixOf(phase.calls);
  const labels = labelsOf(matrix);
  return [
    `### ${markdownProse(phaseTitle(phase))}`,
    phaseFacts(phase, level),
    ...(phase.classes === undefined ? matrixMarkdown(matrix, level.matrix) : classesMarkdown(phase, level)),
    ...told.map((call) => callMarkdown(call, labels(call), options)),
    ...(failed.length > told.length && level.matrix !== "none"
      ? [leftOut(`the details of ${failed.length - told.length} ${told.length > 0 ? "more " : ""}calls`)]
      : []),
  ];
}

const MOST_CLASSES = 30;

/** A row a class of calls. */
function classesMarkdown(phase: ReportPhase, { matrix }: Level): string[] {
  if (matrix === "none") return [];
  const { rows, more } = classRows(phase, MOST_CLASSES);
  const lines = rows.map(
    ({ verdict, count, outcome, from, to }) =>
      `| ${MARKS[verdict]} | ${count} | ${outcome} | ${markdownCell(from)} | ${markdownCell(to)} |`,
  );
  const table = ["| | calls | outcome | from | to |", "|---|--:|---|---|---|", ...lines].join("\n");
  return [table, ...(more > 0 ? [leftOut(`${more} more classes of calls`)] : [])];
}

function phaseFacts(phase: ReportPhase, { applied, matrix }: Level): string {
  const shown = phase.applied.slice(0, applied).map((object) => markdownCode(appliedText(object)));
  const more = phase.applied.length - shown.length;
  const objects = [...shown, ...(more > 0 ? [`${more} ${shown.length > 0 ? "more " : ""}objects`] : [])];
  const prediction = predictionText(phase);
  const facts = [
    ...(objects.length === 0 ? [] : [`applied: ${objects.join(", ")}`]),
    settledText(phase),
    ...(prediction === null ? [] : [prediction]),
    ...(matrix === "all" ? [] : [countsText(countCalls([phase]))]),
  ];
  return facts.map((fact) => `- ${fact}`).join("\n");
}

function problemBlocks(problems: readonly Problem[], level: Level): string[] {
  if (problems.length === 0) return [];
  const sorted = errorsFirst(problems);
  const told = sorted.slice(0, level.problems);
  const items = told.map(({ severity, message, where, hint }) => {
    const place = where === undefined ? "" : `${markdownCode(placeText(where))}: `;
    const advice = hint === undefined ? "" : `  \n  ${markdownProse(hint)}`;
    return `- **${severity}** ${place}${markdownProse(message)}${advice}`;
  });
  const more = problems.length - told.length;
  return ["### Problems", items.join("\n"), ...(more > 0 ? [leftOut(`${more} more problems`)] : [])];
}

/** An error stopped the run: it must not be what is left out. */
export function errorsFirst(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((one, other) => rank(one) - rank(other));
}

function rank(problem: Problem): number {
  return problem.severity === "error" ? 0 : 1;
}
