/** What a plan's `accept` takes as it is: changes against a base, one call at a time, each up to a day. */
import type { Call } from "../mesh/call.js";
import { errorProblem, warningProblem, type Problem } from "../problems.js";
import {
  fitsTo,
  matchesFrom,
  type AcceptEntry,
  type FromPattern,
  type Labels,
  type NamedDestination,
  type Plan,
  type ToPattern,
} from "./plan.js";
import type { Direction } from "./settings.js";

/** A call that a change turns. `from` is null for whoever it may be: a destination's exposure. */
export interface ChangedCall {
  readonly from: Pick<Call["from"], "namespace" | "workload"> | null;
  readonly to: NamedDestination;
}

/** The day of a moment, in UTC, as `until` is written. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** Whether an entry has run out on a day. It holds on its last one. */
export function isExpired({ until }: Pick<AcceptEntry, "until">, today: string): boolean {
  return until < today;
}

/**
 * The first entry that holds today and takes a change of this direction of this call; undefined where none does. `labels`
 * are those of the client's pods. An exposure is taken by entries for all clients alone.
 */
export function acceptFor(
  plan: Plan | null,
  direction: Direction,
  { from, to }: ChangedCall,
  today: string,
  labels: Labels = {},
): AcceptEntry | undefined {
  return plan?.accept?.find(
    (entry) =>
      !isExpired(entry, today) &&
      entry.directions.includes(direction) &&
      (from === null ? fitsEverybody(entry.from) : matchesFrom(entry, from, labels)) &&
      fitsTo(entry.to, to),
  );
}

/** What a report says of an entry. */
export function acceptedBy({ reason, until, where: { file, line } }: AcceptEntry): {
  readonly reason: string;
  readonly until: string;
  readonly file: string;
  readonly line: number;
} {
  return { reason, until, file, line };
}

/** Which entries' patterns a client fits, as a text: clients of one mark are the same to every entry. */
export function acceptMarkOfClient(
  plan: Plan | null,
  client: NonNullable<ChangedCall["from"]>,
  labels: Labels,
): string {
  return marks(plan, (entry) => matchesFrom(entry, client, labels));
}

/** Which entries' patterns a destination fits, as a text: destinations of one mark are the same to every entry. */
export function acceptMarkOfDestination(plan: Plan | null, destination: NamedDestination): string {
  return marks(plan, (entry) => fitsTo(entry.to, destination));
}

function marks(plan: Plan | null, fits: (entry: AcceptEntry) => boolean): string {
  return (plan?.accept ?? []).map((entry) => (fits(entry) ? "1" : "0")).join("");
}

/**
 * What is to be told of the entries once all changes are known: each that has run out is an error, whether its change is
 * there or not, and each that holds and was not used is a warning.
 *
 * @param used those that acceptFor gave for some change
 */
export function acceptProblems(plan: Plan | null, today: string, used: ReadonlySet<AcceptEntry>): Problem[] {
  return (plan?.accept ?? []).flatMap((entry) => {
    if (isExpired(entry, today)) return [expired(entry)];
    return used.has(entry) ? [] : [unused(entry)];
  });
}

function expired(entry: AcceptEntry): Problem {
  return errorProblem(
    "accept-expired",
    `the accept entry for ${entryText(entry)} ended with ${entry.until}: ${entry.reason}`,
    entry.where,
    "mend what it accepts and take it out, or have it accepted anew with a later until",
  );
}

function unused(entry: AcceptEntry): Problem {
  return warningProblem(
    "accept-unused",
    `the accept entry for ${entryText(entry)} fits no change`,
    entry.where,
    "take it out: it would let through what nobody has looked at",
  );
}

/** `breaks from legacy to foo/httpbin:8000` */
function entryText({ directions, from, to }: AcceptEntry): string {
  const sides = [sideText("from", from), sideText("to", to)].filter((text) => text !== "");
  return [directions.join(", "), ...sides].join(" ");
}

/** Empty where the pattern is for everything. */
function sideText(word: string, pattern: FromPattern & ToPattern): string {
  const { namespace, name, port, url, selector } = pattern;
  const rest = [
    ...(name === undefined && port === undefined ? [] : [`/${name ?? "*"}`]),
    ...(port === undefined ? [] : [`:${port}`]),
  ];
  const parts = [
    ...(namespace === undefined && rest.length === 0 ? [] : [`${namespace ?? "*"}${rest.join("")}`]),
    ...(url === undefined ? [] : [url]),
    ...(selector === undefined ? [] : ["with its selector"]),
  ];
  return parts.length === 0 ? "" : `${word} ${parts.join(" ")}`;
}

/** Whether a pattern says nothing of who calls. */
function fitsEverybody({ namespace, name, selector }: FromPattern): boolean {
  return [namespace, name].every((glob) => glob === undefined || /^\*+$/.test(glob)) && selector === undefined;
}
