import { fullHost, isWildcard, mostSpecific } from "./hosts.js";
import type { MeshSettings } from "./model.js";
import { byAge } from "./objects.js";
import type { FieldPath, MeshObject } from "./objects.js";
import type { Labels } from "./selectors.js";
import { selects } from "./selectors.js";

/** A DestinationRule of the API, as far as it decides the transport. */
export interface DestinationRuleSpec {
  readonly host?: string;
  readonly trafficPolicy?: TrafficPolicy;
  readonly subsets?: readonly Subset[];
  readonly exportTo?: readonly string[];
  readonly workloadSelector?: { readonly matchLabels?: Labels };
}

export interface Subset {
  readonly name: string;
  readonly labels?: Labels;
  readonly trafficPolicy?: TrafficPolicy;
}

export interface TrafficPolicy extends PortPolicy {
  readonly portLevelSettings?: readonly (PortPolicy & { readonly port?: { readonly number?: number } })[];
}

export interface PortPolicy {
  readonly tls?: ClientTls;
  readonly loadBalancer?: { readonly simple?: string };
}

export interface ClientTls {
  readonly mode?: string;
  readonly credentialName?: string;
  readonly subjectAltNames?: readonly string[];
  readonly insecureSkipVerify?: boolean;
}

export type DestinationRule = MeshObject<DestinationRuleSpec>;

/** Rules of one host that Istio has merged into one. */
export interface MergedRule {
  /** The first of them, which gives the merged one its namespace and selector. */
  readonly first: DestinationRule;
  readonly exportTo: ReadonlySet<string>;
  /** The policy with the rule that it is of: the oldest one's that has any. */
  policy: { readonly policy: TrafficPolicy; readonly of: DestinationRule } | null;
  /** By name; the first of a name counts. */
  readonly subsets: Map<string, { readonly subset: Subset; readonly of: DestinationRule; readonly index: number }>;
}

type ByHost = Map<string, MergedRule[]>;

/** The DestinationRules of a mesh, ready to be looked up. */
export interface DestinationRules {
  readonly rootNamespace: string;
  /** What clients of a namespace find in their own. */
  readonly local: ReadonlyMap<string, ByHost>;
  /** What others find in a namespace. */
  readonly exported: ReadonlyMap<string, ByHost>;
  /** What clients in the root namespace find first. */
  readonly rootLocal: ByHost;
}

/**
 * Merges the rules of each host in each namespace: the oldest one's policy counts whole, subsets of new names are added.
 *
 * Source: istio, pilot/pkg/model/push_context.go:setDestinationRules, pilot/pkg/model/destination_rule.go:mergeDestinationRule.
 */
export function indexDestinationRules(
  rules: readonly DestinationRule[],
  mesh: Pick<MeshSettings, "rootNamespace" | "domain" | "defaultDestinationRuleExportTo">,
): DestinationRules {
  const local = new Map<string, ByHost>();
  const exported = new Map<string, ByHost>();
  const rootLocal: ByHost = new Map();
  const privateByDefault = mesh.defaultDestinationRuleExportTo?.includes(".") ?? false;
  for (const rule of [...rules].sort(selectorsFirst)) {
    const { namespace, spec } = rule;
    const host = fullHost(spec.host ?? "", namespace, mesh.domain);
    const exportTo = new Set(spec.workloadSelector === undefined ? spec.exportTo : ["."]);
    if (isForOwn(exportTo, namespace)) merge(hostsIn(local, namespace), host, rule, exportTo);
    if (!isPrivate(exportTo, namespace, privateByDefault)) merge(hostsIn(exported, namespace), host, rule, exportTo);
    else if (namespace === mesh.rootNamespace) merge(rootLocal, host, rule, exportTo);
  }
  return { rootNamespace: mesh.rootNamespace, local, exported, rootLocal };
}

function isForOwn(exportTo: ReadonlySet<string>, namespace: string): boolean {
  return exportTo.size === 0 || exportTo.has("*") || exportTo.has(".") || exportTo.has(namespace);
}

function isPrivate(exportTo: ReadonlySet<string>, namespace: string, byDefault: boolean): boolean {
  return exportTo.size === 0 ? byDefault : exportTo.size === 1 && (exportTo.has(".") || exportTo.has(namespace));
}

/** Source: istio, pilot/pkg/model/push_context.go:sortConfigBySelectorAndCreationTime. */
function selectorsFirst(a: DestinationRule, b: DestinationRule): number {
  const selected = (one: DestinationRule): number => (one.spec.workloadSelector === undefined ? 1 : 0);
  return selected(a) - selected(b) || byAge(a, b);
}

