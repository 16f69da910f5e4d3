import type { Inventory } from "../mesh/inventory.js";
import { Near } from "./near.js";
import { policiesForWorkload } from "../rules/authorization.js";
import type { AuthorizationPolicy } from "../rules/authorization-policy.js";
import { indexDestinationRules, policyFor, ruleForClient, rulesForHost } from "../rules/destination-rule.js";
import type { ChosenPolicy, DestinationRules, MergedRule } from "../rules/destination-rule.js";
import type { FixedEndpoint, MeshSettings, PodShape, Service, ServicePort } from "../rules/model.js";
import { byAge } from "../rules/objects.js";
import { policiesFor } from "../rules/peer-authentication.js";
import type { AppliedPolicies, PeerAuthentication } from "../rules/peer-authentication.js";
import { selects } from "../rules/selectors.js";
import type { Labels } from "../rules/selectors.js";
import { listenerProtocol } from "../rules/protocol.js";
import { scopeOf, sees, sidecarFor } from "../rules/sidecar-scope.js";
import type { Sidecar, SidecarScope } from "../rules/sidecar-scope.js";
import { isSubsetOf, isWildcard } from "../rules/hosts.js";
import { hostsOf, virtualServicesFor } from "../rules/virtual-service.js";
import type { VirtualService } from "../rules/virtual-service.js";

/** Something that answers behind a Service's port: a pod on its own port, or an address that is written down. */
export type Endpoint =
  /** `written`: where the pod is known by an address that is written down, which then says what it takes. */
  | { readonly kind: "pod"; readonly pod: PodShape; readonly port: number; readonly written?: FixedEndpoint }
  | { readonly kind: "address"; readonly fixed: FixedEndpoint; readonly port: number };

/** A Service's port that leads to a port of a pod. */
export interface Declaration {
  readonly service: Service;
  readonly port: ServicePort;
}

/** Who calls, as far as DestinationRules look at it. */
interface RuleClient {
  readonly namespace: string;
  readonly labels: Labels;
}

/** An inventory with what the rules look up in it again and again; what was looked up once is kept. */
export class MeshView {
  readonly inventory: Inventory;
  readonly settings: MeshSettings;
  readonly #byHost = new Map<string, Service[]>();
  readonly #byName = new Map<string, Service>();
  readonly #byAddress = new Map<string, Service>();
  readonly #podByAddress = new Map<string, PodShape>();
  readonly #pods = new Map<string, PodShape[]>();
  readonly #podsByLabel = new Map<string, PodShape[]>();
  readonly #servicesBySelector = new Map<string, { readonly service: Service; readonly rank: number }[]>();
  readonly #headless = new Map<string, Service[]>();
  readonly #catchingAll = new Map<number, Service[]>();
  readonly #servicesByPort = new Map<number, Service[]>();
  readonly #wildcardHosts: readonly string[];
  readonly #rules: DestinationRules;
  readonly #peerAuthentications: Near<PeerAuthentication>;
  readonly #authorizationPolicies: Near<AuthorizationPolicy>;
  readonly #allSidecars: Near<Sidecar>;
  readonly #endpoints = new Map<ServicePort, readonly Endpoint[]>();
  readonly #applied = new Map<PodShape, AppliedPolicies>();
  readonly #ofNamespace = new Map<string, AppliedPolicies>();
  readonly #authorization = new Map<PodShape, readonly AuthorizationPolicy[]>();
  readonly #sidecars = new Map<PodShape, Sidecar | null>();
  readonly #scopes = new Map<string, SidecarScope>();
  readonly #listeners = new WeakMap<SidecarScope, Map<number, boolean>>();
  readonly #routesByHost = new Map<string, VirtualService[]>();
  readonly #wildcardRoutes: (readonly [host: string, route: VirtualService])[] = [];
  readonly #routesNaming = new Map<string, readonly VirtualService[]>();
  readonly #hostRules = new Map<string, readonly MergedRule[]>();
  readonly #declaring = new Map<PodShape, Map<number, Declaration | null>>();

