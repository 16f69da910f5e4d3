/** Where a kind lives in the API: its plural name in paths, and whether its objects have a namespace. */
export interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

const namespaced = (plural: string): Resource => ({ plural, namespaced: true });
const clusterWide = (plural: string): Resource => ({ plural, namespaced: false });

/**
 * The kinds that every run uses, so that it needs no discovery request for them. The group is part of the key, since
 * other groups have kinds of the same name.
 */
const KNOWN: Readonly<Record<string, Resource>> = {
  "/ConfigMap": namespaced("configmaps"),
  "/Endpoints": namespaced("endpoints"),
  "/Event": namespaced("events"),
  "/Namespace": clusterWide("namespaces"),
  "/Pod": namespaced("pods"),
  "/Service": namespaced("services"),
  "/ServiceAccount": namespaced("serviceaccounts"),
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": clusterWide("mutatingwebhookconfigurations"),
  "apps/DaemonSet": namespaced("daemonsets"),
  "apps/Deployment": namespaced("deployments"),
  "apps/ReplicaSet": namespaced("replicasets"),
  "apps/StatefulSet": namespaced("statefulsets"),
  "coordination.k8s.io/Lease": namespaced("leases"),
  "discovery.k8s.io/EndpointSlice": namespaced("endpointslices"),
  "security.istio.io/AuthorizationPolicy": namespaced("authorizationpolicies"),
  "security.istio.io/PeerAuthentication": namespaced("peerauthentications"),
  "security.istio.io/RequestAuthentication": namespaced("requestauthentications"),
  "networking.istio.io/DestinationRule": namespaced("destinationrules"),
  "networking.istio.io/EnvoyFilter": namespaced("envoyfilters"),
  "networking.istio.io/Gateway": namespaced("gateways"),
  "networking.istio.io/ServiceEntry": namespaced("serviceentries"),
  "networking.istio.io/Sidecar": namespaced("sidecars"),
  "networking.istio.io/VirtualService": namespaced("virtualservices"),
  "networking.istio.io/WorkloadEntry": namespaced("workloadentries"),
  "extensions.istio.io/TrafficExtension": namespaced("trafficextensions"),
  "extensions.istio.io/WasmPlugin": namespaced("wasmplugins"),
  "install.istio.io/IstioOperator": namespaced("istiooperators"),
  "networking.k8s.io/NetworkPolicy": namespaced("networkpolicies"),
  "gateway.networking.k8s.io/Gateway": namespaced("gateways"),
  "gateway.networking.k8s.io/GRPCRoute": namespaced("grpcroutes"),
  "gateway.networking.k8s.io/HTTPRoute": namespaced("httproutes"),
  "gateway.networking.k8s.io/TCPRoute": namespaced("tcproutes"),
  "gateway.networking.k8s.io/TLSRoute": namespaced("tlsroutes"),
  "batch/CronJob": namespaced("cronjobs"),
  "batch/Job": namespaced("jobs"),
  "/ReplicationController": namespaced("replicationcontrollers"),
};

/** The group of an apiVersion: "" for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** The resource of a kind that needs no discovery, or undefined. */
export function knownResource(apiVersion: string, kind: string): Resource | undefined {
  return KNOWN[`${groupOf(apiVersion)}/${kind}`];
}

/** The path prefix of an apiVersion: `/api/v1`, `/apis/apps/v1`. */
export function apiPrefix(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The path of a kind's objects, and of one of them where `name` is given. */
export function objectPath(apiVersion: string, resource: Resource, namespace?: string, name?: string): string {
  const parts = [apiPrefix(apiVersion)];
  if (resource.namespaced && namespace !== undefined) parts.push("namespaces", encodeURIComponent(namespace));
  parts.push(resource.plural);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  return parts.join("/");
}
