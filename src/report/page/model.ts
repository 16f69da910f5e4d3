/** The page's data as the views read it: cells in words, and which of them a filter lets through. Nothing here touches the page. */
import type { Expected, Outcome, Predicted } from "../../mesh/call.js";
import type { Cause, Verdict } from "../document.js";
import { CELL_FIELDS, PAGE_CAUSES, PAGE_VERDICTS, type PageAxis, type PageData, type PagePhase } from "../page-data.js";
import { outcomesText, shortOutcome } from "../words.js";

/** What an outcome is at a glance: the colour and the letter of a cell. */
export const KINDS = ["mtls", "plaintext", "tls", "hbone", "arrives", "refused", "several", "unknown", "none"] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_LETTERS: Readonly<Record<Kind, string>> = {
  mtls: "M",
  plaintext: "P",
  tls: "T",
  hbone: "H",
  arrives: "A",
  refused: "×",
  several: "±",
  unknown: "?",
  none: "–",
};

export const VERDICT_GLYPHS: Readonly<Record<Verdict, string>> = {
  pass: "✓",
  mismatch: "✕",
  unproven: "?",
  error: "!",
};

export interface Filter {
  readonly from: string;
  readonly to: string;
  readonly verdicts: ReadonlySet<Verdict>;
  readonly direction: string;
  readonly search: string;
}

/** A matrix with its cells found by row and column. */
export class Matrix {
  readonly phase: PagePhase;
  readonly data: PageData;
  readonly #places: Int32Array;
  readonly #rowTexts: readonly string[];
  readonly #columnTexts: readonly string[];

  constructor(data: PageData, phase: PagePhase) {
    this.data = data;
    this.phase = phase;
    this.#places = new Int32Array(phase.rows.length * phase.columns.length).fill(-1);
    for (let at = 0; at < phase.cells.length; at += CELL_FIELDS) {
      this.#places[(phase.cells[at] ?? 0) * phase.columns.length + (phase.cells[at + 1] ?? 0)] = at;
    }
    this.#rowTexts = phase.rows.map((row) => searchText(row, clientTexts(data)));
    this.#columnTexts = phase.columns.map((column) => searchText(column, destinationTexts(data)));
  }

  /** The cell of a row and a column, null where there is no such call. */
  cell(row: number, column: number): Cell | null {
    const at = this.#places[row * this.phase.columns.length + column] ?? -1;
    return at < 0 ? null : new Cell(this, at);
  }

  /** Which cells a filter lets through, and which rows and columns have one. */
  match(filter: Filter): Matched {
    const { rows, columns, cells } = this.phase;
    const words = filter.search
      .toLowerCase()
      .split(/\s+/u)
      .filter((word) => word !== "");
    const side = (
      axes: readonly PageAxis[],
      texts: readonly string[],
      list: "clients" | "destinations",
      namespace: string,
    ): readonly Side[] =>
      axes.map((axis, index) => ({
        fits: namespace === "" || this.#inNamespace(axis, namespace, list),
        has: words.map((word) => (texts[index] ?? "").includes(word)),
      }));
    const inRow = side(rows, this.#rowTexts, "clients", filter.from);
    const inColumn = side(columns, this.#columnTexts, "destinations", filter.to);
    const verdicts = PAGE_VERDICTS.map((verdict) => filter.verdicts.has(verdict));
    const turned = (change: number): boolean =>
      filter.direction === "" || this.data.changes?.[change]?.direction === filter.direction;
    const found: Matched = { cells: new Set(), rows: new Set(), columns: new Set(), calls: 0 };
    for (let at = 0; at < cells.length; at += CELL_FIELDS) {
      const [row = 0, column = 0] = [cells[at], cells[at + 1]];
      if (verdicts[cells[at + 6] ?? 0] !== true || !turned(cells[at + 8] ?? -1)) continue;
      if (!bothFit(inRow[row], inColumn[column])) continue;
      found.cells.add(row * columns.length + column);
      found.rows.add(row);
      found.columns.add(column);
      found.calls += 1;
    }
    return found;
  }

  #inNamespace({ members }: PageAxis, namespace: string, list: "clients" | "destinations"): boolean {
    return members.some((place) => this.data[list][place]?.namespace === namespace);
  }
}

/** What a filter says of a row or a column: whether its namespace fits, and which of the words it has. */
interface Side {
  readonly fits: boolean;
  readonly has: readonly boolean[];
}

/** Each word may be in the client or in the destination. */
function bothFit(row: Side | undefined, column: Side | undefined): boolean {
  if (row?.fits !== true || column?.fits !== true) return false;
  return row.has.every((has, index) => has || column.has[index] === true);
}

export interface Matched {
  readonly cells: Set<number>;
  readonly rows: Set<number>;
  readonly columns: Set<number>;
  calls: number;
}

/** One cell in words. */
export class Cell {
  readonly matrix: Matrix;
  readonly #at: number;