  constructor(inventory: Inventory) {
    this.inventory = inventory;
    this.settings = inventory.settings;
    const { rootNamespace } = inventory.settings;
    [...inventory.services].sort(oldestFirst).forEach((service, rank) => this.#index(service, rank));
    this.#wildcardHosts = [...this.#byHost.keys()].filter(isWildcard);
    for (const service of inventory.services) {
      for (const port of new Set(service.ports.map((one) => one.port))) this.#indexPort(port, service);
    }
    for (const { pods } of inventory.workloads) for (const pod of pods) this.#indexPod(pod);
    for (const one of inventory.virtualServices) this.#indexRoutes(one);
    this.#rules = indexDestinationRules(inventory.destinationRules, inventory.settings);
    this.#peerAuthentications = new Near(inventory.peerAuthentications, rootNamespace);
    this.#authorizationPolicies = new Near(inventory.authorizationPolicies, rootNamespace);
    this.#allSidecars = new Near(inventory.sidecars, rootNamespace);
  }

  #index(service: Service, rank: number): void {
    push(this.#byHost, service.hostname, service);
    if (service.headless) push(this.#headless, service.namespace, service);
    if (service.selector !== null) {
      push(this.#servicesBySelector, selectorKey(service.namespace, service.selector), { service, rank });
    }
    if (service.kind === "Service") this.#byName.set(`${service.namespace}/${service.name}`, service);
    for (const address of service.addresses) if (!this.#byAddress.has(address)) this.#byAddress.set(address, service);
  }

  #indexPort(port: number, service: Service): void {
    push(this.#servicesByPort, port, service);
    if (takesAllAddresses(service)) push(this.#catchingAll, port, service);
  }

  #indexPod(pod: PodShape): void {
    push(this.#pods, pod.namespace, pod);
    for (const label of Object.entries(pod.labels)) push(this.#podsByLabel, labelKey(pod.namespace, label), pod);
    if (!pod.hostNetwork) for (const address of pod.addresses) this.#podByAddress.set(address, pod);
  }

  #indexRoutes(one: VirtualService): void {
    for (const host of new Set(hostsOf(one, this.settings.domain))) {
      if (isWildcard(host)) this.#wildcardRoutes.push([host, one]);
      else push(this.#routesByHost, host, one);
    }
  }

  /** The Kubernetes Service of a name in a namespace. */
  service(namespace: string, name: string): Service | undefined {
    return this.#byName.get(`${namespace}/${name}`);
  }

  /** The Services and ServiceEntries of a host name: Kubernetes' own before others, then the oldest first. */
  hosts(hostname: string): readonly Service[] {
    const found = this.#byHost.get(hostname) ?? [];
    if (found.length < 2) return found;
    return [...found].sort((a, b) => Number(a.kind !== "Service") - Number(b.kind !== "Service"));
  }

  /** All host names that begin with `*`. */
  wildcardHosts(): readonly string[] {
    return this.#wildcardHosts;
  }

  /** All host names. */
  hostnames(): Iterable<string> {
    return this.#byHost.keys();
  }

  serviceAt(address: string): Service | undefined {
    return this.#byAddress.get(address);
  }

  podAt(address: string): PodShape | undefined {
    return this.#podByAddress.get(address);
  }

  /** What is behind a Service's port; pods that have no port of the name that the Service asks for are not. */
  endpoints(service: Service, port: ServicePort): readonly Endpoint[] {
    let found = this.#endpoints.get(port);
    if (found === undefined) this.#endpoints.set(port, (found = this.#findEndpoints(service, port)));
    return found;
  }

  #findEndpoints(service: Service, port: ServicePort): Endpoint[] {
    const pods = this.podsBehind(service).flatMap((pod): Endpoint[] => {
      const target = targetPortIn(pod, port.targetPort);
      return target === null ? [] : [{ kind: "pod", pod, port: target }];
    });
    const fixed = service.endpoints.flatMap((one) => {
      const target = one.ports.get(port.name) ?? (typeof port.targetPort === "number" ? port.targetPort : port.port);
      return this.#behindAddress(one, target);
    });
    return [...pods, ...fixed];
  }

  /** An address that is written down can be a pod's, a Service's, or a Service's name. */
  #behindAddress(written: FixedEndpoint, port: number): Endpoint[] {
    const pod = this.#podByAddress.get(written.address);
    if (pod !== undefined) return [{ kind: "pod", pod, port, written }];
    const service = this.#byAddress.get(written.address) ?? this.#byHost.get(written.address.toLowerCase())?.[0];
    const own = service?.ports.find((one) => one.port === port);
    if (service === undefined || own === undefined) return [{ kind: "address", fixed: written, port }];
    const behind = this.endpoints(service, own);
    return behind.map((one) => (one.kind === "pod" ? { ...one, written } : one));
  }

  /** The Services of a namespace that have no address of their own, the oldest first. */
  headlessServices(namespace: string): readonly Service[] {
    return this.#headless.get(namespace) ?? [];
  }

  /** The pods that a Service selects, as far as there are any at a time. */
  podsBehind(service: Service): PodShape[] {
    const { selector } = service;
    if (selector === null) return [];
    const [first] = Object.entries(selector);
    const near =
      first === undefined
        ? this.#pods.get(service.namespace)
        : this.#podsByLabel.get(labelKey(service.namespace, first));
    return (near ?? []).filter((pod) => pod.replicas > 0 && selects({ matchLabels: selector }, pod.labels));
  }

  /** The Service that declares a pod's port, which gives the port its protocol: the oldest that leads to it. */
  declaring(pod: PodShape, port: number): Declaration | null {
    const known = this.#declaring.get(pod) ?? new Map<number, Declaration | null>();
    this.#declaring.set(pod, known);
    let found = known.get(port);
    if (found === undefined) known.set(port, (found = this.#findDeclaring(pod, port)));
    return found;
  }

  #findDeclaring(pod: PodShape, port: number): Declaration | null {
    const keys = [labelKey(pod.namespace), ...Object.entries(pod.labels).map((one) => labelKey(pod.namespace, one))];
    const near = keys.flatMap((key) => this.#servicesBySelector.get(key) ?? []).sort((a, b) => a.rank - b.rank);
    for (const { service } of near) {
      if (!selects({ matchLabels: service.selector ?? {} }, pod.labels)) continue;
      const own = service.ports.find((one) => one.protocol !== "udp" && targetPortIn(pod, one.targetPort) === port);
      if (own !== undefined) return { service, port: own };
    }
    return null;
  }

  /** The PeerAuthentications that are for a pod. */
  peerAuthentications(pod: PodShape): AppliedPolicies {
    let applied = this.#applied.get(pod);
    if (applied === undefined) {
      const near = this.#peerAuthentications.of(pod.namespace);
      applied = policiesFor(near, pod, this.settings.rootNamespace);
      this.#applied.set(pod, applied);
    }
    return applied;
  }

  /** Those of the mesh and of a namespace, which is all that clients' clusters go by. */
  namespacePolicies(namespace: string): AppliedPolicies {
    let applied = this.#ofNamespace.get(namespace);
    if (applied === undefined) {
      const near = this.#peerAuthentications.of(namespace);
      const found = policiesFor(near, { namespace, labels: {} }, this.settings.rootNamespace);
      applied = { ...found, workload: undefined };
      this.#ofNamespace.set(namespace, applied);
    }
    return applied;
  }

  authorizationPolicies(pod: PodShape): readonly AuthorizationPolicy[] {
    let applied = this.#authorization.get(pod);
    if (applied === undefined) {
      const near = this.#authorizationPolicies.of(pod.namespace);
      applied = policiesForWorkload(near, pod, this.settings.rootNamespace);
      this.#authorization.set(pod, applied);
    }
    return applied;
  }

  sidecar(pod: PodShape): Sidecar | null {
    let found = this.#sidecars.get(pod);
    if (found === undefined) {
      found = sidecarFor(this.#allSidecars.of(pod.namespace), pod, this.settings.rootNamespace);
      this.#sidecars.set(pod, found);
    }
    return found;
  }

  /** What a pod's proxy knows of the mesh. */
  scope(pod: PodShape): SidecarScope {
    const sidecar = this.sidecar(pod);
    const key = `${pod.namespace} ${sidecar?.namespace ?? ""} ${sidecar?.name ?? ""}`;
    let scope = this.#scopes.get(key);
    if (scope === undefined) this.#scopes.set(key, (scope = scopeOf(sidecar, pod.namespace, this.settings)));
    return scope;
  }

  /** Whether a proxy reads HTTP on a port for hosts that it does not know: where a Service that it knows has it as HTTP. */
  hasHttpListener(client: PodShape, port: number): boolean {
    const scope = this.scope(client);
    const known = this.#listeners.get(scope) ?? new Map<number, boolean>();
    this.#listeners.set(scope, known);
    let found = known.get(port);
    if (found === undefined) known.set(port, (found = this.#findHttpListener(scope, port)));
    return found;
  }

  #findHttpListener(scope: SidecarScope, port: number): boolean {
    return (this.#servicesByPort.get(port) ?? []).some((service) => {
      const own = service.ports.find((one) => one.port === port);
      if (own === undefined || service.externalName !== null) return false;
      const sight = sees(scope, service, port, this.settings);
      if (!("seen" in sight) || !sight.seen) return false;
      const protocol = sight.protocol ?? listenerProtocol(own.protocol);
      return protocol === "http" || (protocol === "auto" && takesAllAddresses(service));
    });
  }

  /** The ServiceEntries that listen on a port of all addresses. */
  catchingAll(port: number): readonly Service[] {
    return this.#catchingAll.get(port) ?? [];
  }

  /** All VirtualServices that name a host, whoever may see them. */
  routesNaming(hostname: string): readonly VirtualService[] {
    let found = this.#routesNaming.get(hostname);
    if (found === undefined) {
      const exact = this.#routesByHost.get(hostname) ?? [];
      const wild = this.#wildcardRoutes.filter(([host]) => isSubsetOf(hostname, host)).map(([, one]) => one);
      found = wild.length === 0 ? exact : inventoryOrder([...new Set([...exact, ...wild])], this.inventory);
      this.#routesNaming.set(hostname, found);
    }
    return found;
  }

  /** The VirtualServices that name a host and that a client's proxy knows. */
  virtualServices(clientNamespace: string, hostname: string): readonly VirtualService[] {
    const naming = this.routesNaming(hostname);
    return naming.length === 0 ? naming : virtualServicesFor(naming, clientNamespace, this.settings);
  }

  /**
   * What DestinationRules say to a client of a Service's port.
   *
   * @returns null where no rule is for it, "no-subset" where it asks for a subset that there is not
   */
  destinationPolicy(
    client: RuleClient,
    service: Service,
    port: number,
    subset: string | null,
  ): ChosenPolicy | "no-subset" | null {
    const rule = this.ruleOf(client, service);
    if (rule === null) return subset === null ? null : "no-subset";
    return policyFor(rule, port, subset) ?? "no-subset";
  }

  /** The labels of a subset, as a client's DestinationRule has them. */
  subsetLabels(client: RuleClient, service: Service, subset: string): Labels {
    const rule = this.ruleOf(client, service);
    return rule?.subsets.get(subset)?.subset.labels ?? {};
  }

  /** The DestinationRules that a client has for a Service, merged into one. */
  ruleOf(client: RuleClient, service: Service): MergedRule | null {
    return ruleForClient(this.#rulesForHost(client.namespace, service), client);
  }

  #rulesForHost(namespace: string, service: Service): readonly MergedRule[] {
    const key = `${namespace} ${service.namespace} ${service.hostname}`;
    let found = this.#hostRules.get(key);
    if (found === undefined) this.#hostRules.set(key, (found = rulesForHost(this.#rules, namespace, service)));
    return found;
  }
}

/**
 * Services of one age come by host name, which a ServiceEntry can share with a Service; Kubernetes' own come first then.
 *
 * Source: istio, pilot/pkg/model/context.go:SetServiceTargets, pilot/pkg/model/push_context.go:sortServicesByCreationTime.
 */
function oldestFirst(a: Service, b: Service): number {
  const hosts = a.hostname < b.hostname ? -1 : a.hostname > b.hostname ? 1 : 0;
  const age = a.object.created === b.object.created ? hosts : a.object.created - b.object.created;
  return age || Number(a.kind !== "Service") - Number(b.kind !== "Service") || byAge(a.object, b.object);
}

/** The port of a pod that a Service's target port stands for; null where the pod has none of the name. */
export function targetPortIn(pod: PodShape, target: number | string): number | null {
  if (typeof target === "number") return target;
  return pod.ports.find(({ name }) => name === target)?.containerPort ?? null;
}

/** A ServiceEntry without addresses listens on all of them. */
export function takesAllAddresses({ kind, addresses }: Service): boolean {
  return kind === "ServiceEntry" && addresses.length === 0;
}

/** A label of a namespace's pods; without one, all pods. */
function labelKey(namespace: string, label: readonly [name: string, value: string] | null = null): string {
  return label === null ? namespace : `${namespace} ${label[0]}=${label[1]}`;
}

/** A selector stands by the first of its labels: a pod that it takes has that one. */
function selectorKey(namespace: string, selector: Labels): string {
  return labelKey(namespace, Object.entries(selector)[0] ?? null);
}

/** Of objects of the same age and name the first one counts, so their order is kept. */
function inventoryOrder(some: readonly VirtualService[], { virtualServices }: Inventory): VirtualService[] {
  const wanted = new Set(some);
  return virtualServices.filter((one) => wanted.has(one));
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [value]);
  else there.push(value);
}
