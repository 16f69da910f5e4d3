import type { Outcome } from "../mesh/call.js";
import { ambientPlaintext } from "../rules/ambient-peer-authentication.js";
import { ztunnelPolicies } from "../rules/ambient-authorization.js";
import { authorize } from "../rules/authorization.js";
import type { Identity, RequestFacts } from "../rules/authorization-policy.js";
import { inboundCaptured } from "../rules/capture.js";
import { receive } from "../rules/inbound.js";
import type { Wire } from "../rules/inbound.js";
import type { PodShape } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import { decideMode } from "../rules/peer-authentication.js";
import { listenerProtocol, portProtocol, speaksHttp2 } from "../rules/protocol.js";
import type { ListenerProtocol } from "../rules/protocol.js";
import { requestAuthentication } from "../rules/request-authentication.js";
import type { RequestAuthentication } from "../rules/request-authentication.js";
import type { Scheme } from "../settings/destination-url.js";
import type { Obstacles } from "./obstacles.js";
import { answered, arrived, closed, notConnected } from "./outcome.js";
import type { ClientLayer } from "./outcome.js";
import type { Endpoint, MeshView } from "./view.js";

/** A connection on its way to an endpoint. */
export interface Arrival {
  readonly scheme: Scheme;
  readonly layer: ClientLayer;
  readonly wire: Wire | { readonly transport: "hbone" };
  /** The client's certificate, which counts where the server ends the mTLS. */
  readonly identity: Identity;
  /** The identities that the client insists on; null for those of the Service's endpoints. */
  readonly names: readonly string[] | null;
  /** Whether a proxy speaks HTTP/2 to what comes next, whatever the client speaks. */
  readonly http2: boolean;
  readonly request: Pick<RequestFacts, "host" | "method" | "path" | "headers" | "sni">;
  readonly sourceAddress: string | null;
}

/** What becomes of it. */
export type Landing = ({ readonly outcomes: readonly Outcome[] } | { readonly unknown: string }) & {
  readonly because: readonly Decision[];
};

/** What a port of a pod is to its sidecar. */
export interface InboundPort {
  readonly protocol: ListenerProtocol;
  readonly http2: boolean;
  readonly because: Decision | null;
}

/** What an endpoint makes of a connection: its sidecar or ztunnel, the policies, the application. */
export function land(view: MeshView, obstacles: Obstacles, endpoint: Endpoint, arrival: Arrival): Landing {
  if (endpoint.kind === "address") {
    const { fixed } = endpoint;
    const says = `${fixed.address} is no pod of the mesh`;
    const because: Decision[] = [{ rule: "endpoint", says, object: fixed.object, path: ["spec"] }];
    return atApplication(null, arrival, because);
  }
  const { pod, port } = endpoint;
  const network = obstacles.network(pod, "inbound");
  if (network !== null) return { unknown: network.why, because: [network.because] };
  switch (pod.dataPlane) {
    case "gateway":
      return { unknown: "the pod is a gateway, and what it listens on is not predicted", because: [pod.because] };
    case "none": {
      const landing = atApplication(pod, arrival, [{ ...pod.because, says: `the server: ${pod.because.says}` }]);
      return orNobody(pod, port, landing, notListening(arrival));
    }
    case "ztunnel":
      return atZtunnel(view, pod, port, arrival);
    case "sidecar":
      return atSidecar(view, obstacles, pod, port, arrival);
  }
}

function atSidecar(view: MeshView, obstacles: Obstacles, pod: PodShape, port: number, arrival: Arrival): Landing {
  const captured = inboundCaptured(pod, port, view.settings.capture);
  if (captured.captured === "unknown") return { unknown: captured.why, because: [captured.because] };
  if (!captured.captured) {
    const landing = atApplication(pod, arrival, captured.because === null ? [] : [captured.because]);
    return orNobody(pod, port, landing, notListening(arrival));
  }
  const obstacle = obstacles.sidecar(pod, "inbound");
  if (obstacle !== null) return { unknown: obstacle.why, because: [obstacle.because] };
  const inbound = inboundPort(view, pod, port);
  const mode = decideMode(view.peerAuthentications(pod), port);
  const because = [...(inbound.because === null ? [] : [inbound.because]), mode.because];
  const { wire } = arrival;
  if (wire.transport === "hbone") return { unknown: "HBONE to a sidecar is not predicted", because };
  const received = receive(mode.mode, inbound.protocol, wire);
  if ("refused" in received) {
    const says = refusalText(wire, mode.mode, received.refused);
    const { object, path } = mode.because;
    const refusal: Decision = { rule: "inbound", says, ...(object && { object }), ...(path && { path }) };
    return { outcomes: closed(arrival.scheme, arrival.layer), because: [...because, refusal] };
  }
  const landing = received.decrypted
    ? behindMtls(view, pod, port, arrival, inbound, received.taken)
    : behindPlain(view, pod, port, arrival, inbound, received.taken);
  return { ...landing, because: [...because, ...landing.because] };
}

