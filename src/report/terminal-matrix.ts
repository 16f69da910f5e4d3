/** The matrix of a phase as aligned lines, in the fullest of four forms that keeps to the width of the terminal. */
import type { ReportCall, Verdict } from "./document.js";
import { terminal } from "./escape.js";
import type { Matrix } from "./matrix.js";
import type { Pen } from "./terminal.js";
import { VERDICTS } from "./build.js";
import { cutTo, padTo, textWidth } from "./width.js";
import { cellText } from "./words.js";

interface Cell {
  readonly text: string;
  readonly verdict: Verdict | null;
}

const INDENT = "  ";
const GAP = "  ";

/**
 * Labelled columns; else numbered columns with a legend; else only the marks in numbered columns; else a line a client
 * with its counts. No lines for an empty matrix. `width` in columns.
 */
export function matrixLines(matrix: Matrix, width: number, pen: Pen): string[] {
  if (matrix.rows.length === 0) return [];
  const fit = (label: string): string => cutLabel(terminal(label), Math.max(20, Math.floor(width / 2)), pen);
  const rows = matrix.rows.map(fit);
  const columns = matrix.columns.map(fit);
  const numbers = columns.map((_, column) => String(column + 1));
  const full = matrix.cells.map((cells) => cells.map((call) => fullCell(call, pen)));
  const marks = matrix.cells.map((cells) => cells.map((call) => markCell(call, pen)));
  const forms: [string[], Cell[][]][] = [
    [columns, full],
    [numbers, full],
    [numbers, marks],
  ];
  const form = forms.find(([heads, cells]) => naturalWidth(rows, heads, cells) <= width);
  if (form === undefined) return matrix.cells.map((cells, row) => countLine(rows, row, cells, pen));
  const [heads, cells] = form;
  const legend = heads === columns ? [] : ["", ...columns.map((label, column) => legendLine(numbers, column, label))];
  return [...tableLines(rows, heads, cells, pen), ...legend];
}

/** A label that would take more than half of the width leaves no room for what the matrix is to show. */
function cutLabel(label: string, most: number, pen: Pen): string {
  return textWidth(label) <= most ? label : cutTo(label, most - pen.ellipsis.length) + pen.ellipsis;
}

function fullCell(call: ReportCall | undefined, pen: Pen): Cell {
  if (call === undefined) return { text: "-", verdict: null };
  return { text: `${pen.marks[call.verdict]} ${terminal(cellText(call))}`, verdict: call.verdict };
}

function markCell(call: ReportCall | undefined, pen: Pen): Cell {
  return call === undefined ? { text: "-", verdict: null } : { text: pen.marks[call.verdict], verdict: call.verdict };
}

function tableLines(rows: readonly string[], heads: readonly string[], cells: readonly Cell[][], pen: Pen): string[] {
  const first = widest(rows);
  const widths = columnWidths(heads, cells);
  const line = (label: string, texts: readonly string[]): string => INDENT + [padTo(label, first), ...texts].join(GAP);
  return [
    line(
      "",
      heads.map((head, column) => padTo(head, widths[column] ?? 0)),
    ),
    ...cells.map((row, index) =>
      line(
        rows[index] ?? "",
        row.map(({ text, verdict }, column) => {
          const padded = padTo(text, widths[column] ?? 0);
          return verdict === null ? padded : pen.verdict(verdict, padded);
        }),
      ),
    ),
  ];
}

function legendLine(numbers: readonly string[], column: number, label: string): string {
  return `${INDENT}${(numbers[column] ?? "").padStart(widest(numbers))}  ${label}`;
}

/** `sleep.legacy  198 pass, 2 mismatch` */
function countLine(rows: readonly string[], row: number, cells: readonly (ReportCall | undefined)[], pen: Pen): string {
  const told = VERDICTS.toReversed().flatMap((verdict) => {
    const count = cells.filter((call) => call?.verdict === verdict).length;
    return count === 0 ? [] : [pen.verdict(verdict, `${count} ${verdict}`)];
  });
  return `${INDENT}${padTo(rows[row] ?? "", widest(rows))}${GAP}${told.join(", ")}`;
}

function naturalWidth(rows: readonly string[], heads: readonly string[], cells: readonly Cell[][]): number {
  const columns = columnWidths(heads, cells).reduce((sum, width) => sum + GAP.length + width, 0);
  return INDENT.length + widest(rows) + columns;
}

function columnWidths(heads: readonly string[], cells: readonly Cell[][]): number[] {
  return heads.map((head, column) =>
    Math.max(textWidth(head), ...cells.map((row) => textWidth(row[column]?.text ?? ""))),
  );
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), 0);
}
