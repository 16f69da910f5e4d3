import type { Outcome } from "../mesh/call.js";
import { ambientTransport } from "../rules/ambient-transport.js";
import { decideUpstream } from "../rules/auto-mtls.js";
import type { UpstreamCluster } from "../rules/auto-mtls.js";
import type { ChosenPolicy } from "../rules/destination-rule.js";
import type { Identity } from "../rules/authorization-policy.js";
import { authorize } from "../rules/authorization.js";
import { outboundCaptured } from "../rules/capture.js";
import type { FixedEndpoint, PodShape, Service, ServicePort } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import { decideMode, namespaceMode } from "../rules/peer-authentication.js";
import { listenerProtocol, speaksHttp2 } from "../rules/protocol.js";
import type { ListenerProtocol } from "../rules/protocol.js";
import { selects } from "../rules/selectors.js";
import { exportedTo, sees } from "../rules/sidecar-scope.js";
import type { Sight } from "../rules/sidecar-scope.js";
import { normalizeTarget } from "../rules/request-path.js";
import { hostsOf, routeHttp, routeTcp } from "../rules/virtual-service.js";
import type { Routed, RouteDestination, VirtualService } from "../rules/virtual-service.js";
import { usesWaypoint, waypointFor, waypointIdentity, waypointPolicies } from "../rules/waypoint.js";
import type { Gateway } from "../rules/waypoint.js";
import type { Scheme } from "../settings/destination-url.js";
import type { Obstacles } from "./obstacles.js";
import { answered, closed, isHttp, nameUnknown, notConnected, timedOut } from "./outcome.js";
import type { ClientLayer } from "./outcome.js";
import { listenerAtPod } from "./pod-listeners.js";
import { land } from "./server.js";
import type { Arrival, Landing } from "./server.js";
import type { Target } from "./target.js";
import type { Endpoint, MeshView } from "./view.js";
import { takesAllAddresses } from "./view.js";

/** One client pod calling one destination, with all that the rules read of it. */
export interface Attempt {
  readonly view: MeshView;
  readonly obstacles: Obstacles;
  readonly client: PodShape;
  readonly container: string;
  readonly scheme: Scheme;
  readonly target: Target;
  readonly port: number;
  readonly request: Arrival["request"];
  readonly servesTls: boolean;
}

/** What the client's side makes of a call, up to what it sees of it. */
export function depart(attempt: Attempt): Landing[] {
  const { target, scheme, client, obstacles } = attempt;
  if (target.kind === "unknown") return [{ unknown: target.why, because: target.because }];
  if (target.kind === "nothing") return [{ outcomes: [nameUnknown(scheme)], because: target.because }];
  if (target.kind === "service" && target.service.headless && isEmpty(attempt.view, target.service)) {
    return [{ outcomes: [nameUnknown(scheme)], because: [...target.because, noEndpoints(target.service)] }];
  }
  const network = obstacles.network(client, "outbound");
  if (network !== null) return [{ unknown: network.why, because: [network.because] }];
  const first: Decision = { ...client.because, says: `the client: ${client.because.says}` };
  return bySide(attempt, target).map((landing) => ({
    ...landing,
    because: [first, ...target.because, ...landing.because],
  }));
}

/** A name without address of its own, and without any behind it, is nothing to DNS. */
function isEmpty(view: MeshView, service: Service): boolean {
  return view.podsBehind(service).length === 0 && service.endpoints.length === 0;
}

type Known = Extract<Target, { kind: "service" | "pod" }>;

function bySide(attempt: Attempt, target: Known): Landing[] {
  const { client, view } = attempt;
  switch (client.dataPlane) {
    case "none":
    case "gateway":
      return direct(attempt, target, []);
    case "ztunnel":
      return throughZtunnel(attempt, target);
    case "sidecar": {
      if (client.proxyUserContainers.includes(attempt.container)) {
        const says = `container ${attempt.container} runs as the proxy's own user: its calls go round the sidecar`;
        const because: Decision = { rule: "capture", says, object: client.object, path: [...client.path, "spec"] };
        return direct(attempt, target, [because]);
      }
      const addresses = target.kind === "pod" ? target.pod.addresses : target.service.addresses;
      const captured = outboundCaptured(client, { port: attempt.port, addresses }, view.settings.capture);
      if (captured.captured === "unknown") return [{ unknown: captured.why, because: [captured.because] }];
      if (!captured.captured) return direct(attempt, target, captured.because === null ? [] : [captured.because]);
      return throughSidecar(attempt, target);
    }
  }
}