  constructor(matrix: Matrix, at: number) {
    this.matrix = matrix;
    this.#at = at;
  }

  #field(field: number): number {
    return this.matrix.phase.cells[this.#at + field] ?? -1;
  }

  get row(): number {
    return this.#field(0);
  }
  get column(): number {
    return this.#field(1);
  }
  get expected(): Expected | null {
    return this.matrix.data.expected[this.#field(2)] ?? null;
  }
  get predicted(): Predicted | null {
    return this.matrix.data.predicted[this.#field(3)] ?? null;
  }
  get observed(): PageData["observed"][number] | null {
    const observed = this.matrix.data.observed[this.#field(4)];
    const ms = this.#field(5);
    return observed === undefined ? null : { ...observed, ms: ms < 0 ? null : ms };
  }
  get verdict(): Verdict {
    return PAGE_VERDICTS[this.#field(6)] ?? "error";
  }
  get cause(): Cause | null {
    return PAGE_CAUSES[this.#field(7)] ?? null;
  }
  get change(): number {
    return this.#field(8);
  }
  get count(): number {
    return this.#field(9);
  }
  get from(): string {
    return this.matrix.phase.rows[this.row]?.label ?? "";
  }
  get to(): string {
    return this.matrix.phase.columns[this.column]?.label ?? "";
  }

  /** The three values, as short as a cell shows them. */
  get values(): readonly [expected: string, predicted: string, observed: string] {
    const { expected, predicted, observed } = this;
    return [
      expectedShort(expected),
      predicted === null ? "–" : outcomesText(predicted),
      observed === null ? (this.matrix.phase.probed ? "no result" : "–") : shortOutcome(observed),
    ];
  }

  /** What was predicted before the change, null for a call that no change names. */
  get before(): string | null {
    const change = this.matrix.data.changes?.[this.change];
    if (change === undefined) return null;
    const before = this.matrix.data.predicted[change.before];
    return before === undefined ? "not there" : outcomesText(before);
  }

  get kinds(): readonly [expected: Kind, predicted: Kind, observed: Kind] {
    const { expected, predicted, observed } = this;
    return [expectedKind(expected), predictedKind(predicted), observed === null ? "none" : outcomeKind(observed)];
  }

  /** What the call came to: observed where it was made, else predicted. */
  get kind(): Kind {
    const [, predicted, observed] = this.kinds;
    return this.matrix.phase.probed ? observed : predicted;
  }
}

/** `200 mtls`, `000 or 503/56`, `–` where nothing is stated. */
export function expectedShort(expected: Expected | null): string {
  if (expected === null) return "–";
  const { code, exit, transport } = expected;
  const ends = (exit ?? []).filter((one) => one !== 0);
  const text = [
    `${code?.join(" or ") ?? ""}${ends.length === 0 ? "" : `/${ends.join(" or ")}`}`,
    transport === null ? "" : transport === "plaintext" ? "plain" : transport,
  ].filter((part) => part !== "");
  return text.length === 0 ? "–" : text.join(" ");
}

function expectedKind(expected: Expected | null): Kind {
  if (expected === null) return "none";
  if (expected.transport !== null) return expected.transport === "unproven" ? "unknown" : expected.transport;
  const refused = expected.code?.every((code) => code === "000") ?? expected.exit?.every((exit) => exit !== 0);
  return refused === undefined ? "none" : refused ? "refused" : "arrives";
}

function predictedKind(predicted: Predicted | null): Kind {
  if (predicted === null) return "none";
  if ("unknown" in predicted) return "unknown";
  if (!("anyOf" in predicted)) return outcomeKind(predicted);
  const kinds = new Set(predicted.anyOf.map(outcomeKind));
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : "several";
}

function outcomeKind({ arrives, transport }: Outcome): Kind {
  if (arrives === false) return "refused";
  if (transport === null) return arrives === true ? "arrives" : "unknown";
  return transport === "unproven" ? "unknown" : transport;
}

function searchText({ label, members }: PageAxis, texts: readonly string[]): string {
  return `${label} ${members.map((place) => texts[place] ?? "").join(" ")}`.toLowerCase();
}

const CLIENT_TEXTS = new WeakMap<PageData, readonly string[]>();
const DESTINATION_TEXTS = new WeakMap<PageData, readonly string[]>();

function clientTexts(data: PageData): readonly string[] {
  const found =
    CLIENT_TEXTS.get(data) ?? data.clients.map(({ kind, workload, namespace }) => `${kind} ${workload}.${namespace}`);
  CLIENT_TEXTS.set(data, found);
  return found;
}

function destinationTexts(data: PageData): readonly string[] {
  const found = DESTINATION_TEXTS.get(data) ?? data.destinations.map(({ method, url }) => `${method} ${url}`);
  DESTINATION_TEXTS.set(data, found);
  return found;
}
