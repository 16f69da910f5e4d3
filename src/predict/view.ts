import type { Inventory } from "../mesh/inventory.js";
import { policiesForWorkload } from "../rules/authorization.js";
import type { AuthorizationPolicy } from "../rules/authorization-policy.js";
import { indexDestinationRules, policyFor, ruleForClient, rulesForHost } from "../rules/destination-rule.js";
import type { ChosenPolicy, DestinationRules, MergedRule } from "../rules/destination-rule.js";
import type { FixedEndpoint, MeshSettings, PodShape, Service, ServicePort } from "../rules/model.js";
import { byAge } from "../rules/objects.js";
import { policiesFor } from "../rules/peer-authentication.js";
import type { AppliedPolicies } from "../rules/peer-authentication.js";
import { selects } from "../rules/selectors.js";
import type { Labels } from "../rules/selectors.js";
import { scopeOf, sidecarFor } from "../rules/sidecar-scope.js";
import type { Sidecar, SidecarScope } from "../rules/sidecar-scope.js";
import { virtualServicesFor } from "../rules/virtual-service.js";
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
  readonly #servicesOf = new Map<string, Service[]>();
  readonly #rules: DestinationRules;
  readonly #endpoints = new Map<ServicePort, readonly Endpoint[]>();
  readonly #applied = new Map<PodShape, AppliedPolicies>();
  readonly #ofNamespace = new Map<string, AppliedPolicies>();
  readonly #authorization = new Map<PodShape, readonly AuthorizationPolicy[]>();
  readonly #sidecars = new Map<PodShape, Sidecar | null>();
  readonly #scopes = new Map<string, SidecarScope>();
  readonly #routes = new Map<string, readonly VirtualService[]>();
  readonly #hostRules = new Map<string, readonly MergedRule[]>();
  readonly #declaring = new Map<PodShape, Map<number, Declaration | null>>();

  constructor(inventory: Inventory) {
    this.inventory = inventory;
    this.settings = inventory.settings;
    for (const service of [...inventory.services].sort((a, b) => byAge(a.object, b.object))) this.#index(service);
    for (const { pods } of inventory.workloads) for (const pod of pods) this.#indexPod(pod);
    this.#rules = indexDestinationRules(inventory.destinationRules, inventory.settings);
  }

  #index(service: Service): void {
    push(this.#byHost, service.hostname, service);
    push(this.#servicesOf, service.namespace, service);
    if (service.kind === "Service") this.#byName.set(`${service.namespace}/${service.name}`, service);
    for (const address of service.addresses) if (!this.#byAddress.has(address)) this.#byAddress.set(address, service);
  }

  #indexPod(pod: PodShape): void {
    push(this.#pods, pod.namespace, pod);
    if (!pod.hostNetwork) for (const address of pod.addresses) this.#podByAddress.set(address, pod);
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
  wildcardHosts(): string[] {
    return [...this.#byHost.keys()].filter((host) => host.startsWith("*"));
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
    return (this.#servicesOf.get(namespace) ?? []).filter(({ headless }) => headless);
  }

  /** The pods that a Service selects, as far as there are any at a time. */
  podsBehind(service: Service): PodShape[] {
    const { selector } = service;
    if (selector === null) return [];
    return (this.#pods.get(service.namespace) ?? []).filter(
      (pod) => pod.replicas > 0 && selects({ matchLabels: selector }, pod.labels),
    );
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
    for (const service of this.#servicesOf.get(pod.namespace) ?? []) {
      if (service.selector === null || !selects({ matchLabels: service.selector }, pod.labels)) continue;
      const own = service.ports.find((one) => one.protocol !== "udp" && targetPortIn(pod, one.targetPort) === port);
      if (own !== undefined) return { service, port: own };
    }
    return null;
  }

  /** The PeerAuthentications that are for a pod. */
  peerAuthentications(pod: PodShape): AppliedPolicies {
    let applied = this.#applied.get(pod);
    if (applied === undefined) {
      applied = policiesFor(this.inventory.peerAuthentications, pod, this.settings.rootNamespace);
      this.#applied.set(pod, applied);
    }
    return applied;
  }

  /** Those of the mesh and of a namespace, which is all that clients' clusters go by. */
  namespacePolicies(namespace: string): AppliedPolicies {
    let applied = this.#ofNamespace.get(namespace);
    if (applied === undefined) {
      const { peerAuthentications } = this.inventory;
      const found = policiesFor(peerAuthentications, { namespace, labels: {} }, this.settings.rootNamespace);
      applied = { ...found, workload: undefined };
      this.#ofNamespace.set(namespace, applied);
    }
    return applied;
  }

  authorizationPolicies(pod: PodShape): readonly AuthorizationPolicy[] {
    let applied = this.#authorization.get(pod);
    if (applied === undefined) {
      applied = policiesForWorkload(this.inventory.authorizationPolicies, pod, this.settings.rootNamespace);
      this.#authorization.set(pod, applied);
    }
    return applied;
  }

  sidecar(pod: PodShape): Sidecar | null {
    let found = this.#sidecars.get(pod);
    if (found === undefined) {
      found = sidecarFor(this.inventory.sidecars, pod, this.settings.rootNamespace);
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

  virtualServices(clientNamespace: string): readonly VirtualService[] {
    let found = this.#routes.get(clientNamespace);
    if (found === undefined) {
      found = virtualServicesFor(this.inventory.virtualServices, clientNamespace, this.settings);
      this.#routes.set(clientNamespace, found);
    }
    return found;
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
    const rule = ruleForClient(this.#rulesForHost(client.namespace, service), client);
    if (rule === null) return subset === null ? null : "no-subset";
    return policyFor(rule, port, subset) ?? "no-subset";
  }

  /** The labels of a subset, as a client's DestinationRule has them. */
  subsetLabels(client: RuleClient, service: Service, subset: string): Labels {
    const rule = ruleForClient(this.#rulesForHost(client.namespace, service), client);
    return rule?.subsets.get(subset)?.subset.labels ?? {};
  }

  #rulesForHost(namespace: string, service: Service): readonly MergedRule[] {
    const key = `${namespace} ${service.namespace} ${service.hostname}`;
    let found = this.#hostRules.get(key);
    if (found === undefined) this.#hostRules.set(key, (found = rulesForHost(this.#rules, namespace, service)));
    return found;
  }
}

/** The port of a pod that a Service's target port stands for; null where the pod has none of the name. */
export function targetPortIn(pod: PodShape, target: number | string): number | null {
  if (typeof target === "number") return target;
  return pod.ports.find(({ name }) => name === target)?.containerPort ?? null;
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [value]);
  else there.push(value);
}
