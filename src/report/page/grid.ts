/**
 * A matrix as an ARIA grid of which only the visible part is in the page, so that 200 × 200 calls scroll as six do. One cell
 * can be reached with Tab, the arrow keys move from there.
 */
import { shorten, terminal } from "../escape.js";
import { el } from "./dom.js";
import { KIND_LETTERS, VERDICT_GLYPHS, type Cell, type Matched, type Matrix } from "./model.js";

export interface GridOptions {
  /** Expected, predicted and observed in words in each cell, or a letter and a strip of three colours. */
  readonly large: boolean;
  readonly colour: "verdict" | "outcome";
  /** Called with the cell that was chosen by a click or with Enter, and with the element to come back to. */
  readonly open: (cell: Cell, grid: Grid) => void;
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly head: number;
  readonly side: number;
}

/** Rows and columns beyond the visible ones that are there already when a person scrolls. */
const SPARE = 8;
const LONGEST_LABEL = 200;
const TALLEST = 640;

export class Grid {
  readonly element: HTMLElement;
  readonly matrix: Matrix;
  readonly #options: GridOptions;
  readonly #size: Size;
  readonly #canvas = el("div", { class: "canvas", role: "presentation" });
  readonly #rows: readonly number[];
  readonly #columns: readonly number[];
  readonly #matched: Matched;
  #active = { row: 0, column: 0 };
  #drawn = "";
  #waiting = false;

  constructor(
    matrix: Matrix,
    matched: Matched,
    shown: { rows: readonly number[]; columns: readonly number[] },
    options: GridOptions,
  ) {
    this.matrix = matrix;
    this.#matched = matched;
    this.#options = options;
    this.#rows = shown.rows;
    this.#columns = shown.columns;
    this.#size = sizeOf(matrix, shown, options.large);
    const { width, height, head, side } = this.#size;
    const label = `${matrix.phase.title}: calls from clients (rows) to destinations (columns)`;
    this.element = el("div", {
      class: `grid ${options.large ? "large" : "small"} by-${options.colour}`,
      role: "grid",
      "aria-label": label,
      "aria-rowcount": shown.rows.length + 1,
      "aria-colcount": shown.columns.length + 1,
      "aria-readonly": "true",
    });
    this.#canvas.style.width = `${side + width * shown.columns.length}px`;
    this.#canvas.style.height = `${head + height * shown.rows.length}px`;
    this.element.style.maxHeight = `min(72vh, ${TALLEST}px)`;
    this.element.append(this.#canvas);
    this.element.addEventListener("scroll", () => this.#later(), { passive: true });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  /** Puts the focus on the cell where it was last. */
  focus(): void {
    this.#move(this.#active.row, this.#active.column);
  }

  #later(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.#draw();
    });
  }

