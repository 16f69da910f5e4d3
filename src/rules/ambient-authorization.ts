import type {
  AuthorizationPolicy,
  AuthorizationRule,
  Condition,
  OperationMatch,
  SourceMatch,
} from "./authorization-policy.js";
import type { FieldPath } from "./objects.js";

/**
 * What istiod hands to a ztunnel of the AuthorizationPolicies that apply to a workload, and what a ztunnel makes of it, as
 * policies that hold only what it enforces. They keep kind, namespace, name and place, so that decisions name the policy
 * that the user wrote; a policy that needs no change is the same object.
 *
 * Left out are policies with targetRefs, with the action CUSTOM or AUDIT, with the annotation `istio.io/dry-run`, and with
 * a selector that has no labels at all: ztunnel attaches that to no workload.
 *
 * A source or operation is reduced to its fields of connections, and one of which nothing is left matches nothing: ztunnel
 * passes over an empty match. So a rule of which every source or every operation is empty never takes effect, as does one
 * with a condition on another key than the five of connections (`source.trustDomain` and `source.serviceAccount` are
 * among these others). In ALLOW, a rule with a field of HTTP is dropped whole; the policy then may allow nothing. In DENY,
 * what is left of the rule counts: `methods` beside `ports` denies these ports, while `methods` alone, also beside a
 * source in the same rule, denies nothing (istio/istio issue 61126). `trustDomains` is no field of HTTP and no field of
 * ztunnel either: it is lost in both.
 *
 * Principals are compared as they are written: trust domain aliases, and `cluster.local` as the name of the mesh's own
 * trust domain, mean nothing to a ztunnel.
 *
 * Source: istio, pilot/pkg/serviceregistry/ambient/authorization.go:convertAuthorizationPolicy, handleRule;
 * workloads.go:buildWorkloadPolicies; ztunnel, src/rbac.rs:Authorization.matches.
 *
 * @param applied the policies that apply to the workload by namespace and selector
 */
export function ztunnelPolicies(applied: readonly AuthorizationPolicy[]): readonly AuthorizationPolicy[] {
  return applied.map(converted).filter((one) => one !== undefined);
}

/** Null for a policy that ztunnel never gets. */
const CONVERTED = new WeakMap<AuthorizationPolicy, AuthorizationPolicy | null>();

const L4_KEYS = new Set(["source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port"]);

const L4_SOURCE = [
  "principals",
  "notPrincipals",
  "namespaces",
  "notNamespaces",
  "serviceAccounts",
  "notServiceAccounts",
  "ipBlocks",
  "notIpBlocks",
] as const;
const HTTP_SOURCE = ["remoteIpBlocks", "notRemoteIpBlocks", "requestPrincipals", "notRequestPrincipals"] as const;
const L4_OPERATION = ["ports", "notPorts"] as const;
const HTTP_OPERATION = ["hosts", "notHosts", "methods", "notMethods", "paths", "notPaths"] as const;

function converted(policy: AuthorizationPolicy): AuthorizationPolicy | undefined {
  const before = CONVERTED.get(policy);
  if (before !== undefined) return before ?? undefined;
  const made = isForZtunnel(policy) ? withL4Rules(policy) : null;
  CONVERTED.set(policy, made);
  return made ?? undefined;
}

function isForZtunnel({ spec, annotations }: AuthorizationPolicy): boolean {
  const { action = "ALLOW" } = spec;
  const targeted = (spec.targetRefs?.length ?? 0) > 0 || spec.targetRef !== undefined;
  const attached = spec.selector === undefined || spec.selector.matchLabels !== undefined;
  return (action === "ALLOW" || action === "DENY") && !targeted && attached && !isTrue(annotations["istio.io/dry-run"]);
}

/** What Go's strconv.ParseBool takes for true. */
function isTrue(value: string | undefined): boolean {
  return ["1", "t", "T", "TRUE", "true", "True"].includes(value ?? "");
}

