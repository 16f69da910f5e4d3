import type { DataPlane, MeshSettings } from "./model.js";
import type { Decision } from "./objects.js";
import type { Labels } from "./selectors.js";

/** A client, as far as it decides what carries its bytes. */
export interface TransportClient {
  readonly dataPlane: DataPlane;
}

/** A pod that is called, as it is after injection. */
export interface TransportDestination {
  readonly dataPlane: DataPlane;
  readonly labels: Labels;
  readonly annotations: Labels;
}

/**
 * What carries the bytes from pod to pod. `legacy` leaves it to the rules that hold without ambient: DestinationRules and
 * automatic mutual TLS decide between plaintext and TLS.
 */
export interface AmbientTransport {
  readonly transport: "hbone" | "plaintext" | "legacy";
  readonly because: Decision;
}

const RULE = "ambient-transport";

/**
 * What a client sends towards a pod of a Service, and what comes of it with plain HTTP:
 *
 * | client | destination | sends | outcome |
 * |---|---|---|---|
 * | ztunnel | ztunnel, any mode | hbone | 200 over HBONE |
 * | ztunnel | sidecar or bare pod with `networking.istio.io/tunnel: http` | hbone | 200 over HBONE where something listens for it |
 * | ztunnel | sidecar without it, STRICT | plaintext | 000, exit 56 |
 * | ztunnel | sidecar without it, PERMISSIVE or DISABLE; bare pod | plaintext | 200 in plaintext |
 * | ztunnel | ztunnel that an AuthorizationPolicy denies it | hbone | 000, exit 56 |
 * | sidecar | ztunnel, istiod with ambient | hbone | 200 over HBONE; 503 where an AuthorizationPolicy denies it |
 * | sidecar | ztunnel, istiod without ambient | legacy | plaintext: 200, against STRICT 503; TLS: 503 |
 * | sidecar | sidecar, bare pod | legacy | as without ambient |
 * | none | ztunnel, STRICT or denied | plaintext | 000, exit 52 or 56, either from run to run |
 * | none | ztunnel, PERMISSIVE or DISABLE | plaintext | 200 in plaintext |
 *
 * A ztunnel never looks at DestinationRules. A sidecar does, but against a captured pod they change only what is inside
 * the tunnel: DISABLE, ISTIO_MUTUAL and automatic mutual TLS put the plain bytes into it, SIMPLE and MUTUAL their own TLS,
 * which the application gets to see. PeerAuthentication does not turn HBONE off either, DISABLE no more than another mode.
 *
 * The rule is for calls through a cluster with known endpoints. A sidecar's calls to a Service without a cluster address,
 * to a pod's address, or to a host that it does not know go to the original destination and never over HBONE: ask the
 * rules without ambient for those. What is left out are settings that are off by default: PILOT_PREFER_SENDING_HBONE,
 * and DISABLE_HBONE_SEND of a proxy.
 *
 * Source: istio, pilot/pkg/serviceregistry/ambient/workloads.go:setTunnelProtocol,
 * pilot/pkg/xds/endpoints/endpoint_builder.go:buildEnvoyLbEndpoint, supportTunnel,
 * pilot/pkg/networking/core/cluster_tls.go:applyHBONETransportSocketMatches, pilot/pkg/features/ambient.go; ztunnel,
 * src/proxy/outbound.rs:build_request.
 */
export function ambientTransport(
  client: TransportClient,
  destination: TransportDestination,
  mesh: Pick<MeshSettings, "ambient">,
): AmbientTransport {
  switch (client.dataPlane) {
    case "none":
    case "gateway":
      return decided("plaintext", "a client without a proxy sends plaintext");
    case "ztunnel":
      return fromZtunnel(destination);
    case "sidecar":
      return fromSidecar(destination, mesh);
  }
}

function fromZtunnel(destination: TransportDestination): AmbientTransport {
  if (isCaptured(destination)) return decided("hbone", "between pods that ztunnel captures the bytes go over HBONE");
  if (hasTunnelLabel(destination)) {
    return decided("hbone", "ztunnel sends HBONE to a pod with the label networking.istio.io/tunnel=http");
  }
  return decided("plaintext", "ztunnel sends plaintext to a pod that takes no HBONE, whatever DestinationRules say");
}

function fromSidecar(destination: TransportDestination, mesh: Pick<MeshSettings, "ambient">): AmbientTransport {
  if (!mesh.ambient) return decided("legacy", "istiod runs without ambient, so sidecars send no HBONE");
  if (label(destination, "security.istio.io/tlsMode") === "istio") {
    return decided("legacy", "a sidecar prefers Istio's mutual TLS to HBONE where the pod's label says it takes that");
  }
  if (isCaptured(destination) || hasTunnelLabel(destination) || isWaypoint(destination)) {
    return decided("hbone", "a sidecar sends HBONE to a pod that takes it, whatever DestinationRules say");
  }
  return decided("legacy", "the pod takes no HBONE");
}

/** The annotation is set by the CNI once it has captured a pod. */
function isCaptured({ dataPlane, annotations }: TransportDestination): boolean {
  return dataPlane === "ztunnel" || annotations["ambient.istio.io/redirection"] === "enabled";
}

/** A list of protocols (pilot/pkg/model/service.go:SupportsTunnel). Injection sets it where ISTIO_META_ENABLE_HBONE is. */
function hasTunnelLabel(destination: TransportDestination): boolean {
  return (label(destination, "networking.istio.io/tunnel") ?? "").split(",").includes("http");
}

function isWaypoint(destination: TransportDestination): boolean {
  return label(destination, "gateway.istio.io/managed") === "istio.io-mesh-controller";
}

function label({ labels }: TransportDestination, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function decided(transport: AmbientTransport["transport"], says: string): AmbientTransport {
  return { transport, because: { rule: RULE, says } };
}
