/** The page: reads the report's data, draws it, and draws it anew when the filters change. */
import { CELL_FIELDS, PAGE_VERDICTS, type PageData } from "../page-data.js";
import { Detail } from "./detail.js";
import { el, type Child } from "./dom.js";
import { Grid } from "./grid.js";
import { KIND_LETTERS, KINDS, Matrix, VERDICT_GLYPHS, type Cell, type Matched } from "./model.js";
import { changesTable, classesTable, exposureTable, problemsTable } from "./tables.js";
import { toolbar, type View } from "./toolbar.js";

/** Beyond this a cell in words is too wide to see the matrix as one. */
const MOST_LARGE_COLUMNS = 12;
const MOST_LARGE_ROWS = 40;

const data = JSON.parse(document.getElementById("data")?.textContent ?? "null") as PageData;
const matrices = data.phases.map((phase) => new Matrix(data, phase));
const detail = new Detail();
const status = el("p", { class: "status", role: "status" });
const changes = el("div");
const phases = el("div", { class: "phases" });
const legend = el("p", { class: "legend" });
let drawn = 0;

/** A phase that is shown, with what a filter lets through. */
interface Shown {
  readonly matrix: Matrix;
  readonly matched: Matched;
}

function draw(view: View): void {
  const shown = matrices
    .filter((_, index) => view.phase < 0 || view.phase === index)
    .map((matrix): Shown => ({ matrix, matched: matrix.match(view.filter) }));
  if (data.changes !== null) changes.replaceChildren(changesTable(data, view.filter, openChange));
  const grids: Grid[] = [];
  phases.replaceChildren(...shown.map((one) => phaseSection(one, shown, view, grids)));
  follow(grids);
  legend.replaceChildren(...legendOf(view));
  const found = shown.reduce((sum, { matched }) => sum + matched.calls, 0);
  const all = shown.reduce((sum, { matrix }) => sum + matrix.phase.cells.length / CELL_FIELDS, 0);
  const total = `${all.toLocaleString("en")} ${all === 1 ? "cell" : "cells"}`;
  status.textContent = found === all ? total : `${found.toLocaleString("en")} of ${total}`;
  drawn += 1;
  document.body.dataset["drawn"] = String(drawn);
}

function phaseSection(one: Shown, shown: readonly Shown[], view: View, grids: Grid[]): HTMLElement {
  const { matrix, matched } = one;
  const { phase } = matrix;
  const first = phase.applied.slice(0, 3);
  const more = phase.applied.length - first.length;
  const applied = first.length === 0 ? [] : [`applied ${first.join(", ")}${more > 0 ? ` and ${more} more` : ""}`];
  const head = el(
    "div",
    {},
    el("h3", {}, phase.title),
    el("p", { class: "muted" }, [...applied, ...phase.facts].join(" · ")),
  );
  const body = el("div", { class: "phasebody" });
  if (phase.classes !== null) {
    body.append(classesTable(data, phase, view.filter, (row, column, back) => openPlace(matrix, row, column, back)));
  }
  const places = aligned(one, shown);
  if (phase.cells.length === 0) body.append(el("p", { class: "note" }, "No calls to draw."));
  else if (places.rows.length === 0) body.append(el("p", { class: "note" }, "No call fits the filter."));
  else {
    const grid = new Grid(matrix, matched, places, { ...view, open: (cell, from) => open(cell, () => from.focus()) });
    grids.push(grid);
    body.append(grid.element);
  }
  return el("section", { class: "phasebox" }, head, body);
}

/** Rows and columns that have a match in any phase shown, so that phases side by side stay in line. */
function aligned(own: Shown, shown: readonly Shown[]): { rows: number[]; columns: number[] } {
  const { rows, columns } = own.matrix.phase;
  if (shown.length === 1) {
    return {
      rows: [...rows.keys()].filter((row) => own.matched.rows.has(row)),
      columns: [...columns.keys()].filter((column) => own.matched.columns.has(column)),
    };
  }
  const labels = (axis: "rows" | "columns"): Set<string> =>
    new Set(
      shown.flatMap(({ matrix, matched }) => [...matched[axis]].map((at) => matrix.phase[axis][at]?.label ?? "")),
    );
  const rowLabels = labels("rows");
  const columnLabels = labels("columns");
  return {
    rows: [...rows.keys()].filter((row) => rowLabels.has(rows[row]?.label ?? "")),
    columns: [...columns.keys()].filter((column) => columnLabels.has(columns[column]?.label ?? "")),
  };
}

