import type { Call, Client, Destination, Expected, Observed, Outcome, Predicted } from "../mesh/call.js";
import type { Cause, ReportCall, Verdict } from "../report/document.js";

/** A call with all that is known of it, before it is judged. */
export interface CallFacts {
  readonly call: Call;
  readonly expected: Expected | null;
  readonly predicted: Predicted | null;
  /** Null when there was no result. */
  readonly observed: Observed | null;
  /** Whether the outcome still changed, or the proxies did not hold the policies, at the deadline. */
  readonly unsettled: boolean;
  /** Whether the companion reached the destination's application, whatever the call itself got. */
  readonly companionArrived: boolean;
}

/** One round of a phase, as facts. */
export interface PhaseFacts {
  readonly control: boolean;
  readonly calls: readonly CallFacts[];
}

/**
 * Judges every call of a run by the verdict table of the design. A refused call counts only where the same client
 * reached something and something reached the same destination, anywhere in the run, control rounds included.
 *
 * @returns the judged calls, phase by phase, in the order of the facts
 */
export function judge(phases: readonly PhaseFacts[]): ReportCall[][] {
  const reached = reach(phases);
  return phases.map((phase) => phase.calls.map((facts) => judged(facts, phase.control, reached)));
}

interface Reach {
  readonly clients: ReadonlySet<string>;
  readonly destinations: ReadonlySet<string>;
}

function reach(phases: readonly PhaseFacts[]): Reach {
  const clients = new Set<string>();
  const destinations = new Set<string>();
  for (const { calls } of phases) {
    for (const { call, observed, companionArrived } of calls) {
      if (observed?.arrives === true || companionArrived) clients.add(clientKey(call.from));
      if (observed?.arrives === true) destinations.add(destinationKey(call.to));
    }
  }
  return { clients, destinations };
}

function clientKey(client: Client): string {
  return JSON.stringify([client.namespace, client.kind, client.workload, client.container]);
}

function destinationKey(destination: Destination): string {
  return JSON.stringify([destination.method, destination.url]);
}

function judged(facts: CallFacts, control: boolean, reached: Reach): ReportCall {
  const [verdict, cause] = verdictOf(facts, control, reached);
  const { from, to } = facts.call;
  const { expected, predicted, observed } = facts;
  return { from, to: withoutHeaders(to), expected, predicted, observed, verdict, cause };
}

/** The rows of the table, read from the top. */
function verdictOf(facts: CallFacts, control: boolean, reached: Reach): [Verdict, Cause | null] {
  const { call, expected, predicted, observed } = facts;
  if (observed === null) return ["error", "probe"];
  if (facts.unsettled) return ["unproven", "not-settled"];
  const refused = observed.arrives !== true;
  if (refused && !(reached.clients.has(clientKey(call.from)) && reached.destinations.has(destinationKey(call.to)))) {
    return ["unproven", "control"];
  }
  const agreement = agrees(predicted, observed);
  if (expected === null) return unexpected(agreement, predicted, control);
  const met = meets(expected, observed);
  if (met === "but-for-transport") return ["unproven", "transport"];
  if (agreement === "contradicts") return ["mismatch", "mesh"];
  if (met === "yes") return ["pass", null];
  return agreement === "agrees" ? ["mismatch", "policy"] : ["mismatch", "unknown"];
}

/** A call of which nothing is expected is judged by its prediction; a control round without one only has to have a result. */
function unexpected(agreement: Agreement, predicted: Predicted | null, control: boolean): [Verdict, Cause | null] {
  if (agreement === "agrees" || (control && predicted === null)) return ["pass", null];
  return agreement === "contradicts" ? ["mismatch", "mesh"] : ["unproven", "unknown"];
}

type Agreement = "agrees" | "contradicts" | "cannot-tell";

function agrees(predicted: Predicted | null, observed: Observed): Agreement {
  if (predicted === null || "unknown" in predicted) return "cannot-tell";
  const outcomes: readonly Outcome[] = "anyOf" in predicted ? predicted.anyOf : [predicted];
  return outcomes.some((outcome) => sameOutcome(outcome, observed)) ? "agrees" : "contradicts";
}

/** Whether an observation is none of those that a known prediction allows. */
export function contradicts(predicted: Predicted | null, observed: Observed): boolean {
  return agrees(predicted, observed) === "contradicts";
}

/**
 * An observed `arrives` of null and an unproven transport do not contradict: nothing showed them. Where a proxy is to answer
 * in the application's place, the code is all there is to compare: nothing shows who answered, and what the companion's
 * echo showed is of another request. An application's own answer can be any code, as long as it is the application's.
 */
function sameOutcome(predicted: Outcome, observed: Observed): boolean {
  const exit = predicted.exit === null || predicted.exit === observed.exit;
  const code = predicted.code === null || predicted.code === observed.code;
  if (isProxysAnswer(predicted)) return code && exit;
  const transport = observed.transport === "unproven" || predicted.transport === observed.transport;
  if (predicted.arrives === true && observed.arrives === true) return exit && transport;
  return sameArrival(predicted, observed) && code && exit && transport;
}

function isProxysAnswer({ arrives, code }: Outcome): boolean {
  return arrives === false && code !== null && code !== "000";
}

function sameArrival(predicted: Outcome, observed: Observed): boolean {
  return observed.arrives === null || predicted.arrives === null || observed.arrives === predicted.arrives;
}

/** Whether an observation is what is expected: all that is stated, all but a transport that nothing showed, or not. */
export function meets(expected: Expected, observed: Outcome): "yes" | "no" | "but-for-transport" {
  const code =
    expected.code === null ||
    (observed.code !== null && expected.code.some((one) => codeMatches(one, observed.code ?? "")));
  const exit = expected.exit === null || (observed.exit !== null && expected.exit.includes(observed.exit));
  if (!code || !exit) return "no";
  if (expected.transport === null || expected.transport === observed.transport) return "yes";
  return observed.transport === "unproven" ? "but-for-transport" : "no";
}

/** "2xx" stands for every code that begins with 2. */
function codeMatches(pattern: string, code: string): boolean {
  return /^\dxx$/iu.test(pattern) ? code.startsWith(pattern.slice(0, 1)) : pattern === code;
}

/** Headers can be secret: they end here and are in no report. */
export function withoutHeaders(to: Call["to"]): Destination {
  const { url, method, host, port, namespace, service } = to;
  return { url, method, host, port, namespace, service };
}
