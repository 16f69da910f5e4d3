import type { CaptureDefaults } from "./capture.js";
import type { Decision, MeshObject } from "./objects.js";
import type { Labels } from "./selectors.js";

/** The mesh as rules see it: pods, Services and what is behind them, and the mesh's own settings. */

/** What stands between a pod and the network; a `gateway` is a proxy and nothing else. */
export type DataPlane = "sidecar" | "ztunnel" | "gateway" | "none";

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
}

/** A pod, or what all pods of a template look like. The labels and annotations are those after injection. */
export interface PodShape {
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly serviceAccount: string;
  readonly hostNetwork: boolean;
  readonly dataPlane: DataPlane;
  readonly ports: readonly ContainerPort[];
  /** How many there are of it; 0 where none answers calls. */
  readonly replicas: number;
  /** Why it has the data plane that it has. */
  readonly because: Decision;
  /** Containers that run as the proxy's user go round the proxy. */
  readonly proxyUserContainers: readonly string[];
  /** Known for pods of a cluster, and of files that say it. */
  readonly addresses: readonly string[];
  /** The object that the pod or its template stands in, and the path of the pod's metadata and spec in it. */
  readonly object: MeshObject;
  /** `[]` for a Pod, `["spec", "template"]` for most, `["spec", "jobTemplate", "spec", "template"]` for a CronJob. */
  readonly path: readonly string[];
}

/** What a Service's port says that its bytes are (istio, pkg/config/kube/conversion.go:ConvertProtocol). */
export type PortProtocol = "http" | "http2" | "grpc" | "tcp" | "tls" | "auto" | "udp";

export interface ServicePort {
  readonly port: number;
  readonly name: string;
  readonly protocol: PortProtocol;
  /** A number, or the name of a container's port. */
  readonly targetPort: number | string;
  /** Its place in `spec.ports`. */
  readonly index: number;
}

/** Something with a host name and ports that clients call: a Service, or a host of a ServiceEntry. */
export interface Service {
  readonly object: MeshObject;
  readonly kind: "Service" | "ServiceEntry";
  readonly namespace: string;
  readonly name: string;
  /** The full name: `httpbin.foo.svc.cluster.local`; a ServiceEntry's host, which may begin with `*.`. */
  readonly hostname: string;
  readonly ports: readonly ServicePort[];
  readonly headless: boolean;
  /** The name that an ExternalName Service stands for. */
  readonly externalName: string | null;
  /** MESH_EXTERNAL: never mTLS by itself. */
  readonly external: boolean;
  /** How a ServiceEntry finds its endpoints; STATIC for Services. */
  readonly resolution: "NONE" | "STATIC" | "DNS" | "DNS_ROUND_ROBIN" | "DYNAMIC_DNS";
  /** Addresses that clients call; empty where no file says them. */
  readonly addresses: readonly string[];
  /** `networking.istio.io/exportTo`, or a ServiceEntry's; null for none. */
  readonly exportTo: readonly string[] | null;
  /** The labels of the pods behind it; null for none: then `endpoints` are all there is. */
  readonly selector: Labels | null;
  readonly endpoints: readonly FixedEndpoint[];
  /** Identities that a ServiceEntry says its endpoints may have, besides the ones of their service accounts. */
  readonly subjectAltNames?: readonly string[];
}

/** An address that is written down: of Endpoints, an EndpointSlice, a ServiceEntry or a WorkloadEntry. */
export interface FixedEndpoint {
  readonly address: string;
  /** By the name of the Service's port; a port that is not there is the Service's own targetPort. */
  readonly ports: ReadonlyMap<string, number>;
  /** Whether Istio's clients take it for a sidecar that takes mTLS. */
  readonly tlsMode: boolean;
  readonly labels: Labels;
  readonly serviceAccount: string | null;
  readonly object: MeshObject;
}

/** MeshConfig and istiod's settings, as far as they decide calls. */
export interface MeshSettings {
  readonly rootNamespace: string;
  readonly domain: string;
  readonly trustDomain: string;
  readonly trustDomainAliases: readonly string[];
  readonly enableAutoMtls: boolean;
  /** Whether injection puts the scrape of a pod's metrics behind its sidecar, where the pod does not say. */
  readonly enablePrometheusMerge: boolean;
  readonly outboundTrafficPolicy: "ALLOW_ANY" | "REGISTRY_ONLY";
  readonly pathNormalization: "NONE" | "BASE" | "MERGE_SLASHES" | "DECODE_AND_MERGE_SLASHES";
  readonly defaultServiceExportTo: readonly string[] | null;
  readonly defaultDestinationRuleExportTo: readonly string[] | null;
  readonly defaultVirtualServiceExportTo: readonly string[] | null;
  /** Names of the external authorizers that CUSTOM policies can name. */
  readonly extensionProviders: readonly string[];
  /** What sidecars take on themselves where a pod says nothing. */
  readonly capture: CaptureDefaults;
  /** Whether istiod runs with ambient: sidecars then speak HBONE with captured pods. */
  readonly ambient: boolean;
  /** Where these were read; null where all are defaults. */
  readonly object: MeshObject | null;
}
