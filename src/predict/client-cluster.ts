import type { UpstreamCluster } from "../rules/auto-mtls.js";
import type { ChosenPolicy } from "../rules/destination-rule.js";
import type { Service, ServicePort } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import { namespaceMode } from "../rules/peer-authentication.js";
import { exportedTo } from "../rules/sidecar-scope.js";
import type { RouteDestination } from "../rules/virtual-service.js";
import type { Attempt } from "./attempt.js";
import type { Endpoint } from "./view.js";

/** A host's port that a proxy sends to, or a subset of it. */
export interface Cluster extends RouteDestination {
  readonly port: number;
  /** Whether a VirtualService leads there: that lets a proxy know Services of its own namespace, whatever they are exported to. */
  readonly routed?: boolean;
}

/** What a proxy has for it: a Service's port, and how it is sent to. */
export interface FoundCluster {
  readonly service: Service;
  readonly own: ServicePort;
  readonly policy: ChosenPolicy | null;
  readonly cluster: UpstreamCluster;
}

/** What the client's proxy has for a host's port, or what it lacks. */
export function clusterOf({ view, client }: Attempt, to: Cluster): FoundCluster | { readonly missing: Decision } {
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

/**
 * What a client's proxy knows by a host name.
 *
 * Source: istio, pilot/pkg/model/sidecar.go:collectImportedServices.
 */
export function hostFor(
  { view, client }: Pick<Attempt, "view" | "client">,
  host: string,
  routed: boolean,
): Service | undefined {
  const all = view.hosts(host);
  const own = routed ? all.find(({ namespace }) => namespace === client.namespace) : undefined;
  return own ?? all.find((one) => exportedTo(one, client.namespace, view.settings));
}

const TLS_MODE = "security.istio.io/tlsMode";

/** Whether an endpoint is marked as one that takes Istio's mTLS. */
export function takesMtls(endpoint: Endpoint): boolean {
  if (endpoint.kind === "address") return endpoint.fixed.tlsMode;
  return endpoint.written === undefined ? endpoint.pod.labels[TLS_MODE] === "istio" : endpoint.written.tlsMode;
}
