import {
  conditionAttribute,
  OPERATION_FIELDS,
  SOURCE_FIELDS,
  type AttributeContext,
  type RuleField,
} from "./authorization-attributes.js";
import { constraintsOf, dropsRule, type Constraints } from "./authorization-chain.js";
import type { AuthorizationPolicy, AuthorizationRule, Condition, RequestFacts } from "./authorization-policy.js";
import type { RequestView } from "./authorization-request.js";
import { every, some, type Test } from "./authorization-truth.js";
import type { Decision } from "./objects.js";

/** Policies made ready: read once for each kind of filter chain, then asked for many requests. */

type Chain = RequestFacts["chain"];

/** What policies are compiled for, beside the chain. */
export interface TrustSettings {
  readonly trustDomain: string;
  readonly trustDomainAliases: readonly string[];
}

export interface CompiledRule {
  /** Whether it takes a request. */
  readonly takes: Test<RequestView>;
  /** Its place in `spec.rules`. */
  readonly index: number;
  /** What to say where it takes one. */
  readonly decision: Decision;
}

export interface CompiledPolicy {
  readonly policy: AuthorizationPolicy;
  /** AUDIT, and what is no action, is `none`: it never decides. */
  readonly action: "ALLOW" | "DENY" | "CUSTOM" | "none";
  readonly dryRun: boolean;
  /** Of CUSTOM; empty where it names none. */
  readonly provider: string;
  /** Those that count on the chain. */
  readonly rules: readonly CompiledRule[];
}

interface CacheEntry {
  readonly trust: TrustSettings;
  readonly http: CompiledPolicy;
  readonly tcp: CompiledPolicy;
}

const RULE = "authorization";
const cache = new WeakMap<AuthorizationPolicy, CacheEntry>();

/** The policy made ready for a chain. It is made once for an object; what is in the object must not change after. */
export function compiled(policy: AuthorizationPolicy, chain: Chain, trust: TrustSettings): CompiledPolicy {
  let entry = cache.get(policy);
  if (entry === undefined || !sameTrust(entry.trust, trust)) {
    entry = { trust, http: compile(policy, "http", trust), tcp: compile(policy, "tcp", trust) };
    cache.set(policy, entry);
  }
  return entry[chain];
}

function sameTrust(a: TrustSettings, b: TrustSettings): boolean {
  if (a === b) return true;
  if (a.trustDomain !== b.trustDomain) return false;
  const [these, those] = [a.trustDomainAliases, b.trustDomainAliases];
  return these === those || (these.length === those.length && these.every((one, at) => one === those[at]));
}

function compile(policy: AuthorizationPolicy, chain: Chain, trust: TrustSettings): CompiledPolicy {
  const action = actionOf(policy.spec.action);
  const context = {
    policyNamespace: policy.namespace,
    trustDomains: [trust.trustDomain, ...trust.trustDomainAliases],
  };
  const rules = (policy.spec.rules ?? []).flatMap((rule, index): CompiledRule[] => {
    const read = readRule(rule ?? {}, chain, context);
    if (read === null || (read.lost && dropsRule(action))) return [];
    return [{ index, takes: every(read.tests), decision: matched(policy, action, index, read.lost, chain) }];
  });
  return { policy, action, dryRun: isDryRun(policy), provider: policy.spec.provider?.name ?? "", rules };
}

/** ALLOW where none is written. */
function actionOf(action: string | undefined): CompiledPolicy["action"] {
  const written = action ?? "ALLOW";
  return written === "ALLOW" || written === "DENY" || written === "CUSTOM" ? written : "none";
}

/**
 * Whether the annotation says that the policy only is to be tried: what Go takes for true.
 *
 * Source: istio, pilot/pkg/security/authz/builder/builder.go:isDryRun.
 */
function isDryRun(policy: AuthorizationPolicy): boolean {
  return ["1", "t", "T", "TRUE", "true", "True"].includes(policy.annotations["istio.io/dry-run"] ?? "");
}

/**
 * What a rule asks for: one of `from`, one of `to`, and all of `when`. Null where Istio leaves it out whole, for a key that
 * there is not.
 */
function readRule(rule: AuthorizationRule, chain: Chain, context: AttributeContext): Constraints | null {
  const when: Constraints[] = [];
  for (const condition of rule.when ?? []) {
    const read = readCondition(condition, chain, context);
    if (read === null) return null;
    when.push(read);
  }
  const from = (rule.from ?? []).map((one) => readFields(SOURCE_FIELDS, one.source ?? {}, chain, context));
  const to = (rule.to ?? []).map((one) => readFields(OPERATION_FIELDS, one.operation ?? {}, chain, context));
  return {
    tests: [...alternatives(to), ...alternatives(from), ...when.flatMap((one) => one.tests)],
    lost: [...from, ...to, ...when].some((one) => one.lost),
  };
}

/** One of several, each of which may ask for several things. */
function alternatives(several: readonly Constraints[]): Test<RequestView>[] {
  const asksNothing = several.length === 0 || several.some((one) => one.tests.length === 0);
  return asksNothing ? [] : [some(several.map((one) => every(one.tests)))];
}

function readCondition(condition: Condition, chain: Chain, context: AttributeContext): Constraints | null {
  const attribute = conditionAttribute(condition.key);
  if (attribute === null) return null;
  return constraintsOf(attribute(context), condition.values ?? [], condition.notValues ?? [], chain);
}

function readFields<Fields extends Partial<Record<keyof Fields, readonly string[]>>>(
  fields: readonly RuleField<Fields>[],
  written: Fields,
  chain: Chain,
  context: AttributeContext,
): Constraints {
  const read = fields.flatMap(({ values, notValues, attribute }) => {
    const [wanted, unwanted] = [written[values] ?? [], written[notValues] ?? []];
    if (wanted.length === 0 && unwanted.length === 0) return [];
    return [constraintsOf(attribute(context), wanted, unwanted, chain)];
  });
  return { tests: read.flatMap((one) => one.tests), lost: read.some((one) => one.lost) };
}

function matched(policy: AuthorizationPolicy, action: string, index: number, lost: boolean, chain: Chain): Decision {
  const without =
    chain === "tcp" ? "on a TCP connection its HTTP fields do not count" : "what cannot be read of it does not count";
  return {
    rule: RULE,
    says: `${action}: rule ${index + 1} matches${lost ? `: ${without}` : ""}`,
    object: policy,
    path: ["spec", "rules", index],
  };
}