/** Phases side by side scroll together. */
function follow(grids: readonly Grid[]): void {
  for (const grid of grids) {
    grid.element.addEventListener(
      "scroll",
      () => {
        if (!grid.element.matches(":hover, :focus-within")) return;
        for (const other of grids) {
          if (other === grid) continue;
          other.element.scrollTop = grid.element.scrollTop;
          other.element.scrollLeft = grid.element.scrollLeft;
        }
      },
      { passive: true },
    );
  }
}

function open(cell: Cell, back: () => void): void {
  const others = matrices.flatMap((matrix) => {
    if (matrix === cell.matrix) return [];
    const row = matrix.phase.rows.findIndex(({ label }) => label === cell.from);
    const column = matrix.phase.columns.findIndex(({ label }) => label === cell.to);
    const other = row < 0 || column < 0 ? null : matrix.cell(row, column);
    return other === null ? [] : [other];
  });
  detail.showCell(cell, others, back);
}

function openPlace(matrix: Matrix, row: number, column: number, back: () => void): void {
  const cell = matrix.cell(row, column);
  if (cell !== null) open(cell, back);
}

function openChange(place: number, back: () => void): void {
  const change = data.changes?.[place];
  if (change !== undefined) detail.showChange(data, change, back);
}

function legendOf({ colour }: View): HTMLElement[] {
  const items: readonly (readonly [string, string, string])[] =
    colour === "verdict"
      ? PAGE_VERDICTS.map((verdict) => [`v-${verdict}`, VERDICT_GLYPHS[verdict], verdict] as const)
      : KINDS.filter((kind) => kind !== "none").map((kind) => [`k-${kind}`, KIND_LETTERS[kind], kind] as const);
  const strip = KINDS.filter((kind) => ["mtls", "plaintext", "refused", "unknown"].includes(kind)).map(
    (kind) => [`k-${kind}`, "", kind] as const,
  );
  return [
    ...items.map(([style, glyph, text]) =>
      el("span", { class: "key" }, el("span", { class: `swatch ${style}`, "aria-hidden": "true" }, glyph), text),
    ),
    ...(colour === "verdict"
      ? [
          el("span", { class: "key sep" }, "expected, predicted, observed:"),
          ...strip.map(([style, , text]) =>
            el("span", { class: "key" }, el("span", { class: `swatch strip ${style}`, "aria-hidden": "true" }), text),
          ),
        ]
      : []),
  ];
}

function counts(): Map<string, number> {
  const found = new Map<string, number>();
  const add = (verdict: number, count: number): void => {
    const word = PAGE_VERDICTS[verdict] ?? "error";
    found.set(word, (found.get(word) ?? 0) + count);
  };
  for (const { cells, classes } of data.phases) {
    if (classes !== null) classes.forEach(({ verdict, count }) => add(verdict, count));
    else for (let at = 6; at < cells.length; at += CELL_FIELDS) add(cells[at] ?? 3, 1);
  }
  return found;
}

function section(title: string, count: number | null, ...children: readonly Child[]): HTMLElement {
  return el(
    "section",
    { class: "card" },
    el("h2", {}, title, count === null ? null : el("span", { class: "count" }, count.toLocaleString("en"))),
    ...children,
  );
}

function start(): void {
  const large = data.phases.every(
    ({ columns, rows }) => columns.length <= MOST_LARGE_COLUMNS && rows.length <= MOST_LARGE_ROWS,
  );
  const stated = data.expected.length > 0 || data.phases.some(({ probed }) => probed);
  const view: View = {
    filter: { from: "", to: "", verdicts: new Set(PAGE_VERDICTS), direction: "", search: "" },
    phase: data.phases.length > 1 && (large || data.phases.length < 3) ? -1 : 0,
    large,
    colour: stated ? "verdict" : "outcome",
  };
  const app = document.getElementById("app");
  app?.replaceChildren(
    ...(data.problems.length === 0 ? [] : [section("Problems", data.problems.length, problemsTable(data))]),
    toolbar(data, view, counts(), draw),
    ...(data.changes === null ? [] : [section("Changes", data.changes.length, changes)]),
    ...(data.exposure === null || data.exposure.length === 0
      ? []
      : [section("Exposure", data.exposure.length, exposureTable(data))]),
    section("Calls", null, el("div", { class: "under" }, legend, status), phases),
    detail.element,
  );
  draw(view);
}

start();
