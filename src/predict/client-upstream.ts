import { ambientTransport } from "../rules/ambient-transport.js";
import { decideUpstream } from "../rules/auto-mtls.js";
import type { UpstreamCluster } from "../rules/auto-mtls.js";
import type { Service, ServicePort } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import { decideMode } from "../rules/peer-authentication.js";
import { speaksHttp2 } from "../rules/protocol.js";
import { selects } from "../rules/selectors.js";
import type { Scheme } from "../settings/destination-url.js";
import { arrivalOf, isSelf, plainWire } from "./attempt.js";
import type { Attempt } from "./attempt.js";
import { clusterOf, takesMtls } from "./client-cluster.js";
import type { Cluster } from "./client-cluster.js";
import { direct, noEndpoints, outside } from "./client-network.js";
import { identitiesOf, insists } from "./endpoint-identities.js";
import { closed, isHttp, timedOut } from "./outcome.js";
import type { ClientLayer } from "./outcome.js";
import { land } from "./server.js";
import type { Arrival, Landing } from "./server.js";
import type { Endpoint, MeshView } from "./view.js";

/** The client's proxy sends to a host's port, or to a subset of it. */
export function toCluster(
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
  if (called.kind === "ServiceEntry") return [outside(called, because)];
  if (called.headless) {
    const pods = view.podsBehind(called);
    const others = pods.filter((pod) => !isSelf(attempt, pod));
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

function upstreamWire(transport: ChosenUpstream["transport"], scheme: Scheme, layer: "http" | "tcp"): Arrival["wire"] {
  if (transport === "hbone") return { transport };
  if (transport === "plaintext") return plainWire(scheme);
  return { transport, alpn: layer, content: isHttp(scheme) ? "http" : "other" };
}

function labelsOf(endpoint: Endpoint): Readonly<Record<string, string>> {
  return endpoint.kind === "pod" ? endpoint.pod.labels : endpoint.fixed.labels;
}
