import type { DestinationRequest } from "../mesh/call.js";
import { ambientPlaintext } from "../rules/ambient-peer-authentication.js";
import { inboundCaptured } from "../rules/capture.js";
import { fullHost, isSubsetOf, isWildcard } from "../rules/hosts.js";
import type { PodShape, Service, ServicePort } from "../rules/model.js";
import { decideMode, namespaceMode } from "../rules/peer-authentication.js";
import { imports } from "../rules/sidecar-scope.js";
import { hostsOf } from "../rules/virtual-service.js";
import type { Distinctions } from "./distinctions.js";
import type { Obstacles } from "./obstacles.js";
import { inboundPort, takesTls } from "./server.js";
import type { Endpoint, MeshView } from "./view.js";

/**
 * Makes texts that are the same for destinations between which no rule can tell a difference, whoever calls. They may tell
 * apart destinations that are the same, and never the other way round.
 */
export class DestinationKeys {
  readonly #view: MeshView;
  readonly #obstacles: Obstacles;
  readonly #distinctions: Distinctions;
  readonly #rulesByHost: HostIndex;
  readonly #routesByHost: HostIndex;
  /** The egress hosts of all Sidecars, each once. */
  readonly #egress: readonly string[];
  readonly #lists = new Map<string, number>();
  readonly #endpoints = new Map<PodShape, Map<number, string>>();
  /** Whether a policy of a list looks at hosts, by the list's number. */
  readonly #looksAtHosts = new Map<number, boolean>();
  readonly #special: boolean;
  readonly #subsets: boolean;
  readonly #names: boolean;

