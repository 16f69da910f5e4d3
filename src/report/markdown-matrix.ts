/** The matrix of a phase as a Markdown table. */
import type { ReportCall, Verdict } from "./document.js";
import { markdownCell } from "./escape.js";
import { transpose, type Matrix } from "./matrix.js";
import { cellText } from "./words.js";

export const MARKS: Readonly<Record<Verdict, string>> = { pass: "✅", mismatch: "❌", unproven: "❔", error: "⚠️" };

/** A page scrolls down more easily than to the side. */
const MOST_COLUMNS = 24;

/** The table, and a line on what it leaves out; nothing where there is nothing to show. `not-pass` keeps only rows with a call that is not a pass. */
export function matrixMarkdown(whole: Matrix, what: "all" | "not-pass" | "none"): string[] {
  if (what === "none" || whole.rows.length === 0) return [];
  const turned = whole.columns.length > MOST_COLUMNS && whole.rows.length < whole.columns.length;
  const { rows, columns, cells } = turned ? transpose(whole) : whole;
  const shown = rows
    .map((label, row) => ({ label, calls: cells[row] ?? [] }))
    .filter(({ calls }) => what === "all" || calls.some((call) => call !== undefined && call.verdict !== "pass"));
  const passed = rows.length - shown.length;
  const table = shown.length === 0 ? [] : [tableMarkdown(turned ? "to, from →" : "from, to →", columns, shown)];
  return [
    ...table,
    ...(passed > 0 ? [`${passed} of ${rows.length} rows hold nothing but passes and are left out.`] : []),
  ];
}

function tableMarkdown(
  corner: string,
  columns: Matrix["columns"],
  rows: readonly { label: string; calls: readonly (ReportCall | undefined)[] }[],
): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  return [
    line([corner, ...columns.map(markdownCell)]),
    line(["---", ...columns.map(() => "---")]),
    ...rows.map(({ label, calls }) => line([markdownCell(label), ...calls.map(cellMarkdown)])),
  ].join("\n");
}

function cellMarkdown(call: ReportCall | undefined): string {
  return call === undefined ? "–" : `${MARKS[call.verdict]} ${markdownCell(cellText(call))}`;
}