function withL4Rules(policy: AuthorizationPolicy): AuthorizationPolicy {
  const { spec, at } = policy;
  const { rules = [] } = spec;
  const kept = rules.map((rule, index) => ({ index, of: l4Rule(rule ?? {}, spec.action) })).filter(hasRule);
  const same = kept.length === rules.length && kept.every(({ index, of }) => of.rule === (rules[index] ?? of.rule));
  if (same) return policy;
  const file = at.file === undefined ? {} : { file: at.file };
  return {
    ...policy,
    spec: { ...spec, rules: kept.map(({ of }) => of.rule) },
    at: { ...file, lineOf: (path) => at.lineOf(pathBefore(path, kept)) },
  };
}

/** A rule that can take effect, with the places that its sources and operations had before. */
interface L4Rule {
  readonly rule: AuthorizationRule;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

interface KeptRule {
  readonly index: number;
  readonly of: L4Rule;
}

function hasRule(one: { readonly index: number; readonly of: L4Rule | undefined }): one is KeptRule {
  return one.of !== undefined;
}

/** Undefined for a rule that never takes effect. */
function l4Rule(rule: AuthorizationRule, action = "ALLOW"): L4Rule | undefined {
  const { from = [], to = [], when = [] } = rule;
  const sources = clause(
    from.map((one) => one.source ?? {}),
    L4_SOURCE,
    HTTP_SOURCE,
  );
  const operations = clause(
    to.map((one) => one.operation ?? {}),
    L4_OPERATION,
    HTTP_OPERATION,
  );
  if (action === "ALLOW" && (sources.http || operations.http)) return undefined;
  if (sources.never || operations.never || !when.every(isL4)) return undefined;
  return {
    rule: sources.same && operations.same ? rule : made(sources, operations, when),
    from: sources.kept.map(({ index }) => index),
    to: operations.kept.map(({ index }) => index),
  };
}

function isL4({ key, values = [], notValues = [] }: Condition): boolean {
  return L4_KEYS.has(key) && values.length + notValues.length > 0;
}

function made(sources: Clause, operations: Clause, when: readonly Condition[]): AuthorizationRule {
  return {
    ...(sources.kept.length === 0 ? {} : { from: sources.kept.map(({ match }) => ({ source: match })) }),
    ...(operations.kept.length === 0 ? {} : { to: operations.kept.map(({ match }) => ({ operation: match })) }),
    ...(when.length === 0 ? {} : { when }),
  };
}

type Match = SourceMatch & OperationMatch;

/** The sources or the operations of a rule. */
interface Clause {
  /** Those that can match, with the place they had. */
  readonly kept: readonly { readonly index: number; readonly match: Match }[];
  /** Whether one of them asks for something of HTTP. */
  readonly http: boolean;
  /** Whether there are some, but none that can match. */
  readonly never: boolean;
  /** Whether nothing was taken away. */
  readonly same: boolean;
}

function clause(matches: readonly Match[], l4: readonly (keyof Match)[], http: readonly (keyof Match)[]): Clause {
  const only = matches.map((match) => Object.fromEntries(l4.flatMap((field) => entry(match, field))));
  const kept = only.flatMap((match, index) => (Object.keys(match).length === 0 ? [] : [{ index, match }]));
  return {
    kept,
    http: matches.some((match) => http.some((field) => entry(match, field).length > 0)),
    never: matches.length > 0 && kept.length === 0,
    same: only.every((match, index) => {
      const left = Object.keys(match).length;
      return left > 0 && left === Object.keys(matches[index] ?? {}).length;
    }),
  };
}

function entry(match: Match, field: keyof Match): readonly (readonly [string, readonly string[]])[] {
  const values = match[field] ?? [];
  return values.length === 0 ? [] : [[field, values]];
}

/** The path that a field of the converted policy had in the one that the user wrote. */
function pathBefore(path: FieldPath, kept: readonly KeptRule[]): FieldPath {
  const [spec, rules, rule, clause, match, ...rest] = path;
  if (spec !== "spec" || rules !== "rules" || typeof rule !== "number") return path;
  const was = kept[rule];
  if (was === undefined) return path;
  const before = [spec, rules, was.index];
  if (typeof match !== "number" || (clause !== "from" && clause !== "to")) return [...before, ...path.slice(3)];
  return [...before, clause, was.of[clause][match] ?? match, ...rest];
}
