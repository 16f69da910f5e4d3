/**
 * The plan: who calls what, and what is expected of it. Types and the matching of calls to rules; reading the file is
 * plan-file.ts. Everything remembers the line it was written on.
 */
import type { Call, Client, Destination, Expected, Transport } from "../mesh/call.js";
import { clientText } from "../mesh/call.js";
import { errorProblem, type FilePlace, type Problem } from "../problems.js";
import type { Scheme } from "./destination-url.js";
import { globMatches } from "./glob.js";
import { matchesSelector, type Selector } from "./selector.js";
import type { Direction } from "./settings.js";

/** A line of the plan file. */
export type PlanPlace = Required<FilePlace>;

/** A client, or all that fit. What is left out fits everything; namespace and workload are globs. */
export interface ClientPattern {
  readonly namespace: string;
  readonly workload?: string;
  /** As Kubernetes spells the kind in lower case: `deployment`, `statefulset`, …; any other controller's kind too. */
  readonly kind?: string;
  readonly selector?: Selector;
  readonly container?: string;
  readonly where: PlanPlace;
}

/** A destination of the plan. One that was given as a service has the URL that such a destination has in a report. */
export interface PlannedDestination {
  /** The plan's text as it stands. */
  readonly url: string;
  readonly scheme: Scheme;
  /** The one that the scheme leaves no choice of, POST with grpc, where the plan names none. GET with tcp and tls, which have no requests. */
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As a client would resolve it; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query, `/` at least; empty with tcp and tls. */
  readonly path: string;
  /** Where the plan names the Service instead of a URL. */
  readonly service?: { readonly namespace: string; readonly name: string };
  readonly where: PlanPlace;
}

/** Which clients a rule is about; a field that is left out fits everything. Globs. */
export interface FromPattern {
  readonly namespace?: string;
  readonly name?: string;
  readonly selector?: Selector;
}

/** Which destinations a rule is about; a field that is left out fits everything. Globs, `port` too. */
export interface ToPattern {
  readonly namespace?: string;
  readonly name?: string;
  readonly port?: string;
  readonly url?: string;
}

/** One line of `expect`. */
export interface ExpectRule {
  readonly from: FromPattern;
  readonly to: ToPattern;
  /** Globs of the phases that the rule is about; all of them have to fit. Empty: every phase. */
  readonly phases: readonly string[];
  readonly code: readonly string[] | null;
  readonly exit: readonly number[] | null;
  readonly transport: Transport | null;
  readonly where: PlanPlace;
}

/** One line of `accept`. The functions on it are in accept.ts. */
export interface AcceptEntry {
  readonly directions: readonly Direction[];
  readonly from: FromPattern;
  readonly to: ToPattern;
  readonly reason: string;
  /** The last day on which it holds, in UTC, as `2026-12-31`. */
  readonly until: string;
  readonly where: PlanPlace;
}

/** A list that is absent was left out of the file, which for clients and destinations means all of the namespaces. */
export interface Plan {
  readonly file: string;
  readonly clients?: readonly ClientPattern[];
  readonly destinations?: readonly PlannedDestination[];
  readonly expect?: readonly ExpectRule[];
  readonly accept?: readonly AcceptEntry[];
}

export type Labels = Readonly<Record<string, string>>;

/** Whether a client of the mesh is one that a line of `clients` names. `labels` are those of its pods. */
export function matchesClient(
  pattern: ClientPattern,
  client: Pick<Client, "namespace" | "workload" | "kind">,
  labels: Labels,
): boolean {
  return (
    globMatches(pattern.namespace, client.namespace) &&
    fits(pattern.workload, client.workload) &&
    (pattern.kind === undefined || pattern.kind === client.kind.toLowerCase()) &&
    (pattern.selector === undefined || matchesSelector(pattern.selector, labels))
  );
}

/** Whether a rule is about this client. `labels` are those of its pods. */
export function matchesFrom(
  rule: Pick<ExpectRule, "from">,
  client: Pick<Client, "namespace" | "workload">,
  labels: Labels,
): boolean {
  const { namespace, name, selector } = rule.from;
  return (
    fits(namespace, client.namespace) &&
    fits(name, client.workload) &&
    (selector === undefined || matchesSelector(selector, labels))
  );
}

/** Whether a rule is about this destination in this phase. A host that is no Service is named by its host, in no namespace. */
export function matchesTo(
  rule: Pick<ExpectRule, "to" | "phases">,
  destination: NamedDestination,
  phase: string,
): boolean {
  return fitsTo(rule.to, destination) && rule.phases.every((glob) => globMatches(glob, phase));
}

/** What patterns go by. */
export type NamedDestination = Pick<Destination, "url" | "host" | "port" | "namespace" | "service">;

/** Whether a pattern fits this destination. */
export function fitsTo({ namespace, name, port, url }: ToPattern, destination: NamedDestination): boolean {
  return (
    fits(namespace, destination.namespace ?? "") &&
    fits(name, destination.service ?? destination.host) &&
    fits(port, String(destination.port)) &&
    fits(url, destination.url)
  );
}

/** The first rule that is about the call; undefined where none is, or the plan has none. */
export function ruleFor(plan: Plan, call: Call, phase: string, labels: Labels = {}): ExpectRule | undefined {
  return plan.expect?.find((rule) => matchesFrom(rule, call.from, labels) && matchesTo(rule, call.to, phase));
}

/**
 * What the plan expects of a call in a phase: the first rule that matches. Null where the plan has no `expect`, or the
 * rule states nothing, so that the prediction decides. `unmatched` where there are rules and none is about the call:
 * an error of the plan. `labels` are those of the client's pods.
 */
export function expectedFor(plan: Plan, call: Call, phase: string, labels: Labels = {}): Expected | null | "unmatched" {
  if (plan.expect === undefined) return null;
  const rule = ruleFor(plan, call, phase, labels);
  if (rule === undefined) return "unmatched";
  if (rule.code === null && rule.exit === null && rule.transport === null) return null;
  return { code: rule.code, exit: rule.exit, transport: rule.transport };
}

function fits(glob: string | undefined, text: string): boolean {
  return glob === undefined || globMatches(glob, text);
}

/** The problem of a plan that has expectations, and none for a call. */
export function unmatchedProblem({ from, to }: Call, phase: string): Problem {
  return errorProblem(
    "unmatched-call",
    `nothing in the plan's expect is about ${clientText(from)} to ${to.url} in phase ${phase}`,
    undefined,
    'add a rule for it, or a last one for all the rest: {from: "*", to: "*", code: 200}',
  );
}