/** Plaintext from the client itself, or past its proxy: the network leads it to an endpoint. */
function direct(attempt: Attempt, target: Known, because: readonly Decision[], layer: ClientLayer = "none"): Landing[] {
  const wire = plainWire(attempt.scheme);
  return throughNetwork(attempt, target, because, layer, () => arrivalOf(attempt, layer, wire));
}

function plainWire(scheme: Scheme): Arrival["wire"] {
  if (scheme === "https" || scheme === "tls") return { transport: "tls", alpn: "tcp", content: "other" };
  return { transport: "plaintext", alpn: "tcp", content: isHttp(scheme) ? "http" : "other" };
}

function arrivalOf(attempt: Attempt, layer: ClientLayer, wire: Arrival["wire"], more: Partial<Arrival> = {}): Arrival {
  const { client, scheme, request, view, servesTls } = attempt;
  const { namespace, serviceAccount, addresses } = client;
  return {
    scheme,
    layer,
    wire,
    identity: { trustDomain: view.settings.trustDomain, namespace, serviceAccount },
    names: null,
    http2: false,
    request,
    sourceAddress: addresses.length === 1 ? (addresses[0] ?? null) : null,
    servesTls,
    ...more,
  };
}

/** What the network does with a connection to an address: kube-proxy chooses an endpoint, a pod's address is the pod. */
function throughNetwork(
  attempt: Attempt,
  target: Known,
  because: readonly Decision[],
  layer: ClientLayer,
  arrival: (endpoint: Endpoint) => Arrival,
): Landing[] {
  const { view, obstacles, scheme, port } = attempt;
  const at = (endpoints: readonly Endpoint[]): Landing[] =>
    endpoints.map((endpoint) => {
      const landing = land(view, obstacles, endpoint, arrival(endpoint));
      return { ...landing, because: [...because, ...landing.because] };
    });
  if (target.kind === "pod") return at([{ kind: "pod", pod: target.pod, port }]);
  const { service } = target;
  if (service.headless) return headless(attempt, service, at);
  const own = service.ports.find((one) => one.port === port && one.protocol !== "udp");
  if (own === undefined) {
    const says = `the Service has no port ${port}`;
    const none: Decision = { rule: "endpoint", says, object: service.object, path: ["spec", "ports"] };
    const outcomes =
      layer === "none"
        ? [notConnected(scheme), timedOut(scheme)]
        : [...closed(scheme, layer), ...slowly(scheme, layer)];
    return [{ outcomes, because: [...because, none] }];
  }
  const endpoints = view.endpoints(service, own);
  if (endpoints.length > 0) return at(endpoints);
  if (service.kind === "ServiceEntry") {
    return [{ unknown: `${service.hostname} is outside, and what answers there is not known`, because: [...because] }];
  }
  const outcomes =
    layer === "none" ? [notConnected(scheme), timedOut(scheme)] : [...closed(scheme, layer), ...slowly(scheme, layer)];
  return [{ outcomes, because: [...because, noEndpoints(service)] }];
}

/** Nodes refuse connections to Services without endpoints at a limited rate: the others wait until their time is up. */
function slowly(scheme: Scheme, layer: ClientLayer): readonly Outcome[] {
  return layer === "tcp" ? [timedOut(scheme)] : [];
}

/** A name without a cluster address is the pods' own addresses, and the port that is called is theirs. */
function headless(
  { view, port, client }: Attempt,
  service: Service,
  at: (endpoints: readonly Endpoint[]) => Landing[],
): Landing[] {
  const pods = view.podsBehind(service);
  const says = "the Service has no address of its own: the client connects to a pod's";
  const how: Decision = { rule: "endpoint", says, object: service.object, path: ["spec", "clusterIP"] };
  const others = pods.filter((pod) => pod !== client || pod.replicas > 1);
  const found = at([
    ...others.map((pod): Endpoint => ({ kind: "pod", pod, port })),
    ...service.endpoints.map((fixed): Endpoint => {
      const pod = view.podAt(fixed.address);
      return pod === undefined ? { kind: "address", fixed, port } : { kind: "pod", pod, port };
    }),
  ]);
  return found.map((landing) => ({ ...landing, because: [how, ...landing.because] }));
}

function noEndpoints(service: Service): Decision {
  const says = `nothing is behind ${service.hostname}`;
  return { rule: "endpoint", says, object: service.object, path: ["spec", "selector"] };
}