/** What the sidecar hands on of a connection whose mTLS it has ended. */
function behindMtls(
  view: MeshView,
  pod: PodShape,
  port: number,
  arrival: Arrival,
  inbound: InboundPort,
  chain: "http" | "tcp",
): Landing {
  const wrongName = nameRefused(pod, arrival, view.settings.trustDomain);
  if (wrongName !== null) return { outcomes: closed(arrival.scheme, arrival.layer), because: [wrongName] };
  const { landing, because } = admit(view, pod, port, arrival, chain, arrival.identity);
  if (landing !== null) return { ...landing, because };
  const outcomes = answers(pod, { ...arrival, http2: isHttp2(arrival, inbound, chain) }, "mtls");
  return orNobody(pod, port, { outcomes, because }, nobodyBehind(arrival, chain));
}

/** What the sidecar hands on of bytes that it took as they came. */
function behindPlain(
  view: MeshView,
  pod: PodShape,
  port: number,
  arrival: Arrival,
  inbound: InboundPort,
  chain: "http" | "tcp",
): Landing {
  const { landing, because } = admit(view, pod, port, arrival, chain, null);
  if (landing !== null) return { ...landing, because };
  const carried = { ...arrival, http2: isHttp2(arrival, inbound, chain) };
  return orNobody(pod, port, atApplication(pod, carried, because), nobodyBehind(arrival, chain));
}

/** A port that is found out hands on the version of HTTP that came. */
function isHttp2(arrival: Arrival, inbound: InboundPort, chain: "http" | "tcp"): boolean {
  return chain === "http" && inbound.protocol === "http" ? inbound.http2 : arrival.http2;
}

function nobodyBehind(arrival: Arrival, chain: "http" | "tcp"): readonly Outcome[] {
  return chain === "http" ? answered503(arrival) : closed(arrival.scheme, arrival.layer);
}

/**
 * What a sidecar takes a port for: what its Sidecar's ingress says, else the oldest Service that leads there, else nothing.
 *
 * Source: istio, pilot/pkg/networking/core/listener_inbound.go:buildInboundChainConfigs, getFilterChainsByServicePort.
 */
export function inboundPort(view: MeshView, pod: PodShape, port: number): InboundPort {
  const sidecar = view.sidecar(pod);
  const ingress = sidecar?.spec.ingress ?? [];
  if (sidecar !== null && ingress.length > 0) {
    const index = ingress.findIndex((one) => one.port?.number === port);
    const name = ingress[index]?.port?.protocol ?? "";
    const protocol = index < 0 ? "auto" : portProtocol({ port, appProtocol: name });
    const says = index < 0 ? `no ingress listener for port ${port}: it is found out` : `ingress listener: ${protocol}`;
    const path = ["spec", "ingress", ...(index < 0 ? [] : [index, "port"])];
    const because: Decision = { rule: "protocol", says, object: sidecar, path };
    return { protocol: listenerProtocol(protocol), http2: speaksHttp2(protocol), because };
  }
  const declared = view.declaring(pod, port);
  if (declared === null) {
    const says = `no Service leads to port ${port}: what it speaks is found out from the first bytes`;
    return { protocol: "auto", http2: false, because: { rule: "protocol", says } };
  }
  const { service, port: own } = declared;
  const listener = listenerProtocol(own.protocol);
  const says =
    listener === "auto"
      ? `port ${own.port} of the Service names no protocol: it is found out from the first bytes`
      : `port ${own.port} of the Service speaks ${own.protocol}`;
  const because: Decision = { rule: "protocol", says, object: service.object, path: ["spec", "ports", own.index] };
  return { protocol: listener, http2: speaksHttp2(own.protocol), because };
}

