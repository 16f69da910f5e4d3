import type { FromPattern, ToPattern } from "../../settings/plan.js";
import { FREE } from "./matrix.js";
import type { DestinationNode, StatedMatrix } from "./matrix.js";
import { patch, patched, UNSET } from "./patch.js";
import type { ClientRule } from "./patch.js";
import type { Stated } from "./stated.js";

/** A line of `expect` to be. */
export interface PlanRule {
  readonly from: FromPattern;
  readonly to: ToPattern;
  readonly stated: Stated;
}

/**
 * Few rules, of which the first that fits a call states what the matrix has for it: exceptions before what they are
 * exceptions from, one for everything at the end, and otherwise in the order of the names, so that a small change of the
 * mesh is a small change of the list.
 */
export function planRules(matrix: StatedMatrix): PlanRule[] {
  const unset = matrix.clients.map(() => UNSET);
  const found = new Compaction(matrix).rulesOf(matrix.destinations, () => unset, true);
  return found.map(({ to, rule: { pattern, outcome } }) => ({
    from: pattern,
    to,
    stated: matrix.outcomes[outcome] ?? { nothing: "it is not known" },
  }));
}

interface Found {
  readonly to: ToPattern;
  readonly rule: ClientRule;
}

type Row = readonly number[];
/** What holds for a destination of a port before any narrower rule. */
type Base = (port: number) => Row;

/** So many of the most frequent rows of some destinations are tried as the one for all of them. */
const TRIED = 4;

class Compaction {
  private readonly matrix: StatedMatrix;
  private readonly known = new Map<string, ClientRule[]>();
  private readonly texts = new WeakMap<Row, string>();

  constructor(matrix: StatedMatrix) {
    this.matrix = matrix;
  }

  /** @param whole whether nothing holds yet, so that a rule for all has to come */
  rulesOf(node: DestinationNode, base: Base, whole = false): Found[] {
    const { children, places, pattern } = node;
    const ports = [...new Set(places.map((place) => this.portOf(place)))];
    if (!whole && places.every((place) => this.isRight(place, base))) return [];
    let best: Found[] | null = whole || children.length === 0 ? null : this.below(node, base);
    for (const row of this.rowsOf(places)) {
      const rules = this.patch(row, common(ports.map(base)));
      const found = this.below(node, (port) => patched(base(port), rules));
      const all = [...found, ...rules.map((rule) => ({ to: pattern, rule }))];
      if (best === null || all.length < best.length || (all.length === best.length && children.length === 1))
        best = all;
    }
    return best ?? [];
  }

  /** Rules for the parts, and, before what holds for all, for a port wherever it is. */
  private below({ children, places, pattern }: DestinationNode, base: Base): Found[] {
    const groups = children.some((child) => child.children.length > 0);
    const ofPorts =
      groups && pattern.name === undefined ? this.portRules(places, base) : new Map<number, ClientRule[]>();
    const rows = new Map([...ofPorts].map(([port, rules]) => [port, patched(base(port), rules)]));
    return [
      ...children.flatMap((child) => this.rulesOf(child, (port) => rows.get(port) ?? base(port))),
      ...[...ofPorts].flatMap(([port, rules]) =>
        rules.map((rule) => ({ to: { ...pattern, port: String(port) }, rule })),
      ),
    ];
  }

  /** For each port, what of it is better said once than for each destination that has it. */
  private portRules(places: readonly number[], base: Base): Map<number, ClientRule[]> {
    const ports = [...new Set(places.map((place) => this.portOf(place)))].sort((a, b) => a - b);
    const found = new Map<number, ClientRule[]>();
    if (ports.length === 1) return found;
    for (const port of ports) {
      const own = places.filter((place) => this.portOf(place) === port);
      const one = this.cost(own, base(port));
      const [row] = this.rowsOf(own);
      if (one < 2 || row === undefined) continue;
      const rules = this.patch(row, base(port));
      if (rules.length + this.cost(own, patched(base(port), rules)) < one) found.set(port, rules);
    }
    return found;
  }

  private cost(places: readonly number[], base: Row): number {
    return places.reduce((sum, place) => sum + this.patch(this.rowOf(place), base).length, 0);
  }

  private patch(wanted: Row, base: Row): ClientRule[] {
    const key = `${this.textOf(wanted)} ${this.textOf(base)}`;
    const known = this.known.get(key) ?? patch(this.matrix, wanted, base);
    this.known.set(key, known);
    return known;
  }

  private isRight(place: number, base: Base): boolean {
    const holds = base(this.portOf(place));
    return this.rowOf(place).every((outcome, client) => outcome === FREE || outcome === holds[client]);
  }

  /** The most frequent rows. */
  private rowsOf(places: readonly number[]): Row[] {
    const counts = new Map<string, { readonly row: Row; count: number }>();
    for (const place of places) {
      const row = this.rowOf(place);
      const one = counts.get(this.textOf(row)) ?? { row, count: 0 };
      one.count += 1;
      counts.set(this.textOf(row), one);
    }
    const sorted = [...counts.values()].sort((a, b) => b.count - a.count);
    return sorted.slice(0, TRIED).map(({ row }) => row);
  }

  private textOf(row: Row): string {
    const known = this.texts.get(row) ?? row.join();
    this.texts.set(row, known);
    return known;
  }

  private rowOf(place: number): Row {
    return this.matrix.rows[place] ?? [];
  }

  private portOf(place: number): number {
    return this.matrix.ports[place] ?? 0;
  }
}

/** What holds in all of the rows. */
function common(rows: readonly Row[]): Row {
  const [first = [], ...others] = rows;
  return first.map((outcome, place) => (others.every((row) => row[place] === outcome) ? outcome : UNSET));
}
