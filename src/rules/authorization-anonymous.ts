import { compiled } from "./authorization-compile.js";
import type { CompiledPolicy } from "./authorization-compile.js";
import type { AuthorizationSettings } from "./authorization.js";
import type {
  AuthorizationPolicy,
  AuthorizationRule,
  Condition,
  OperationMatch,
  RequestFacts,
  SourceMatch,
} from "./authorization-policy.js";
import { RequestView } from "./authorization-request.js";
import type { Decision } from "./objects.js";

/** Which requests without an identity of the mesh policies let through, whatever else the requests are. */
export interface Anonymous {
  /** `unknown`: an external authorizer decides. */
  readonly admits: "all" | "some" | "none" | "unknown";
  readonly because: readonly Decision[];
}

/** Where requests come in. */
export interface AnonymousDoor {
  readonly chain: RequestFacts["chain"];
  /** The workload's port. */
  readonly port: number;
  /** Of the pod, where it has one that is known. */
  readonly address: string | null;
}

/**
 * What the policies that are for a workload answer to those who show no identity. A rule that asks for an identity takes
 * none of them; one that asks for something else of the request, or for an address, takes some.
 *
 * @param applied the policies that are for the workload; must not change after
 */
export function admitsAnonymous(
  applied: readonly AuthorizationPolicy[],
  door: AnonymousDoor,
  mesh: AuthorizationSettings,
): Anonymous {
  const of = (action: CompiledPolicy["action"]): Hits => hitsOf(applied, action, door, mesh);
  const [custom, deny, allow] = [of("CUSTOM"), of("DENY"), of("ALLOW")];
  if (deny.always.length > 0) return { admits: "none", because: deny.always.slice(0, 1) };
  if (allow.policies.length > 0 && allow.always.length + allow.sometimes.length === 0) {
    return { admits: "none", because: allow.policies.slice(0, MOST_NAMED).map(takesNone) };
  }
  const asked = [...custom.always, ...custom.sometimes];
  if (asked.length > 0) return { admits: "unknown", because: asked };
  const partly = allow.policies.length > 0 && allow.always.length === 0;
  if (deny.sometimes.length > 0 || partly) {
    return { admits: "some", because: [...deny.sometimes, ...(partly ? allow.sometimes : [])] };
  }
  return { admits: "all", because: allow.always.slice(0, 1) };
}

const MOST_NAMED = 5;
const RULE = "authorization";

/** The rules of the policies of one action that take every request without identity, and those that take some. */
interface Hits {
  readonly policies: readonly AuthorizationPolicy[];
  readonly always: readonly Decision[];
  readonly sometimes: readonly Decision[];
}

function hitsOf(
  applied: readonly AuthorizationPolicy[],
  action: CompiledPolicy["action"],
  door: AnonymousDoor,
  mesh: AuthorizationSettings,
): Hits {
  const policies = applied.map((one) => compiled(one, door.chain, mesh));
  const counting = policies.filter((one) => one.action === action && (!one.dryRun || action === "CUSTOM"));
  const always: Decision[] = [];
  const sometimes: Decision[] = [];
  for (const { policy, rules } of counting) {
    for (const { index, decision } of rules) {
      const takes = takesAnonymous(policy, index, door, mesh);
      if (takes === "always") always.push({ ...decision, says: `${action}: rule ${index + 1} asks for no identity` });
      if (takes === "sometimes") {
        const says = `${action}: rule ${index + 1} takes some requests without identity`;
        sometimes.push({ ...decision, says });
      }
    }
  }
  return { policies: counting.map(({ policy }) => policy), always, sometimes };
}

function takesNone(policy: AuthorizationPolicy): Decision {
  return { rule: RULE, says: "ALLOW: no rule takes a request without identity", object: policy, path: ["spec"] };
}

/** A rule as it is at the least and at the most, whatever the request; null where it then takes nothing. */
interface Bounds {
  readonly least: AuthorizationPolicy | null;
  readonly most: AuthorizationPolicy;
}

const BOUNDS = new WeakMap<AuthorizationPolicy, Map<number, Bounds>>();

function takesAnonymous(
  policy: AuthorizationPolicy,
  index: number,
  { chain, port, address }: AnonymousDoor,
  mesh: AuthorizationSettings,
): "always" | "sometimes" | "never" {
  const facts: RequestFacts = {
    chain,
    identity: null,
    sourceAddress: null,
    remoteAddress: null,
    destinationAddress: address,
    destinationPort: port,
    sni: null,
    host: "",
    method: "",
    path: "/",
    headers: {},
  };
  const view = new RequestView(facts, mesh.pathNormalization, false);
  const truth = (one: AuthorizationPolicy): unknown => compiled(one, chain, mesh).rules[0]?.takes(view) ?? false;
  const { least, most } = boundsOf(policy, index, chain);
  const widest = truth(most);
  if (widest === false) return "never";
  return widest === true && least !== null && truth(least) === true ? "always" : "sometimes";
}

/** On a TCP connection there is no request: the fields of HTTP are none there, and the rule is what it is. */
function boundsOf(policy: AuthorizationPolicy, index: number, chain: RequestFacts["chain"]): Bounds {
  const rule = policy.spec.rules?.[index] ?? {};
  if (chain === "tcp") return { least: withRule(policy, rule), most: withRule(policy, rule) };
  const known = BOUNDS.get(policy) ?? new Map<number, Bounds>();
  BOUNDS.set(policy, known);
  let found = known.get(index);
  if (found === undefined) {
    const least = leastOf(rule);
    found = { least: least === null ? null : withRule(policy, least), most: withRule(policy, mostOf(rule)) };
    known.set(index, found);
  }
  return found;
}

function withRule(policy: AuthorizationPolicy, rule: AuthorizationRule): AuthorizationPolicy {
  return { ...policy, spec: { ...policy.spec, rules: [rule] } };
}

/** The rule for requests that have nothing of what it asks of a request: the alternatives that ask for such are left out. */
function leastOf({ from, to, when = [] }: AuthorizationRule): AuthorizationRule | null {
  const sources = (from ?? []).filter((one) => !SOURCE.some((field) => field in (one.source ?? {})));
  const operations = (to ?? []).filter((one) => !OPERATION.some((field) => field in (one.operation ?? {})));
  const lost = sources.length < Math.min(1, from?.length ?? 0) || operations.length < Math.min(1, to?.length ?? 0);
  if (lost || when.some(asksRequest)) return null;
  return { ...(from && { from: sources }), ...(to && { to: operations }), when };
}

/** The rule for requests that have everything that it asks of a request: what it asks of one is left out. */
function mostOf({ from, to, when = [] }: AuthorizationRule): AuthorizationRule {
  return {
    ...(from && { from: from.map(({ source }) => ({ source: without(source ?? {}, SOURCE) })) }),
    ...(to && { to: to.map(({ operation }) => ({ operation: without(operation ?? {}, OPERATION) })) }),
    when: when.filter((one) => !asksRequest(one)),
  };
}

const SOURCE: readonly (keyof SourceMatch)[] = ["requestPrincipals", "notRequestPrincipals"];
const OPERATION: readonly (keyof OperationMatch)[] = [
  "hosts",
  "notHosts",
  "methods",
  "notMethods",
  "paths",
  "notPaths",
];

function asksRequest({ key }: Condition): boolean {
  return key.startsWith("request.") || key === "connection.sni" || key.startsWith("experimental.");
}

function without<Fields extends object>(fields: Fields, names: readonly (keyof Fields)[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name as keyof Fields))) as Fields;
}