function refusalText(wire: Wire, mode: string, refused: "no-chain" | "handshake" | "codec"): string {
  const what =
    wire.transport === "mtls" ? "Istio's mTLS" : wire.transport === "tls" ? "TLS that is not Istio's" : "plaintext";
  switch (refused) {
    case "no-chain":
      return `${mode}: ${what} is refused`;
    case "handshake":
      return `${mode}: ${what} shows no certificate of the mesh, and is refused`;
    case "codec":
      return `${mode}: the port speaks HTTP, and cannot read ${what}${wire.transport === "plaintext" ? " that is no HTTP" : ""}`;
  }
}

/** A client that insists on names other than the server's own ends the handshake. */
function nameRefused(pod: PodShape, { names }: Arrival, trustDomain: string): Decision | null {
  const own = `spiffe://${trustDomain}/ns/${pod.namespace}/sa/${pod.serviceAccount}`;
  if (names === null || names.includes(own)) return null;
  return { rule: "destination-rule", says: `the client insists on ${names.join(" or ")}, and the server is ${own}` };
}

interface Admission {
  /** Null where the request may go on. */
  readonly landing: { readonly outcomes: readonly Outcome[] } | { readonly unknown: string } | null;
  readonly because: readonly Decision[];
}

function admit(
  view: MeshView,
  pod: PodShape,
  port: number,
  arrival: Arrival,
  chain: "http" | "tcp",
  identity: Identity | null,
): Admission {
  const facts = factsOf(pod, port, arrival, chain, identity);
  const applied = view.authorizationPolicies(pod);
  const answer = authorize(applied, facts, view.settings);
  const { requestAuthentications } = view.inventory;
  const token =
    requestAuthentications.length === 0 || answer.answer === "deny"
      ? null
      : requestAuthentication(
          requestAuthentications as readonly RequestAuthentication[],
          pod,
          facts,
          view.settings.rootNamespace,
        );
  if (token !== null) return { landing: { unknown: token.why }, because: token.because };
  switch (answer.answer) {
    case "allow":
      return { landing: null, because: applied.length === 0 ? [] : answer.because };
    case "unknown":
      return { landing: { unknown: answer.why }, because: answer.because };
    case "deny":
      return { landing: { outcomes: denied(arrival, chain, identity !== null) }, because: answer.because };
  }
}

function denied(arrival: Arrival, chain: "http" | "tcp", mutual: boolean): readonly Outcome[] {
  if (chain === "tcp") return closed(arrival.scheme, arrival.layer, true);
  return [answered(arrival.scheme, 403, mutual ? "mtls" : "plaintext")];
}

function factsOf(
  pod: PodShape,
  port: number,
  arrival: Arrival,
  chain: "http" | "tcp",
  identity: Identity | null,
): RequestFacts {
  return {
    chain,
    identity,
    sourceAddress: arrival.sourceAddress,
    remoteAddress: arrival.sourceAddress,
    destinationAddress: pod.addresses.length === 1 ? (pod.addresses[0] ?? null) : null,
    destinationPort: port,
    ...arrival.request,
  };
}

/**
 * A pod whose containers declare ports, and not this one, may have nothing that listens on it: they need not declare all,
 * and mostly do.
 */
function orNobody(pod: PodShape, port: number, landing: Landing, nobody: readonly Outcome[]): Landing {
  const declared = pod.ports.length === 0 || pod.ports.some(({ containerPort }) => containerPort === port);
  if (declared || !("outcomes" in landing)) return landing;
  const says = `no container of the pod declares port ${port}: perhaps nothing listens there`;
  const path = [...pod.path, "spec", "containers"];
  const because: Decision = { rule: "endpoint", says, object: pod.object, path };
  return { outcomes: [...landing.outcomes, ...nobody], because: [...landing.because, because] };
}

/** What a client sees of a port on which nothing listens. */
function notListening({ scheme, layer }: Arrival): readonly Outcome[] {
  return layer === "none" ? [notConnected(scheme)] : closed(scheme, layer);
}

/** The server's proxy answers in place of an application that it does not reach. */
function answered503({ scheme, wire }: Arrival): readonly Outcome[] {
  const { transport } = wire;
  return [answered(scheme, 503, transport === "mtls" || transport === "plaintext" ? transport : null)];
}