/** What the client's sidecar makes of a connection. */
function throughSidecar(attempt: Attempt, target: Known): Landing[] {
  const { client, obstacles } = attempt;
  const obstacle = obstacles.sidecar(client, "outbound");
  if (obstacle !== null) return [{ unknown: obstacle.why, because: [obstacle.because] }];
  if (target.kind === "pod") return toPodAddress(attempt, target);
  const named = byAuthority(attempt, target);
  return named ?? toService(attempt, target.service, target);
}

/** A call to a pod's address is to nobody that the sidecar knows, but for the pods of a headless Service. */
function toPodAddress(attempt: Attempt, target: Extract<Known, { kind: "pod" }>): Landing[] {
  if (target.pod === attempt.client && target.pod.replicas <= 1) {
    const says = "a pod's calls to its own address do not leave it";
    return direct(attempt, target, [{ rule: "capture", says }]);
  }
  return toKnownAddress(attempt, target.pod) ?? toStranger(attempt, target, []);
}

/** What the proxy listens for at the pod's very address takes the connection, whatever name led there. */
function toKnownAddress(attempt: Attempt, pod: PodShape): Landing[] | null {
  const { view, client, port, scheme } = attempt;
  const listener = listenerAtPod(view, client, pod, port, isHttp(scheme));
  if (listener === null) return null;
  const { service, own, sight } = listener;
  const there: Attempt = { ...attempt, target: { kind: "pod", pod, because: [] } };
  const protocol = sight.protocol ?? listenerProtocol(own.protocol);
  const says = `the client's proxy takes the pod's address for ${service.hostname}`;
  const because: Decision[] = [{ rule: "sidecar-scope", says, object: service.object, path: ["spec", "clusterIP"] }];
  if (!isHttp(scheme) || protocol === "tcp") return byTcpRoutes(there, service, own, because);
  if (sight.routed) return byHttpRoutes(there, service, own, null, because);
  return [{ outcomes: [answered(scheme, 404, null)], because }];
}

/** A Host header of its own leads an HTTP request to another Service than its address. */
function byAuthority(attempt: Attempt, target: Extract<Known, { kind: "service" }>): Landing[] | null {
  const { request, view, client, port, scheme } = attempt;
  const given = request.headers["host"];
  if (given === undefined || !isHttp(scheme)) return null;
  const name = given.replace(/:\d+$/u, "").toLowerCase();
  if (hostNames(target.service, client.namespace).includes(name)) return null;
  const why = `the request's Host header names ${name}, which is not the host that it is sent to`;
  const own = target.service.ports.find((one) => one.port === port);
  if (own !== undefined && listenerProtocol(own.protocol) !== "http") return null;
  const says = `port ${port} of ${client.namespace}'s proxies`;
  return [
    {
      unknown: why,
      because: [{ rule: "host", says, ...(view.settings.object === null ? {} : { object: view.settings.object }) }],
    },
  ];
}

function hostNames({ hostname, name, namespace }: Service, clientNamespace: string): string[] {
  const short = [`${name}.${namespace}`, `${name}.${namespace}.svc`];
  return [hostname, ...short, ...(namespace === clientNamespace ? [name] : [])];
}

function toService(attempt: Attempt, called: Service, target: Extract<Known, { kind: "service" }>): Landing[] {
  const { port, obstacles, view, client } = attempt;
  const elsewhere = called.headless ? takenByOthers(attempt, called) : null;
  if (elsewhere !== null) return elsewhere;
  const found = visible(attempt, called, port);
  if ("unknown" in found) return [{ unknown: found.unknown, because: [found.because] }];
  if (!("service" in found)) return toStranger(attempt, target, [found.because]);
  const route = obstacles.route(found.service);
  if (route !== null) return [{ unknown: route.why, because: [route.because] }];
  const because = view.sidecar(client) === null && found.service === called ? [] : [found.sight.because];
  return toVisible(attempt, found, target, because);
}

/**
 * The alias whose own routes count: one that has the port itself, on a listener that all Services share. Where a listener is
 * one Service's alone, its routes are those of its own name.
 */
function routedAlias(alias: Service | null, protocol: ListenerProtocol, port: number): Service | null {
  if (alias === null || protocol !== "http") return null;
  const own = alias.ports.find((one) => one.port === port);
  return own !== undefined && listenerProtocol(own.protocol) !== "tcp" ? alias : null;
}

/**
 * What the proxy's listener for a Service's port speaks. Where a Sidecar's listener for the port speaks HTTP, it is one for
 * all addresses; a Service whose port is not HTTP then gets one at its own address by the listener without a port.
 *
 * Source: istio, pilot/pkg/networking/core/listener.go:buildSidecarOutboundListeners.
 */
