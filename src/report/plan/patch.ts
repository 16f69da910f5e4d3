import type { FromPattern } from "../../settings/plan.js";
import { FREE } from "./matrix.js";
import type { ClientNode, StatedMatrix } from "./matrix.js";

/** Nothing holds for a call yet, or not one thing for all that a rule is for. */
export const UNSET = -2;

/** A rule for some clients, within the destinations that it is written for. */
export interface ClientRule {
  readonly pattern: FromPattern;
  readonly places: readonly number[];
  readonly outcome: number;
}

/**
 * The fewest rules that make `base` right, which holds where no rule fits, narrow ones first. Among as few, those for whole
 * namespaces: they are for workloads to come as well.
 */
export function patch(
  matrix: Pick<StatedMatrix, "namespaces" | "clients">,
  wanted: readonly number[],
  base: readonly number[],
): ClientRule[] {
  const keep = within(matrix, wanted, (place) => base[place] ?? UNSET);
  const found = new Set(wanted.filter((outcome) => outcome !== FREE));
  const unset = base.every((outcome) => outcome === UNSET);
  if (keep.length === 0 && !unset) return [];
  let best = unset ? null : keep;
  for (const outcome of byCount(wanted, [...found])) {
    const general = { pattern: {}, places: [...matrix.clients.keys()], outcome };
    const rules = [...within(matrix, wanted, () => outcome), general];
    if (best === null || rules.length < best.length || (rules.length === best.length && found.size === 1)) best = rules;
  }
  return best ?? [];
}

/** The rules for namespaces and workloads, where something holds already. */
function within(
  { namespaces }: Pick<StatedMatrix, "namespaces">,
  wanted: readonly number[],
  holds: (place: number) => number,
): ClientRule[] {
  return namespaces.flatMap((namespace) => {
    const single = wrong(namespace.workloads, wanted, holds);
    if (single.length === 0) return [];
    let best = single;
    for (const outcome of byCount(wanted, [...new Set(single.map((rule) => rule.outcome))], namespace.places)) {
      const { pattern, places } = namespace;
      const rules = [...wrong(namespace.workloads, wanted, () => outcome), { pattern, places, outcome }];
      if (rules.length < best.length || (rules.length === best.length && best === single)) best = rules;
    }
    return best;
  });
}

function wrong(
  workloads: readonly ClientNode[],
  wanted: readonly number[],
  holds: (place: number) => number,
): ClientRule[] {
  return workloads.flatMap(({ pattern, places }) => {
    const [place = 0] = places;
    const outcome = wanted[place] ?? FREE;
    return outcome === FREE || holds(place) === outcome ? [] : [{ pattern, places, outcome }];
  });
}

/** The most frequent first. */
function byCount(wanted: readonly number[], outcomes: readonly number[], among?: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const place of among ?? wanted.keys()) {
    const outcome = wanted[place] ?? FREE;
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return [...outcomes].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b);
}

/** What holds once the rules are there. */
export function patched(base: readonly number[], rules: readonly ClientRule[]): number[] {
  const holds = [...base];
  for (const { places, outcome } of rules.toReversed()) for (const place of places) holds[place] = outcome;
  return holds;
}