  #draw(force = false): void {
    const { width, height, head, side } = this.#size;
    const view = this.element;
    const rows = visible(view.scrollTop, view.clientHeight - head, height, this.#rows.length);
    const columns = visible(view.scrollLeft, view.clientWidth - side, width, this.#columns.length);
    const key = [...rows, ...columns].join();
    if (!force && key === this.#drawn) return;
    this.#drawn = key;
    const focused = this.element.contains(document.activeElement);
    const columnPlaces = places(columns, this.#active.column);
    const rowPlaces = places(rows, this.#active.row);
    this.#canvas.replaceChildren(this.#head(columnPlaces), ...rowPlaces.map((row) => this.#row(row, columnPlaces)));
    if (focused) this.#activeElement()?.focus({ preventScroll: true });
  }

  #head(columns: readonly number[]): HTMLElement {
    const { width, head, side } = this.#size;
    const row = el("div", { class: "heads", role: "row", "aria-rowindex": 1 });
    row.style.height = `${head}px`;
    const corner = el("div", { class: "corner", role: "columnheader", "aria-colindex": 1 }, "from ↓  to →");
    corner.style.width = `${side}px`;
    row.append(corner);
    for (const place of columns) {
      const text = this.matrix.phase.columns[this.#columns[place] ?? 0]?.label ?? "";
      const cell = el("div", { class: "colhead", role: "columnheader", "aria-colindex": place + 2, title: text });
      cell.append(el("bdi", {}, shorten(text, LONGEST_LABEL)));
      cell.style.left = `${side + place * width}px`;
      cell.style.width = `${width}px`;
      row.append(cell);
    }
    return row;
  }

  #row(place: number, columns: readonly number[]): HTMLElement {
    const { width, height, head, side } = this.#size;
    const index = this.#rows[place] ?? 0;
    const row = el("div", { class: "row", role: "row", "aria-rowindex": place + 2 });
    row.style.top = `${head + place * height}px`;
    row.style.height = `${height}px`;
    const text = this.matrix.phase.rows[index]?.label ?? "";
    const label = el("div", { class: "rowhead", role: "rowheader", "aria-colindex": 1, title: text });
    label.append(el("bdi", {}, shorten(text, LONGEST_LABEL)));
    label.style.width = `${side}px`;
    row.append(label);
    for (const column of columns) {
      const cell = this.#cell(place, column);
      cell.style.left = `${side + column * width}px`;
      cell.style.width = `${width}px`;
      row.append(cell);
    }
    return row;
  }

  #cell(place: number, columnPlace: number): HTMLElement {
    const row = this.#rows[place] ?? 0;
    const column = this.#columns[columnPlace] ?? 0;
    const cell = this.matrix.cell(row, column);
    const element = document.createElement("div");
    element.setAttribute("role", "gridcell");
    element.setAttribute("aria-colindex", String(columnPlace + 2));
    element.dataset["at"] = `${place},${columnPlace}`;
    element.tabIndex = place === this.#active.row && columnPlace === this.#active.column ? 0 : -1;
    if (cell === null) {
      element.className = "cell none";
      element.setAttribute("aria-label", "no such call");
      return element;
    }
    const dim = !this.#matched.cells.has(row * this.matrix.phase.columns.length + column);
    const { verdict, values, kinds, kind } = cell;
    const shown = this.#options.colour === "verdict" ? `v-${verdict}` : `k-${kind}`;
    const parts = kinds.map((one, index) => `${"epo"[index] ?? ""}-${one}`).join(" ");
    element.className = `cell ${shown} ${parts}${dim ? " dim" : ""}${cell.change >= 0 ? " changed" : ""}`;
    const was = cell.before === null ? "" : `, before the change ${cell.before}`;
    const words = `expected ${values[0]}, predicted ${values[1]}, observed ${values[2]}${was}`;
    const text = terminal(`${cell.from} to ${cell.to}: ${verdict}; ${words}`);
    element.setAttribute("aria-label", text);
    element.title = text;
    const glyph = this.#options.colour === "verdict" ? VERDICT_GLYPHS[verdict] : KIND_LETTERS[kind];
    if (this.#options.large) element.append(el("span", { class: "glyph" }, glyph), valueLines(cell));
    else element.textContent = glyph;
    return element;
  }

  #activeElement(): HTMLElement | null {
    return this.element.querySelector<HTMLElement>(`[data-at="${this.#active.row},${this.#active.column}"]`);
  }

  #move(row: number, column: number): void {
    this.#active = {
      row: Math.max(0, Math.min(this.#rows.length - 1, row)),
      column: Math.max(0, Math.min(this.#columns.length - 1, column)),
    };
    const { width, height, head, side } = this.#size;
    const view = this.element;
    const top = this.#active.row * height;
    const left = this.#active.column * width;
    view.scrollTop = Math.max(Math.min(view.scrollTop, top), top + height + head - view.clientHeight);
    view.scrollLeft = Math.max(Math.min(view.scrollLeft, left), left + width + side - view.clientWidth);
    this.#draw(true);
    this.#activeElement()?.focus({ preventScroll: true });
  }

  #key(event: KeyboardEvent): void {
    const { row, column } = this.#active;
    const page = Math.max(1, Math.floor((this.element.clientHeight - this.#size.head) / this.#size.height) - 1);
    const whole = event.ctrlKey || event.metaKey;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [whole ? 0 : row, 0],
      End: [whole ? Infinity : row, Infinity],
      PageUp: [row - page, column],
      PageDown: [row + page, column],
    };
    const move = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined;
    if (move !== undefined) {
      event.preventDefault();
      this.#move(move[0], move[1]);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#open();
    }
  }

  #click(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-at]") : null;
    const [row, column] = target?.dataset["at"]?.split(",").map(Number) ?? [];
    if (row === undefined || column === undefined) return;
    this.#move(row, column);
    this.#open();
  }

  #open(): void {
    const cell = this.matrix.cell(this.#rows[this.#active.row] ?? 0, this.#columns[this.#active.column] ?? 0);
    if (cell !== null) this.#options.open(cell, this);
  }
}

/** Expected, predicted and observed; of a call that was not made and that a change turns, what it was before in place of the last. */
function valueLines(cell: Cell): HTMLElement {
  const { values, kinds, before, matrix } = cell;
  const lines: [string, string, string][] = [
    ["exp", values[0], kinds[0]],
    ["pred", values[1], kinds[1]],
    before !== null && !matrix.phase.probed ? ["was", before, "none"] : ["obs", values[2], kinds[2]],
  ];
  return el(
    "span",
    { class: "values" },
    ...lines.map(([name, value, kind]) =>
      el("span", { class: `value k-${kind}` }, el("b", {}, name), el("i", {}, value)),
    ),
  );
}

function sizeOf(
  matrix: Matrix,
  { rows, columns }: { rows: readonly number[]; columns: readonly number[] },
  large: boolean,
): Size {
  const longest = (labels: readonly string[]): number =>
    labels.reduce((most, label) => Math.max(most, label.length), 8);
  const side = longest(rows.map((row) => matrix.phase.rows[row]?.label ?? ""));
  const head = longest(columns.map((column) => matrix.phase.columns[column]?.label ?? ""));
  const sideWidth = Math.min(260, Math.max(100, side * 7.4 + 24));
  if (large) return { width: Math.min(210, Math.max(138, head * 7.4 + 20)), height: 74, head: 38, side: sideWidth };
  return { width: 26, height: 26, head: Math.min(190, Math.max(70, head * 7 + 16)), side: sideWidth };
}

/** The first and the last place of what can be seen, with some to spare. */
function visible(scrolled: number, space: number, size: number, count: number): [number, number] {
  const first = Math.floor(scrolled / size) - SPARE;
  const last = Math.ceil((scrolled + Math.max(space, size)) / size) + SPARE;
  // In steps, so that not every pixel draws anew.
  return [Math.max(0, first - (first % 4)), Math.min(count - 1, last + (4 - (last % 4)))];
}

function places([first, last]: readonly [number, number], active: number): number[] {
  const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  if (active >= first && active <= last) return all;
  return active < first ? [active, ...all] : [...all, active];
}