function spokenTo(service: Service, own: ServicePort, { protocol, general }: Visible["sight"]): ListenerProtocol {
  const declared = listenerProtocol(own.protocol);
  const apart = protocol === "http" && general && declared !== "http" && !takesAllAddresses(service);
  return protocol === null || apart ? declared : protocol;
}

/** By what the proxy's listener for the Service speaks. */
function toVisible(
  attempt: Attempt,
  { service, own, sight }: Visible,
  target: Extract<Known, { kind: "service" }>,
  because: readonly Decision[],
): Landing[] {
  const { port, view, client, scheme } = attempt;
  const protocol = spokenTo(service, own, sight);
  if (isHttp(scheme) && protocol !== "tcp") {
    // A listener that speaks HTTP has no route to a port that does not.
    if (protocol === "http" && listenerProtocol(own.protocol) === "tcp") {
      return toStranger(attempt, target, because, "http");
    }
    if (sight.routed) return byHttpRoutes(attempt, service, own, routedAlias(target.alias, protocol, port), because);
    if (protocol === "http") return toStranger(attempt, target, because, "http");
    return [{ outcomes: [answered(scheme, 404, null)], because }];
  }
  // An HTTP listener hands on what is no HTTP to the address that was called, as it would for a stranger.
  if (protocol === "http") return toStranger(attempt, target, because);
  // Without an address, a ServiceEntry for TCP shares its listener with HTTP, which then takes what is HTTP.
  if (isHttp(scheme) && takesAllAddresses(service) && view.hasHttpListener(client, port)) {
    return toStranger(attempt, target, because, "http");
  }
  return byTcpRoutes(attempt, service, own, because);
}

/** Pods whose addresses the client's proxy takes for another Service than the one that was called; null where it does for none. */
function takenByOthers(attempt: Attempt, called: Service): Landing[] | null {
  const { view, client, port, scheme } = attempt;
  const pods = view.podsBehind(called).filter((pod) => pod !== client || pod.replicas > 1);
  const others = pods.filter((pod) => {
    const listener = listenerAtPod(view, client, pod, port, isHttp(scheme));
    return listener !== null && listener.service !== called;
  });
  if (others.length === 0) return null;
  return pods.flatMap((pod) => toPodAddress(attempt, { kind: "pod", pod, because: [] }));
}

interface Visible {
  readonly service: Service;
  readonly own: ServicePort;
  readonly sight: Extract<Sight, { seen: true }>;
}

/** What the client's proxy knows by a host name: the Service itself, or a ServiceEntry of the same name that it can see. */
function visible(
  { view, client }: Attempt,
  called: Service,
  port: number,
): Visible | { readonly unknown: string; readonly because: Decision } | { readonly because: Decision } {
  const says = `the Service has no port ${port}`;
  let because: Decision = { rule: "endpoint", says, object: called.object, path: ["spec", "ports"] };
  for (const service of [called, ...view.hosts(called.hostname).filter((one) => one !== called)]) {
    const sight = sees(view.scope(client), service, port, view.settings);
    if ("unknown" in sight) return sight;
    const own = service.ports.find((one) => one.port === port && one.protocol !== "udp");
    if (sight.seen && own !== undefined) return { service, own, sight };
    if (!sight.seen && service === called) ({ because } = sight);
  }
  return { because };
}

function byHttpRoutes(
  attempt: Attempt,
  service: Service,
  own: ServicePort,
  alias: Service | null,
  because: readonly Decision[],
): Landing[] {
  const { port, request } = attempt;
  const routed = routesOf(attempt, [alias?.hostname, service.hostname], port);
  if (routed === null) {
    return toCluster(attempt, { host: service.hostname, port: own.port, subset: null }, "http", because, request);
  }
  const all = [...because, routed.because];
  if (routed.kind === "unknown") return [{ unknown: routed.why, because: all }];
  if (routed.kind === "answer") return [{ outcomes: [answered(attempt.scheme, routed.code, null)], because: all }];
  const changed = {
    ...request,
    ...(routed.path === undefined ? {} : { path: routed.path }),
    ...(routed.authority === undefined ? {} : { host: routed.authority }),
    headers: routed.headers,
  };
  const landings = routed.destinations.flatMap(({ host, port: to, subset }) =>
    toCluster(attempt, { host, port: to ?? port, subset, routed: true }, "http", all, changed),
  );
  if (routed.sometimes === null) return landings;
  return [...landings, { outcomes: [answered(attempt.scheme, routed.sometimes, null)], because: all }];
}

