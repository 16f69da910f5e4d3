import { compiled, type CompiledPolicy, type CompiledRule } from "./authorization-compile.js";
import type { AuthorizationPolicy, RequestFacts } from "./authorization-policy.js";
import { RequestView } from "./authorization-request.js";
import type { Truth } from "./authorization-truth.js";
import type { MeshSettings } from "./model.js";
import { byAge, type Decision } from "./objects.js";
import { selects, type Labels } from "./selectors.js";

/** What the policies answer. `unknown` only where the answer turns on what manifests do not say. */
export type AuthorizationAnswer =
  | { readonly answer: "allow" | "deny"; readonly because: readonly Decision[] }
  | { readonly answer: "unknown"; readonly why: string; readonly because: readonly Decision[] };

/** The settings of the mesh that authorization goes by. */
export type AuthorizationSettings = Pick<
  MeshSettings,
  "trustDomain" | "trustDomainAliases" | "pathNormalization" | "rootNamespace" | "extensionProviders"
>;

/** A server workload. */
export interface AuthorizedWorkload {
  readonly namespace: string;
  readonly labels: Labels;
}

/** A policy that workloads take by their labels, unless it names its targets. */
interface Attachable {
  readonly namespace: string;
  readonly spec: Pick<AuthorizationPolicy["spec"], "selector" | "targetRef" | "targetRefs">;
}

/**
 * The policies that are for a workload with a sidecar: those of the root namespace, then those of its own, each oldest
 * first; of either those without a selector and those whose selector takes the workload's labels. A policy with a target is
 * for gateways and waypoints alone.
 *
 * Source: istio, pilot/pkg/model/authorization.go:ListAuthorizationPolicies,
 * pilot/pkg/model/policyattachment.go:ShouldAttachPolicy.
 */
export function policiesForWorkload(
  policies: readonly AuthorizationPolicy[],
  workload: AuthorizedWorkload,
  rootNamespace: string,
): readonly AuthorizationPolicy[] {
  const rank = (one: AuthorizationPolicy): number => (one.namespace === rootNamespace ? 0 : 1);
  return policies
    .filter((one) => attaches(one, workload, rootNamespace))
    .sort((a, b) => rank(a) - rank(b) || byAge(a, b));
}

/** Whether a policy of the kinds that have selectors and targets is for a workload with a sidecar. */
export function attaches(policy: Attachable, workload: AuthorizedWorkload, rootNamespace: string): boolean {
  const { selector, targetRef, targetRefs } = policy.spec;
  if (policy.namespace !== rootNamespace && policy.namespace !== workload.namespace) return false;
  if ((targetRefs ?? []).length > 0 || (targetRef ?? null) !== null) return false;
  return selects({ matchLabels: selector?.matchLabels ?? {} }, workload.labels);
}

/**
 * What the policies that are for a workload answer to a request: refused where a DENY policy matches or a CUSTOM policy
 * cannot be carried out; else let through where there is no ALLOW policy or one of them matches. AUDIT policies and those in
 * dry run decide nothing. What an external authorizer answers is unknown.
 *
 * Source: istio, pilot/pkg/security/authz/builder/builder.go:build, buildHTTP, buildTCP;
 * pilot/pkg/networking/core/listener_builder.go for the order.
 *
 * @param applied what `policiesForWorkload` gives; must not change after
 */
export function authorize(
  applied: readonly AuthorizationPolicy[],
  request: RequestFacts,
  mesh: AuthorizationSettings,
): AuthorizationAnswer {
  const policies = byAction(applied, request, mesh);
  if (policies === null) return applied.length === 0 ? NO_POLICY : NO_DECIDING_POLICY;
  const sent = new RequestView(request, mesh.pathNormalization, false);
  const custom = askCustom(policies.custom, sent, mesh);
  const view = custom.authorizerAsked ? new RequestView(request, mesh.pathNormalization, true) : sent;
  return conclude(custom.stage, askDeny(policies.deny, view), askAllow(policies.allow, view, policies));
}

const RULE = "authorization";