/** The bytes as they came reach the application. */
function atApplication(pod: PodShape | null, arrival: Arrival, because: readonly Decision[]): Landing {
  const { wire, scheme, layer } = arrival;
  switch (wire.transport) {
    case "plaintext":
      return { outcomes: answers(pod, arrival, isOwnTls(scheme) ? "tls" : "plaintext"), because };
    case "mtls": {
      const says = "Istio's mTLS reaches the application itself, which cannot read it";
      return { outcomes: closed(scheme, layer), because: [...because, { rule: "inbound", says }] };
    }
    case "hbone": {
      const says = "HBONE reaches a pod that does not take it";
      return { outcomes: closed(scheme, layer), because: [...because, { rule: "inbound", says }] };
    }
    case "tls":
      return afterOrigination(pod, arrival, because);
  }
}

/** The client's proxy began TLS by itself: whether the application takes it is for the application to say. */
function afterOrigination(pod: PodShape | null, arrival: Arrival, because: readonly Decision[]): Landing {
  const refused = closed(arrival.scheme, arrival.layer);
  if (pod !== null && !takesTls(pod)) {
    const says = "TLS reaches the application, and nothing says that it takes any";
    return { outcomes: refused, because: [...because, { rule: "inbound", says }] };
  }
  const says = "TLS reaches the application, which takes it or does not";
  return {
    outcomes: [...answers(pod, arrival, "tls"), ...refused],
    because: [...because, { rule: "inbound", says }],
  };
}

/** A pod says by the name or number of a port that its application takes TLS. */
export function takesTls(pod: PodShape): boolean {
  return pod.ports.some(
    ({ name, containerPort }) => /^(?:https|tls)\b/u.test(name ?? "") || [443, 8443].includes(containerPort),
  );
}

function isOwnTls(scheme: Scheme): boolean {
  return scheme === "https" || scheme === "tls";
}

/**
 * The application answers. One that a proxy speaks HTTP/2 to may know HTTP/1.1 only, and one that is called by the client's
 * own TLS, and does not say that it takes any, may not.
 */
function answers(
  pod: PodShape | null,
  { scheme, http2, layer }: Arrival,
  transport: "mtls" | "plaintext" | "tls",
): Outcome[] {
  const good = arrived(scheme, transport);
  if (isOwnTls(scheme) && pod !== null && !takesTls(pod)) return [good, ...closed(scheme, layer)];
  if (!http2 || (scheme !== "http" && scheme !== "ws")) return [good];
  return [good, answered(scheme, 502, transport)];
}

/** What the destination's ztunnel makes of a connection. */
function atZtunnel(view: MeshView, pod: PodShape, port: number, arrival: Arrival): Landing {
  const { scheme, layer, wire } = arrival;
  const hbone = wire.transport === "hbone";
  const { peerAuthentications } = view.inventory;
  const plain = ambientPlaintext(peerAuthentications, pod, port, view.settings.rootNamespace);
  if (!hbone && plain.refused) {
    const says = "the destination's ztunnel refuses a connection without identity";
    const because = [plain.because, { rule: "ambient-peer-authentication", says }];
    return { outcomes: refusedByZtunnel(scheme, layer, false), because };
  }
  const facts = factsOf(pod, port, arrival, "tcp", hbone ? arrival.identity : null);
  // ztunnel compares principals as they are written.
  const settings = { ...view.settings, trustDomainAliases: [] };
  const answer = authorize(ztunnelPolicies(view.authorizationPolicies(pod)), facts, settings);
  const because = [...(hbone ? [] : [plain.because]), ...answer.because];
  if (answer.answer === "unknown") return { unknown: answer.why, because };
  if (answer.answer === "deny") return { outcomes: refusedByZtunnel(scheme, layer, hbone), because };
  if (!hbone) return atApplication(pod, arrival, because);
  return { outcomes: [arrived(scheme, "hbone")], because };
}

/** ztunnel resets; a client that is not in the mesh sees the end of its connection one way or the other. */
function refusedByZtunnel(scheme: Scheme, layer: ClientLayer, hbone: boolean): readonly Outcome[] {
  if (layer !== "none" || hbone || scheme !== "http") return closed(scheme, layer);
  return closed(scheme, "tcp");
}