function routesOf(attempt: Attempt, hostnames: readonly (string | undefined)[], port: number): Routed | null {
  const { view, client, request } = attempt;
  const path = normalizeTarget(request.path, view.settings.pathNormalization);
  for (const hostname of hostnames) {
    if (hostname === undefined) continue;
    const known = knownRoutes(attempt, hostname);
    if (known.length === 0) continue;
    if (path === null) return PATH_BY_VERSION;
    const { method, host: authority, headers } = request;
    const found = routeHttp(known, hostname, { port, method, path, authority, headers }, client, view.settings.domain);
    if (found !== null) return found;
  }
  return null;
}

const PATH_BY_VERSION: Routed = {
  kind: "unknown",
  why: "versions of Envoy differ in what they make of a dot segment with parameters in a path",
  because: { rule: "virtual-service", says: "the route depends on the path" },
};

/** The VirtualServices for a host that the client's proxy knows. */
function knownRoutes(attempt: Attempt, hostname: string): readonly VirtualService[] {
  const { view, client } = attempt;
  return view
    .virtualServices(client.namespace, hostname)
    .filter((one) => inScope(attempt, one.namespace, hostsOf(one, view.settings.domain)));
}

/** A Sidecar's egress hosts have to name a VirtualService's host, too. */
function inScope({ view, client, port }: Attempt, namespace: string, hosts: readonly string[]): boolean {
  if (view.sidecar(client) === null) return true;
  return hosts.some((hostname) => {
    const what = { hostname, namespace, exportTo: ["*"], object: client.object };
    const sight = sees(view.scope(client), what, port, view.settings);
    return "seen" in sight && sight.seen;
  });
}

function byTcpRoutes(attempt: Attempt, service: Service, own: ServicePort, because: readonly Decision[]): Landing[] {
  const { view, client, port, scheme, request } = attempt;
  const known = knownRoutes(attempt, service.hostname);
  const connection = { port, tls: own.protocol === "tls", sni: request.sni };
  const routed = routeTcp(known, service.hostname, connection, client, view.settings.domain);
  if (routed === null) {
    return toCluster(attempt, { host: service.hostname, port: own.port, subset: null }, "tcp", because, request);
  }
  const all = [...because, routed.because];
  if (routed.kind === "unknown") return [{ unknown: routed.why, because: all }];
  if (routed.kind === "answer") return [{ outcomes: closed(scheme, "tcp"), because: all }];
  return routed.destinations.flatMap((to) => {
    // A connection without a port of its own takes the only one of a Service that has but one.
    const found = hostFor(attempt, to.host, true);
    const [only, ...others] = found?.ports ?? [];
    const target = to.port ?? (only !== undefined && others.length === 0 ? only.port : port);
    return toCluster(attempt, { ...to, port: target, routed: true }, "tcp", all, request);
  });
}

interface Cluster extends RouteDestination {
  readonly port: number;
  /** Whether a VirtualService leads there: that lets a proxy know Services of its own namespace, whatever they are exported to. */
  readonly routed?: boolean;
}

/** The client's proxy sends to a host's port, or to a subset of it. */
function toCluster(
  attempt: Attempt,
  to: Cluster,
  layer: "http" | "tcp",
  because: readonly Decision[],
  request: Arrival["request"],
): Landing[] {
  const { view, client, scheme } = attempt;
  const { host, port, subset } = to;
  const found = clusterOf(attempt, to);
  if ("missing" in found) return [{ outcomes: closed(scheme, layer), because: [...because, found.missing] }];
  const { service, own, policy, cluster } = found;
  const { target } = attempt;
  // Whoever is called by another's address may be somebody else than the cluster's endpoints.
  const foreign = cluster.originalDestination && !(target.kind === "service" && target.service === service);
  const send = (endpoint: Endpoint): Landing => {
    const upstream = upstreamOf(attempt, policy, cluster, endpoint, cluster.originalDestination);
    const wire = upstreamWire(upstream.transport, scheme, layer);
    const http2 = layer === "http" && speaksHttp2(own.protocol);
    const names = upstream.names ?? (foreign || insists(service) ? identitiesOf(view, service, own) : null);
    const arrival = arrivalOf(attempt, layer, wire, { request, names, http2 });
    const landing = land(view, attempt.obstacles, endpoint, arrival);
    return { ...landing, because: [...because, ...upstream.because, ...landing.because] };
  };
  if (cluster.originalDestination) return toOriginal(attempt, service, own, because, send, layer);
  if (hasNoShards(service)) {
    const says = `${host} is exported to nobody: the client's proxy knows it by a route, and none of its endpoints`;
    const hidden: Decision = { rule: "sidecar-scope", says, object: service.object, path: EXPORT_TO };
    return [{ outcomes: closed(scheme, layer), because: [...because, hidden] }];
  }
  const labels = subset === null ? {} : view.subsetLabels(client, service, subset);
  const fitting = view.endpoints(service, own).filter((one) => selects({ matchLabels: labels }, labelsOf(one)));
  if (fitting.length > 0) return fitting.map(send);
  const says = subset === null ? `nothing is behind ${host}:${port}` : `nothing is in subset ${subset} of ${host}`;
  const none: Decision = { rule: "endpoint", says, object: service.object, path: ["spec", "selector"] };
  return [{ outcomes: closed(scheme, layer), because: [...because, none] }];
}