/** As many ALLOW policies are named where none matches. */
const NAMED = 5;

const NO_POLICY: AuthorizationAnswer = {
  answer: "allow",
  because: [{ rule: RULE, says: "no AuthorizationPolicy applies" }],
};

const NO_DECIDING_POLICY: AuthorizationAnswer = {
  answer: "allow",
  because: [{ rule: RULE, says: "no AuthorizationPolicy that applies decides: they are AUDIT or in dry run" }],
};

interface ByAction {
  readonly custom: CompiledPolicy[];
  readonly deny: CompiledPolicy[];
  readonly allow: CompiledPolicy[];
}

/** Null where there are none that could decide. */
function byAction(
  applied: readonly AuthorizationPolicy[],
  request: RequestFacts,
  mesh: AuthorizationSettings,
): ByAction | null {
  const sorted: ByAction = { custom: [], deny: [], allow: [] };
  for (const policy of applied) {
    const one = compiled(policy, request.chain, mesh);
    if (one.action === "CUSTOM") sorted.custom.push(one);
    else if (one.action === "DENY" && !one.dryRun) sorted.deny.push(one);
    else if (one.action === "ALLOW" && !one.dryRun) sorted.allow.push(one);
  }
  return sorted.custom.length + sorted.deny.length + sorted.allow.length === 0 ? null : sorted;
}

/** What the policies of one action answer; those that let the request through leave it to the next ones. */
type Stage =
  | { readonly verdict: "pass" | "deny"; readonly because: readonly Decision[] }
  | { readonly verdict: "unknown"; readonly why: string; readonly because: readonly Decision[] };

const PASS: Stage = { verdict: "pass", because: [] };

/**
 * A refusal that is sure stands, whatever the other policies do; then what is not known, then what let it through. An
 * external authorizer that may have refused before, in its own words, is named with the refusal.
 */
function conclude(custom: Stage, deny: Stage, allow: Stage): AuthorizationAnswer {
  const denied = [custom, deny, allow].find((stage) => stage.verdict === "deny");
  if (denied !== undefined) {
    const asked = custom.verdict === "unknown" ? custom.because : [];
    return { answer: "deny", because: [...denied.because, ...asked] };
  }
  const unknown = [custom, deny, allow].filter((stage) => stage.verdict === "unknown");
  const [first] = unknown;
  if (first === undefined) return { answer: "allow", because: allow.because };
  return { answer: "unknown", why: first.why, because: unknown.flatMap((stage) => stage.because) };
}

interface Hit {
  readonly rule: CompiledRule;
  readonly truth: Exclude<Truth, false>;
}

/** The first rule that surely takes the request, else the first that may. */
function hitOf({ rules }: CompiledPolicy, view: RequestView): Hit | null {
  let maybe: Hit | null = null;
  for (const rule of rules) {
    const truth = rule.takes(view);
    if (truth === true) return { rule, truth };
    if (truth !== false) maybe ??= { rule, truth };
  }
  return maybe;
}

/**
 * CUSTOM policies ask the external authorizer that they name. Where there is no such, or the workload's policies name
 * several, their rules deny.
 *
 * Source: istio, pilot/pkg/security/authz/builder/builder.go:buildHTTP, buildTCP, extauthz.go:getExtAuthz.
 */
function askCustom(
  policies: readonly CompiledPolicy[],
  view: RequestView,
  mesh: AuthorizationSettings,
): { stage: Stage; authorizerAsked: boolean } {
  if (policies.length === 0) return { stage: PASS, authorizerAsked: false };
  const several = new Set(policies.map((one) => one.provider)).size > 1;
  let unknown: Stage | null = null;
  let authorizerAsked = false;
  for (const policy of policies) {
    const broken = several || !isProvider(policy.provider, mesh.extensionProviders);
    const hit = broken && policy.dryRun ? null : hitOf(policy, view);
    if (hit === null) continue;
    if (broken && hit.truth === true) return { stage: refusedUnasked(policy, hit.rule, several), authorizerAsked };
    authorizerAsked ||= !broken;
    unknown ??= hit.truth === true ? leftToAuthorizer(policy, hit.rule) : undecided("CUSTOM", hit);
  }
  return { stage: unknown ?? PASS, authorizerAsked };
}

