import type { Kubernetes, KubeObject } from "../ports.js";
import { selects } from "../rules/selectors.js";
import { workloadOf } from "./pods.js";
import type { Workload } from "./pods.js";

/** A pod with the workload that it belongs to. */
export interface LivePod {
  readonly pod: KubeObject;
  readonly namespace: string;
  readonly workload: Workload;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ServicePort {
  readonly port: number;
  readonly name?: string;
  readonly protocol?: string;
  readonly targetPort?: number | string;
  readonly appProtocol?: string;
}

export interface LiveService {
  readonly namespace: string;
  readonly name: string;
  readonly ports: readonly ServicePort[];
  readonly selector: Readonly<Record<string, string>> | null;
  readonly clusterIPs: readonly string[];
  readonly type: string;
}

/** The part of a cluster that a run is about, as it is now. */
export interface LiveMesh {
  readonly pods: readonly LivePod[];
  readonly services: readonly LiveService[];
  /** Whether a Service has an address that is ready, by `namespace/name`. */
  readonly endpoints: ReadonlyMap<string, boolean>;
}

/** Reads pods, Services and endpoints of the namespaces, all side by side. Pods that are being deleted are left out. */
export async function readLiveMesh(
  kubernetes: Kubernetes,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<LiveMesh> {
  const parts = await Promise.all(namespaces.map((namespace) => readNamespace(kubernetes, namespace, signal)));
  return {
    pods: parts.flatMap((part) => part.pods),
    services: parts.flatMap((part) => part.services),
    endpoints: new Map(parts.flatMap((part) => [...part.endpoints])),
  };
}

async function readNamespace(kubernetes: Kubernetes, namespace: string, signal: AbortSignal): Promise<LiveMesh> {
  const list = (apiVersion: string, kind: string): Promise<KubeObject[]> =>
    kubernetes.list({ apiVersion, kind, namespace }, signal);
  const [pods, services, slices] = await Promise.all([
    list("v1", "Pod"),
    list("v1", "Service"),
    list("discovery.k8s.io/v1", "EndpointSlice"),
  ]);
  return {
    // Reading the ReplicaSets would cost a right and a request; their name and the pods' hash say the same.
    pods: pods.filter((pod) => pod.metadata.deletionTimestamp === undefined).map((pod) => livePod(pod, namespace)),
    services: services.map((service) => liveService(service, namespace)),
    endpoints: endpointsOf(services, slices, namespace),
  };
}

function livePod(pod: KubeObject, namespace: string): LivePod {
  return { pod, namespace, workload: workloadOf(pod, new Map()), labels: pod.metadata.labels ?? {} };
}

interface ServiceSpec {
  readonly ports?: readonly ServicePort[];
  readonly selector?: Readonly<Record<string, string>>;
  readonly clusterIPs?: readonly string[];
  readonly clusterIP?: string;
  readonly type?: string;
}

function liveService(service: KubeObject, namespace: string): LiveService {
  const spec = (service["spec"] ?? {}) as ServiceSpec;
  return {
    namespace,
    name: service.metadata.name,
    ports: spec.ports ?? [],
    selector: spec.selector ?? null,
    clusterIPs: spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]),
    type: spec.type ?? "ClusterIP",
  };
}

interface Slice {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[];
}

function endpointsOf(
  services: readonly KubeObject[],
  slices: readonly KubeObject[],
  namespace: string,
): Map<string, boolean> {
  const ready = new Set<string>();
  for (const slice of slices) {
    const service = slice.metadata.labels?.["kubernetes.io/service-name"];
    const { endpoints } = slice as Slice;
    // An absent condition counts as ready, as the API has it.
    if (service !== undefined && endpoints?.some((one) => one.conditions?.ready !== false) === true) ready.add(service);
  }
  return new Map(services.map(({ metadata }) => [`${namespace}/${metadata.name}`, ready.has(metadata.name)]));
}

/** Whether every Service has IPv4 addresses alone, so that looking for others is waste. False where none has an address. */
export function isIPv4Only({ services }: LiveMesh): boolean {
  const addresses = services.flatMap(({ clusterIPs }) => clusterIPs).filter((address) => address !== "None");
  return addresses.length > 0 && !addresses.some((address) => address.includes(":"));
}

/** The pods behind a Service. */
export function podsBehind(mesh: LiveMesh, service: LiveService): LivePod[] {
  const { selector } = service;
  if (selector === null || Object.keys(selector).length === 0) return [];
  return mesh.pods.filter(
    (one) => one.namespace === service.namespace && selects({ matchLabels: selector }, one.labels),
  );
}

/** The workload's port that a Service's port leads to in a pod; null where a name stands for a port that the pod has not. */
export function targetPortOf(port: ServicePort, pod: KubeObject): number | null {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target;
  const containers =
    (pod["spec"] as { containers?: { ports?: { name?: string; containerPort: number }[] }[] } | undefined)
      ?.containers ?? [];
  return containers.flatMap((one) => one.ports ?? []).find((one) => one.name === target)?.containerPort ?? null;
}