/**
 * Whether istiod keeps no endpoints of a Service: of one that says itself that it is exported to nobody, and not of one
 * that is exported to others only.
 *
 * Source: istio, pilot/pkg/serviceregistry/kube/controller/endpointslice.go:serviceNeedsPush.
 */
function hasNoShards({ kind, exportTo }: Service): boolean {
  return kind === "Service" && exportTo?.includes("~") === true;
}

const EXPORT_TO = ["metadata", "annotations", "networking.istio.io/exportTo"];

interface FoundCluster {
  readonly service: Service;
  readonly own: ServicePort;
  readonly policy: ChosenPolicy | null;
  readonly cluster: UpstreamCluster;
}

/**
 * What a client's proxy knows by a host name.
 *
 * Source: istio, pilot/pkg/model/sidecar.go:collectImportedServices.
 */
function hostFor(
  { view, client }: Pick<Attempt, "view" | "client">,
  host: string,
  routed: boolean,
): Service | undefined {
  const all = view.hosts(host);
  const own = routed ? all.find(({ namespace }) => namespace === client.namespace) : undefined;
  return own ?? all.find((one) => exportedTo(one, client.namespace, view.settings));
}

/** What the client's proxy has for a host's port, or what it lacks. */
function clusterOf({ view, client }: Attempt, to: Cluster): FoundCluster | { readonly missing: Decision } {
  const { host, port, subset } = to;
  const found = hostFor({ view, client }, host, to.routed === true);
  const alias = found?.externalName ?? null;
  const service = alias === null ? found : view.hosts(alias)[0];
  const own = service?.ports.find((one) => one.port === port && one.protocol !== "udp");
  if (service === undefined || own === undefined) {
    return { missing: { rule: "endpoint", says: `the client's proxy knows no ${host} with port ${port}` } };
  }
  const policy = view.destinationPolicy(client, service, port, subset);
  if (policy === "no-subset") {
    const says = `no DestinationRule of the client has a subset ${subset ?? ""} of ${host}`;
    return { missing: { rule: "destination-rule", says } };
  }
  const all = view.endpoints(service, own);
  const cluster: UpstreamCluster = {
    hostname: service.hostname,
    enableAutoMtls: view.settings.enableAutoMtls,
    external: service.external,
    originalDestination: service.headless || service.resolution === "NONE" || policy?.passthrough === true,
    allEndpointsTake: all.length > 0 && all.every(takesMtls),
    namespaceMode: namespaceMode(view.namespacePolicies(service.namespace)),
  };
  return { service, own, policy, cluster };
}

function upstreamWire(transport: ChosenUpstream["transport"], scheme: Scheme, layer: "http" | "tcp"): Arrival["wire"] {
  if (transport === "hbone") return { transport };
  if (transport === "plaintext") return plainWire(scheme);
  return { transport, alpn: layer, content: isHttp(scheme) ? "http" : "other" };
}

/**
 * The connection goes to the address that was called, whatever the cluster's endpoints are; a ServiceEntry that has none
 * changes the port to its own target port.
 */