/**
 * Whether a name is that of one external authorizer of the mesh, and one that istiod takes.
 *
 * Source: istio, pilot/pkg/security/authz/builder/extauthz.go:processExtensionProvider, validateProviderName.
 */
function isProvider(name: string, providers: readonly string[]): boolean {
  const first = providers.indexOf(name);
  const once = first >= 0 && providers.lastIndexOf(name) === first;
  return once && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
}

function refusedUnasked({ provider }: CompiledPolicy, rule: CompiledRule, several: boolean): Stage {
  const reason = several
    ? "the workload's CUSTOM policies name several providers, which istiod does not take"
    : `the mesh has no usable provider "${provider}"`;
  return {
    verdict: "deny",
    because: [{ ...rule.decision, says: `${rule.decision.says}, and ${reason}, so it denies` }],
  };
}

function leftToAuthorizer({ provider, dryRun }: CompiledPolicy, rule: CompiledRule): Stage {
  // Newer istiods enforce what older ones leave out.
  const why = dryRun
    ? "what a CUSTOM policy in dry run does depends on istiod's version"
    : `the external authorizer "${provider}" decides`;
  return { verdict: "unknown", why, because: [{ ...rule.decision, says: `${rule.decision.says}: ${why}` }] };
}

function undecided(action: string, { rule, truth }: Hit): Stage {
  const why = truth === true ? "" : truth.why;
  const says = `${action}: whether rule ${rule.index + 1} matches is not known: ${why}`;
  return { verdict: "unknown", why, because: [{ ...rule.decision, says }] };
}

function askDeny(policies: readonly CompiledPolicy[], view: RequestView): Stage {
  let maybe: Hit | null = null;
  for (const policy of policies) {
    const hit = hitOf(policy, view);
    if (hit?.truth === true) return { verdict: "deny", because: [hit.rule.decision] };
    maybe ??= hit;
  }
  return maybe === null ? PASS : undecided("DENY", maybe);
}

function askAllow(policies: readonly CompiledPolicy[], view: RequestView, all: ByAction): Stage {
  if (policies.length === 0) return { verdict: "pass", because: [notDenied(all)] };
  let maybe: Hit | null = null;
  for (const policy of policies) {
    const hit = hitOf(policy, view);
    if (hit?.truth === true) return { verdict: "pass", because: [hit.rule.decision] };
    maybe ??= hit;
  }
  return maybe === null ? noneAllows(policies, view) : undecided("ALLOW", maybe);
}

function notDenied({ custom, deny }: ByAction): Decision {
  const actions = [...(custom.length > 0 ? ["CUSTOM"] : []), ...(deny.length > 0 ? ["DENY"] : [])].join(" or ");
  return { rule: RULE, says: `no ${actions} policy matches, and there is no ALLOW policy, so it is allowed` };
}

function noneAllows(policies: readonly CompiledPolicy[], view: RequestView): Stage {
  const named = policies.slice(0, NAMED).map(({ policy, rules }): Decision => {
    const written = policy.spec.rules?.length ?? 0;
    const says = `no ALLOW policy matches, so it is denied${whyNothing(written, rules.length, view)}`;
    return { rule: RULE, says, object: policy, path: ["spec"] };
  });
  const rest = policies.length - named.length;
  const more = rest > 0 ? [{ rule: RULE, says: `${rest} more ALLOW policies do not match either` }] : [];
  return { verdict: "deny", because: [...named, ...more] };
}

/** Why an ALLOW policy allows nothing at all. */
function whyNothing(written: number, counting: number, { facts }: RequestView): string {
  if (written === 0) return ": this one has no rules, so it allows nothing";
  if (counting > 0) return "";
  const reason = facts.chain === "tcp" ? "of HTTP, on a TCP connection" : "that Istio cannot read";
  return `: every rule of this one asks for something ${reason}, so it allows nothing`;
}