function hostsIn(map: Map<string, ByHost>, namespace: string): ByHost {
  const found = map.get(namespace) ?? new Map<string, MergedRule[]>();
  map.set(namespace, found);
  return found;
}

function merge(hosts: ByHost, host: string, rule: DestinationRule, exportTo: ReadonlySet<string>): void {
  const there = hosts.get(host) ?? [];
  hosts.set(host, there);
  let apart = true;
  for (const one of there) {
    const relation = exportRelation(one.exportTo, exportTo);
    apart = relation !== "equal";
    if (relation === "other") continue;
    const [theirs, ours] = [one.first.spec.workloadSelector, rule.spec.workloadSelector];
    const bothSelect = theirs !== undefined && ours !== undefined;
    if (bothSelect && !sameLabels(theirs.matchLabels, ours.matchLabels)) {
      apart = true;
      continue;
    }
    // A rule without selector that is as private as one with a selector goes into that one, and is nowhere by itself.
    if (bothSelect || theirs === ours) apart = false;
    mergeInto(one, rule);
  }
  if (!apart) return;
  const merged: MergedRule = { first: rule, exportTo, policy: null, subsets: new Map() };
  mergeInto(merged, rule);
  there.push(merged);
}

/** Rules that are exported to others than the one that is there stay apart, but where they are exported to more. */
function exportRelation(theirs: ReadonlySet<string>, ours: ReadonlySet<string>): "equal" | "more" | "other" {
  const covers = [...theirs].every((one) => ours.has(one));
  if (covers && theirs.size === ours.size) return "equal";
  return covers && theirs.size > 0 ? "more" : "other";
}

function sameLabels(a: Labels = {}, b: Labels = {}): boolean {
  return selects({ matchLabels: a }, b) && selects({ matchLabels: b }, a);
}

function mergeInto(merged: MergedRule, rule: DestinationRule): void {
  (rule.spec.subsets ?? []).forEach((subset, index) => {
    if (!merged.subsets.has(subset.name)) merged.subsets.set(subset.name, { subset, of: rule, index });
  });
  if (rule.spec.trafficPolicy !== undefined) merged.policy ??= { policy: rule.spec.trafficPolicy, of: rule };
}

/** Who calls: DestinationRules are chosen by the client's namespace, and by its labels. */
export interface RuleClient {
  readonly namespace: string;
  readonly labels: Labels;
}

/**
 * The rules that a client's proxy has for a host: of its own namespace if any there is for the host, else of the Service's
 * namespace, else of the root namespace, as far as they are exported to it.
 *
 * Source: istio, pilot/pkg/model/push_context.go:destinationRule, getExportedDestinationRuleFromNamespace.
 */
export function rulesForHost(
  rules: DestinationRules,
  clientNamespace: string,
  service: { readonly hostname: string; readonly namespace: string },
): readonly MergedRule[] {
  const { rootNamespace } = rules;
  const own = clientNamespace === rootNamespace ? rules.rootLocal : rules.local.get(clientNamespace);
  const inOwn = find(own, service.hostname);
  if (inOwn !== undefined) return inOwn;
  for (const namespace of [service.namespace, rootNamespace]) {
    // The most specific host is chosen first, and what is exported of its rules after that.
    const found = (find(rules.exported.get(namespace), service.hostname) ?? []).filter(
      ({ exportTo }) => exportTo.size === 0 || exportTo.has("*") || exportTo.has(clientNamespace),
    );
    if (found.length > 0) return found;
  }
  return [];
}

function find(hosts: ByHost | undefined, hostname: string): readonly MergedRule[] | undefined {
  if (hosts === undefined) return undefined;
  const exact = hosts.get(hostname);
  if (exact !== undefined) return exact;
  const best = mostSpecific(hostname, wildcardsOf(hosts));
  return best === undefined ? undefined : hosts.get(best);
}

const WILDCARDS = new WeakMap<ByHost, readonly string[]>();

/** The keys that begin with `*`: few, where the hosts can be many. */
function wildcardsOf(hosts: ByHost): readonly string[] {
  let found = WILDCARDS.get(hosts);
  if (found === undefined) WILDCARDS.set(hosts, (found = [...hosts.keys()].filter(isWildcard)));
  return found;
}

/**
 * The one rule of those that is for a client: the first in its own namespace whose workloadSelector takes it, else the
 * last one without a selector.
 *
 * Source: istio, pilot/pkg/model/sidecar.go:SidecarScope.DestinationRule.
 */