function toOriginal(
  attempt: Attempt,
  service: Service,
  own: ServicePort,
  because: readonly Decision[],
  send: (endpoint: Endpoint) => Landing,
  layer: ClientLayer,
): Landing[] {
  const { target, view, scheme, client } = attempt;
  const overridden = service.resolution === "NONE" && typeof own.targetPort === "number" ? own.targetPort : null;
  const port = overridden ?? attempt.port;
  if (target.kind === "pod") return [send({ kind: "pod", pod: target.pod, port })];
  if (target.kind !== "service") return [];
  const called = target.service;
  if (called.kind === "ServiceEntry") {
    return [{ unknown: `${called.hostname} is outside, and what answers there is not known`, because: [...because] }];
  }
  if (called.headless) {
    const pods = view.podsBehind(called);
    const others = pods.filter((pod) => pod !== client || pod.replicas > 1);
    const landings = others.map((pod) => send({ kind: "pod", pod, port }));
    if (others.length === pods.length) return landings;
    // A pod's calls to its own address do not leave it.
    return [...landings, ...direct(attempt, { kind: "pod", pod: client, because: [] }, because)];
  }
  const behind = called.ports.find((one) => one.port === port && one.protocol !== "udp");
  if (behind === undefined) {
    const says = `the address that was called is that of a Service without port ${port}`;
    const none: Decision = { rule: "endpoint", says, object: called.object, path: ["spec", "ports"] };
    return [{ outcomes: [...closed(scheme, layer), timedOut(scheme)], because: [...because, none] }];
  }
  const endpoints = view.endpoints(called, behind);
  if (endpoints.length > 0) return endpoints.map(send);
  return [{ outcomes: closed(scheme, layer), because: [...because, noEndpoints(called)] }];
}

/** Whether somebody wrote down who a Service's endpoints are: pods are who they are. */
export function insists({ subjectAltNames = [], endpoints }: Service): boolean {
  return subjectAltNames.length > 0 || endpoints.some(({ serviceAccount }) => serviceAccount !== null);
}

/**
 * The identities of a Service's endpoints, which clients insist on; null where there are none to insist on.
 *
 * Source: istio, pilot/pkg/model/push_context.go:ServiceAccounts, initServiceAccounts.
 */
function identitiesOf(view: MeshView, service: Service, own: ServicePort): readonly string[] | null {
  const identity = (namespace: string, account: string): string =>
    `spiffe://${view.settings.trustDomain}/ns/${namespace}/sa/${account}`;
  const written = service.endpoints.flatMap(({ serviceAccount }) =>
    serviceAccount === null ? [] : [identity(service.namespace, serviceAccount)],
  );
  const ofPods = view.endpoints(service, own).flatMap((endpoint) => {
    if (endpoint.kind === "address" || isEntry(endpoint.written)) return [];
    return [identity(endpoint.pod.namespace, endpoint.pod.serviceAccount)];
  });
  const names = [...written, ...ofPods, ...(service.subjectAltNames ?? [])];
  return names.length === 0 ? null : [...new Set(names)];
}

/** Endpoints and EndpointSlices name pods, which istiod knows; entries say themselves who is there. */
function isEntry(written: FixedEndpoint | undefined): boolean {
  return written !== undefined && ["ServiceEntry", "WorkloadEntry"].includes(written.object.kind);
}

interface ChosenUpstream {
  readonly transport: "plaintext" | "mtls" | "tls" | "hbone";
  readonly names: readonly string[] | null;
  readonly because: readonly Decision[];
}

function upstreamOf(
  { view, client }: Attempt,
  policy: Parameters<typeof decideUpstream>[0],
  cluster: UpstreamCluster,
  endpoint: Endpoint,
  originalDestination: boolean,
): ChosenUpstream {
  if (endpoint.kind === "pod" && !originalDestination && view.settings.ambient) {
    const ambient = ambientTransport(client, endpoint.pod, view.settings);
    const own = policy?.tls?.tls.mode;
    if (ambient.transport === "hbone" && own !== "SIMPLE" && own !== "MUTUAL") {
      return { transport: "hbone", names: null, because: [ambient.because] };
    }
  }
  const mode = endpoint.kind === "pod" ? modeSeen(view, endpoint) : cluster.namespaceMode;
  return decideUpstream(policy, cluster, { tlsMode: takesMtls(endpoint), mode });
}

/** Clients see the policies of workloads for the endpoints that they know. */
function modeSeen(view: MeshView, { pod, port }: Extract<Endpoint, { kind: "pod" }>): ReturnType<typeof decideMode> {
  return decideMode(view.peerAuthentications(pod), port);
}

const TLS_MODE = "security.istio.io/tlsMode";

function takesMtls(endpoint: Endpoint): boolean {
  if (endpoint.kind === "address") return endpoint.fixed.tlsMode;
  return endpoint.written === undefined ? endpoint.pod.labels[TLS_MODE] === "istio" : endpoint.written.tlsMode;
}

function labelsOf(endpoint: Endpoint): Readonly<Record<string, string>> {
  return endpoint.kind === "pod" ? endpoint.pod.labels : endpoint.fixed.labels;
}

