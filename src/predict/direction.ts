import type { Outcome, Predicted, Transport } from "../mesh/call.js";
import { DIRECTIONS } from "../settings/settings.js";
import type { Direction } from "../settings/settings.js";

/** What a change does to one call. */
export interface Turn {
  /** All that can occur, the worst first. Empty where nothing changes, and where `unclear` is "both". */
  readonly directions: readonly Direction[];
  /** Whether one side, or both, cannot be predicted: then the directions are those that cannot be ruled out. */
  readonly unclear: "no" | "one" | "both";
}

const NOTHING: Turn = { directions: [], unclear: "no" };

/** A call that is on one side only. */
export function turnOfOne(direction: "new" | "gone"): Turn {
  return { directions: [direction], unclear: "no" };
}

/**
 * What turns between two predictions of a call. Where several outcomes can occur, so can several directions: a call that
 * always arrived and now may not is broken, as is one that may have arrived and now never does.
 *
 * What cannot be predicted could be anything: beside it, a direction counts unless it can be ruled out. Where neither side
 * can be predicted, nothing is known of a change, except that there is none where both are unknown for the same reasons.
 */
export function turnOf(before: Predicted, after: Predicted): Turn {
  if ("unknown" in before) {
    if (!("unknown" in after)) return { directions: possible(outcomesOf(after), "before"), unclear: "one" };
    return sameReasons(before, after) ? NOTHING : { directions: [], unclear: "both" };
  }
  if ("unknown" in after) return { directions: possible(outcomesOf(before), "after"), unclear: "one" };
  return { directions: directionsOf(outcomesOf(before), outcomesOf(after)), unclear: "no" };
}

function directionsOf(before: readonly Outcome[], after: readonly Outcome[]): Direction[] {
  if (sameOutcomes(before, after)) return [];
  const found = new Set<Direction>();
  const [had, has] = [arrivals(before), arrivals(after)];
  if (has < had) found.add("breaks");
  if (has > had) found.add("opens");
  if (had > 0 && has > 0) {
    const [least, most] = securities(before);
    const [leastNow, mostNow] = securities(after);
    if (leastNow < least || mostNow < most) found.add("to-plaintext");
    if (leastNow > least || mostNow > most) found.add("to-mtls");
  }
  return found.size === 0 ? ["code"] : inOrder(found);
}

/** What a change can be of which one side is known. */
function possible(known: readonly Outcome[], unknown: "before" | "after"): Direction[] {
  const [arrives, [least, most]] = [arrivals(known), securities(known)];
  const found = new Set<Direction>(["code"]);
  const less = unknown === "after";
  if (arrives > 0) found.add(less ? "breaks" : "opens");
  if (arrives < ALWAYS) found.add(less ? "opens" : "breaks");
  if (arrives > 0) {
    if (most > PLAINTEXT) found.add(less ? "to-plaintext" : "to-mtls");
    if (least < MTLS) found.add(less ? "to-mtls" : "to-plaintext");
  }
  return inOrder(found);
}

function inOrder(found: ReadonlySet<Direction>): Direction[] {
  return DIRECTIONS.filter((one) => found.has(one));
}

function outcomesOf(predicted: Exclude<Predicted, { unknown: string }>): readonly Outcome[] {
  return "anyOf" in predicted ? predicted.anyOf : [predicted];
}

const NEVER = 0;
const SOMETIMES = 1;
const ALWAYS = 2;

/** Whether a call arrives. An outcome that does not say may be either. */
function arrivals(outcomes: readonly Outcome[]): typeof NEVER | typeof SOMETIMES | typeof ALWAYS {
  if (outcomes.every(({ arrives }) => arrives === true)) return ALWAYS;
  return outcomes.some(({ arrives }) => arrives !== false) ? SOMETIMES : NEVER;
}

const PLAINTEXT = 0;
const OTHER_TLS = 1;
const MTLS = 2;

/** From the least to the most that protects the calls that arrive: identity and secrecy, secrecy alone, or nothing. */
function securities(outcomes: readonly Outcome[]): [least: number, most: number] {
  const found = outcomes.filter(({ arrives }) => arrives !== false).map(({ transport }) => securityOf(transport));
  return [Math.min(MTLS, ...found), Math.max(PLAINTEXT, ...found)];
}

function securityOf(transport: Transport | null): number {
  if (transport === "mtls" || transport === "hbone") return MTLS;
  return transport === "tls" ? OTHER_TLS : PLAINTEXT;
}

function sameOutcomes(before: readonly Outcome[], after: readonly Outcome[]): boolean {
  const keys = (outcomes: readonly Outcome[]): string => [...new Set(outcomes.map(outcomeKey))].sort().join("|");
  return keys(before) === keys(after);
}

function outcomeKey({ arrives, code, exit, transport, grpc }: Outcome): string {
  return `${arrives} ${code} ${exit} ${transport} ${grpc}`;
}

function sameReasons(
  before: Extract<Predicted, { unknown: string }>,
  after: Extract<Predicted, { unknown: string }>,
): boolean {
  const key = ({ unknown, because }: typeof before): string =>
    JSON.stringify([
      unknown,
      because.map(({ rule, says, kind, namespace, name }) => [rule, says, kind, namespace, name]),
    ]);
  return key(before) === key(after);
}
