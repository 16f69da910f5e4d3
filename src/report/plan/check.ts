import { matchesFrom, matchesTo, type Plan } from "../../settings/plan.js";
import { FREE } from "./matrix.js";
import type { NamedClient, StatedMatrix } from "./matrix.js";
import type { NamedDestination } from "../../settings/plan.js";

/**
 * Holds a plan that was read back against what it was made from, by the reader's own matching.
 *
 * @returns a call that the plan says something else of; null where there is none
 */
export function firstDifference(
  { clients, called, rows, outcomes }: StatedMatrix,
  plan: Plan,
): { readonly from: NamedClient; readonly to: NamedDestination } | null {
  const rules = (plan.expect ?? []).map((rule) => ({
    text: JSON.stringify([rule.code, rule.exit, rule.transport]),
    from: clients.map((client) => matchesFrom(rule, client, {})),
    to: called.map((destination) => matchesTo(rule, destination, "")),
  }));
  const wanted = outcomes.map((one) =>
    JSON.stringify("nothing" in one ? [null, null, null] : [one.code, one.exit, one.transport]),
  );
  for (const [place, to] of called.entries()) {
    const fitting = rules.filter((rule) => rule.to[place] === true);
    for (const [client, from] of clients.entries()) {
      const outcome = rows[place]?.[client] ?? FREE;
      if (outcome === FREE) continue;
      if (fitting.find((rule) => rule.from[client] === true)?.text !== wanted[outcome]) return { from, to };
    }
  }
  return null;
}