/** A host that the client's proxy does not know: plaintext to the address that was called, or nothing. */
function toStranger(
  attempt: Attempt,
  target: Known,
  because: readonly Decision[],
  known: ClientLayer | null = null,
): Landing[] {
  const { view, client, scheme, port } = attempt;
  const scope = view.scope(client);
  const layer: ClientLayer = known ?? (isHttp(scheme) && view.hasHttpListener(client, port) ? "http" : "tcp");
  const catching = layer === "tcp" ? catchingAll(view, client, port) : undefined;
  if (catching !== undefined) {
    const says = `ServiceEntry ${catching.hostname} has no addresses: its listener takes all connections to port ${port}`;
    const taken: Decision = { rule: "sidecar-scope", says, object: catching.object, path: ["spec", "addresses"] };
    const cluster = { host: catching.hostname, port, subset: null };
    return toCluster(attempt, cluster, "tcp", [...because, taken], attempt.request);
  }
  const all = [...because, ...scope.because];
  if (scope.outbound === "REGISTRY_ONLY") {
    const outcomes = layer === "http" ? [answered(scheme, 502, null)] : closed(scheme, "tcp");
    return [{ outcomes, because: all }];
  }
  const says = "the client's proxy does not know the host: plaintext to the address that was called";
  return direct(attempt, target, [...all, { rule: "sidecar-scope", says }], layer);
}

/** The ServiceEntry whose listener takes connections on a port to whatever address, TLS for other names left out. */
function catchingAll(view: MeshView, client: PodShape, port: number): Service | undefined {
  return view.catchingAll(port).find((service) => {
    const own = service.ports.find((one) => one.port === port);
    if (own?.protocol !== "tcp") return false;
    const sight = sees(view.scope(client), service, port, view.settings);
    return "seen" in sight && sight.seen;
  });
}

/** What the client's ztunnel makes of a connection. */
function throughZtunnel(attempt: Attempt, target: Known): Landing[] {
  const waypoint = target.kind === "service" ? waypointOf(attempt, target.service) : null;
  if (waypoint !== null && "landing" in waypoint) return [waypoint.landing];
  const because = waypoint?.because ?? [];
  return throughNetwork(attempt, target, because, "none", (endpoint) => {
    if (endpoint.kind !== "pod") return arrivalOf(attempt, "none", plainWire(attempt.scheme));
    const { transport } = ambientTransport(attempt.client, endpoint.pod, attempt.view.settings);
    const wire: Arrival["wire"] = transport === "hbone" ? { transport: "hbone" } : plainWire(attempt.scheme);
    return arrivalOf(attempt, "none", wire, waypoint === null ? {} : { identity: waypoint.identity });
  });
}

interface ThroughWaypoint {
  readonly identity: Identity;
  readonly because: readonly Decision[];
}

/** A call through a waypoint: its policies decide, and the server's ztunnel sees the waypoint in the client's place. */
function waypointOf(attempt: Attempt, service: Service): ThroughWaypoint | { landing: Landing } | null {
  const { view, client, scheme, request, port } = attempt;
  const labels = view.inventory.namespaces.get(service.namespace) ?? {};
  if (!usesWaypoint(client.dataPlane, service, labels).through || service.headless) return null;
  const pod = { namespace: service.namespace, labels: {} };
  const { waypoint, because } = waypointFor(service, pod, labels, view.inventory.gateways as readonly Gateway[]);
  if (waypoint === null) return null;
  if (waypoint === "unknown") return { landing: { unknown: because.says, because: [because] } };
  const { rootNamespace, trustDomain } = view.settings;
  const routes = routesOf(attempt, [service.hostname], port);
  if (routes !== null)
    return { landing: { unknown: "the waypoint has routes for the host", because: [because, routes.because] } };
  const { namespace, serviceAccount } = client;
  const own = service.ports.find((one) => one.port === port);
  const chain = isHttp(scheme) && own !== undefined && listenerProtocol(own.protocol) !== "tcp" ? "http" : "tcp";
  const applied = waypointPolicies(view.inventory.authorizationPolicies, waypoint, service, rootNamespace);
  const facts = {
    chain,
    identity: { trustDomain, namespace, serviceAccount },
    sourceAddress: null,
    remoteAddress: null,
    destinationAddress: null,
    destinationPort: port,
    ...request,
  } as const;
  const answer = authorize(applied, facts, view.settings);
  const all = [because, ...answer.because];
  if (answer.answer === "unknown") return { landing: { unknown: answer.why, because: all } };
  if (answer.answer === "deny") {
    const outcomes: readonly Outcome[] = chain === "http" ? [answered(scheme, 403, "hbone")] : closed(scheme, "tcp");
    return { landing: { outcomes, because: all } };
  }
  return { identity: waypointIdentity(waypoint, trustDomain), because: all };
}