  constructor(view: MeshView, obstacles: Obstacles, distinctions: Distinctions) {
    const { inventory, settings } = view;
    this.#view = view;
    this.#obstacles = obstacles;
    this.#distinctions = distinctions;
    this.#rulesByHost = new HostIndex(
      inventory.destinationRules.map((rule) => ({
        object: rule,
        hosts: [fullHost(rule.spec.host ?? "", rule.namespace, settings.domain)],
      })),
    );
    this.#routesByHost = new HostIndex(
      inventory.virtualServices.map((one) => ({ object: one, hosts: hostsOf(one, settings.domain) })),
    );
    const hosts = inventory.sidecars.flatMap(({ spec }) => (spec.egress ?? []).flatMap((one) => one.hosts ?? []));
    this.#egress = [...new Set(hosts)];
    // What takes the place of Services, or goes to addresses, is not taken apart here: each Service is then its own.
    this.#special = inventory.services.some(({ kind }) => kind === "ServiceEntry") || inventory.gateways.length > 0;
    this.#subsets = inventory.destinationRules.some(({ spec }) => (spec.subsets ?? []).length > 0);
    this.#names = inventory.virtualServices.length > 0 || inventory.destinationRules.some(insistsOnNames);
  }

  keyOf(to: DestinationRequest): string {
    const service = this.#view.service(to.namespace ?? "", to.service ?? "");
    const own = service?.ports.find((one) => one.port === to.port && one.protocol !== "udp");
    if (
      service === undefined ||
      own === undefined ||
      this.#special ||
      service.headless ||
      service.externalName !== null
    ) {
      return `alone ${to.url}`;
    }
    return JSON.stringify([this.#serviceKey(service, own), this.#behind(service, own, to)]);
  }

  #serviceKey(service: Service, own: ServicePort): unknown[] {
    const { exportTo, namespace, hostname } = service;
    const routes = this.#routesByHost.matching(hostname).map((one) => this.#distinctions.idOf(one));
    const rules = this.#rulesByHost.matching(hostname);
    return [
      own.port,
      own.protocol,
      service.endpoints.length,
      exportTo,
      // These make the Service's own namespace differ from others.
      exportTo?.includes(".") === true || this.#relativeEgress() || this.#view.inventory.unreadable.length > 0
        ? namespace
        : "",
      this.#distinctions.addressesMatter ? service.addresses : [],
      namespaceMode(this.#view.namespacePolicies(namespace)).mode,
      rules.map((one) => [this.#distinctions.idOf(one), one.namespace === namespace]),
      routes,
      routes.length > 0 ? hostname : "",
      this.#egress.map((host) => imports([host.replace(/^~/u, "")], service, namespace)),
      this.#obstacles.route(service)?.why ?? null,
    ];
  }

  #relativeEgress(): boolean {
    return this.#egress.some((host) => host.startsWith("./") || host.startsWith("~./"));
  }

  #behind(service: Service, own: ServicePort, to: DestinationRequest): unknown[] {
    const endpoints = this.#view.endpoints(service, own);
    const keys = endpoints.map((one) => this.#endpointKey(one));
    const looks = endpoints.some((one) => one.kind === "pod" && this.#hostsMatter(one.pod));
    return [[...new Set(keys)], looks ? `${to.host}:${to.port}` : ""];
  }

  #endpointKey(endpoint: Endpoint): string {
    if (endpoint.kind === "address") return `address ${endpoint.fixed.tlsMode} ${endpoint.fixed.address}`;
    const { pod, port, written } = endpoint;
    const known = this.#endpoints.get(pod) ?? new Map<number, string>();
    this.#endpoints.set(pod, known);
    let key = known.get(port);
    if (key === undefined) known.set(port, (key = this.#podKey(pod, port)));
    return written === undefined ? key : `${key} ${written.tlsMode}`;
  }

  #podKey(pod: PodShape, port: number): string {
    const view = this.#view;
    return JSON.stringify([
      pod.dataPlane,
      port,
      pod.labels["security.istio.io/tlsMode"] ?? null,
      decideMode(view.peerAuthentications(pod), port).mode,
      this.#listOf(pod),
      this.#obstacles.network(pod, "inbound")?.why ?? null,
      this.#distinctions.addressesMatter ? pod.addresses : [],
      pod.ports.length === 0 || pod.ports.some(({ containerPort }) => containerPort === port),
      takesTls(pod),
      this.#names ? [pod.namespace, pod.serviceAccount] : null,
      this.#subsets ? pod.labels : null,
      view.inventory.requestAuthentications.length > 0 ? pod.namespace : "",
      pod.dataPlane === "sidecar" ? this.#sidecarKey(pod, port) : null,
      pod.dataPlane === "ztunnel" ? this.#ztunnelKey(pod, port) : null,
    ]);
  }

  #sidecarKey(pod: PodShape, port: number): unknown[] {
    const captured = inboundCaptured(pod, port, this.#view.settings.capture);
    const inbound = inboundPort(this.#view, pod, port);
    return [
      captured.captured === "unknown" ? captured.why : captured.captured,
      inbound.protocol,
      inbound.http2,
      this.#obstacles.sidecar(pod, "inbound")?.why ?? null,
    ];
  }

  #ztunnelKey(pod: PodShape, port: number): unknown[] {
    const { inventory, settings } = this.#view;
    const { refused } = ambientPlaintext(inventory.peerAuthentications, pod, port, settings.rootNamespace);
    return [refused, pod.annotations, pod.labels["networking.istio.io/tunnel"] ?? null];
  }

  /** The number of the list of AuthorizationPolicies that are for a pod. */
  #listOf(pod: PodShape): number {
    const list = this.#view.authorizationPolicies(pod);
    const key = list.map((one) => this.#distinctions.idOf(one)).join(" ");
    let number = this.#lists.get(key);
    if (number === undefined) this.#lists.set(key, (number = this.#lists.size));
    return number;
  }

  #hostsMatter(pod: PodShape): boolean {
    const number = this.#listOf(pod);
    let looks = this.#looksAtHosts.get(number);
    if (looks === undefined) {
      looks = this.#view
        .authorizationPolicies(pod)
        .some(({ spec }) => JSON.stringify(spec).toLowerCase().includes("host"));
      this.#looksAtHosts.set(number, looks);
    }
    return looks;
  }
}

function insistsOnNames({ spec }: { readonly spec: object }): boolean {
  const text = JSON.stringify(spec);
  return text.includes("subjectAltNames") || text.includes("PASSTHROUGH");
}

/** Objects by the hosts that they name. */
class HostIndex {
  readonly #exact = new Map<string, HostObject[]>();
  readonly #wildcards: { readonly host: string; readonly object: HostObject }[] = [];

  constructor(entries: readonly { readonly object: HostObject; readonly hosts: readonly string[] }[]) {
    for (const { object, hosts } of entries) {
      for (const host of hosts) {
        if (isWildcard(host)) this.#wildcards.push({ host, object });
        else this.#exact.set(host, [...(this.#exact.get(host) ?? []), object]);
      }
    }
  }

  matching(hostname: string): HostObject[] {
    const wild = this.#wildcards.filter(({ host }) => isSubsetOf(hostname, host)).map(({ object }) => object);
    return [...new Set([...(this.#exact.get(hostname) ?? []), ...wild])];
  }
}

interface HostObject {
  readonly namespace: string;
}