export function ruleForClient(rules: readonly MergedRule[], client: RuleClient): MergedRule | null {
  let general: MergedRule | null = null;
  for (const one of rules) {
    const selector = one.first.spec.workloadSelector;
    if (selector === undefined) general = one;
    else if (one.first.namespace === client.namespace && selects(selector, client.labels)) return one;
  }
  return general;
}

/** A `tls` with where it stands. */
export interface PlacedTls {
  readonly tls: ClientTls;
  readonly of: DestinationRule;
  readonly path: FieldPath;
}

/** What a rule says for one port of a host, and one subset of it. */
export interface ChosenPolicy {
  /** Null where the chosen policy has none: the transport is then found out by itself. */
  readonly tls: PlacedTls | null;
  /** The mode that endpoints are told by, which falls back to the whole rule's where a port's entry has none. */
  readonly endpointTls: PlacedTls | null;
  readonly passthrough: boolean;
  /** Where the policy stands, for a person; the rule itself where it has none. */
  readonly of: DestinationRule;
  readonly path: FieldPath;
  readonly hasSelector: boolean;
}

interface PlacedPolicy {
  readonly policy: TrafficPolicy;
  readonly of: DestinationRule;
  readonly path: FieldPath;
}

/**
 * The policy for a Service port: the port's own entry replaces the whole policy, and a subset's is laid over it field by
 * field, a subset's entry for the port all of it.
 *
 * Source: istio, pilot/pkg/networking/util/util.go:MergeSubsetTrafficPolicy, GetPortLevelTrafficPolicy;
 * pilot/pkg/xds/endpoints/mtls_checker.go:tlsModeForDestinationRule.
 *
 * @returns undefined where there is no such subset
 */
export function policyFor(rule: MergedRule, port: number, subset: string | null): ChosenPolicy | undefined {
  const whole: PlacedPolicy | null =
    rule.policy === null ? null : { policy: rule.policy.policy, of: rule.policy.of, path: ["spec", "trafficPolicy"] };
  const found = subset === null ? undefined : rule.subsets.get(subset);
  if (subset !== null && found === undefined) return undefined;
  const ofSubset = found === undefined ? null : subsetPolicy(found);
  const { policy, telling } = overlaid(atPort(whole, port), atPort(ofSubset, port));
  return {
    tls: policy.tls,
    endpointTls: endpointTls(ofSubset, port) ?? endpointTls(whole, port),
    passthrough: policy.balancer === "PASSTHROUGH",
    of: telling?.of ?? rule.first,
    path: telling?.path ?? ["spec"],
    hasSelector: rule.first.spec.workloadSelector !== undefined,
  };
}

type FoundSubset = MergedRule["subsets"] extends Map<string, infer Found> ? Found : never;

function subsetPolicy({ subset, of, index }: FoundSubset): PlacedPolicy | null {
  if (subset.trafficPolicy === undefined) return null;
  return { policy: subset.trafficPolicy, of, path: ["spec", "subsets", index, "trafficPolicy"] };
}

/** A subset's policy over the whole one's: field by field, or all of it where it is an entry for the port. */
function overlaid(
  base: AtPort | null,
  over: AtPort | null,
): { policy: { tls: PlacedTls | null; balancer: string | undefined }; telling: PlacedPolicy | null } {
  const under = over?.port === true ? null : base;
  const balancer = over?.policy.loadBalancer ?? under?.policy.loadBalancer;
  return { policy: { tls: tlsOf(over) ?? tlsOf(under), balancer: balancer?.simple }, telling: over ?? base };
}

interface AtPort extends PlacedPolicy {
  readonly port: boolean;
}

function atPort(placed: PlacedPolicy | null, port: number): AtPort | null {
  if (placed === null) return null;
  const { of, path, policy } = placed;
  const index = (policy.portLevelSettings ?? []).findIndex((one) => one.port?.number === port);
  const own = policy.portLevelSettings?.[index];
  if (own === undefined) return { ...placed, port: false };
  return { policy: own, of, path: [...path, "portLevelSettings", index], port: true };
}

function tlsOf(placed: PlacedPolicy | null): PlacedTls | null {
  const tls = placed?.policy.tls;
  return placed === null || tls === undefined ? null : { tls, of: placed.of, path: [...placed.path, "tls"] };
}

function endpointTls(placed: PlacedPolicy | null, port: number): PlacedTls | null {
  return tlsOf(atPort(placed, port)) ?? tlsOf(placed);
}
