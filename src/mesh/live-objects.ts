import type { Kubernetes, KubeObject } from "../ports.js";
import { KubeError } from "../ports.js";
import type { Problem } from "../problems.js";
import { warningProblem } from "../problems.js";
import { NOWHERE } from "../rules/objects.js";
import type { Located } from "../rules/objects.js";
import type { Unreadable } from "./inventory.js";
import { findIstio } from "./istio.js";
import { DEFAULT_ROOT_NAMESPACE } from "./read-settings.js";

/** A cluster's objects, as an inventory is made of them. */
export interface LiveObjects {
  readonly objects: readonly { readonly object: KubeObject; readonly at: Located }[];
  readonly unreadable: readonly Unreadable[];
  readonly kubernetes: string;
  readonly istio: string | null;
}

/** A kind that decides calls. */
export interface ReadKind {
  readonly apiVersion: string;
  readonly kind: string;
}

export const READ_KINDS: readonly ReadKind[] = [
  { apiVersion: "v1", kind: "Namespace" },
  { apiVersion: "v1", kind: "Pod" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
  { apiVersion: "apps/v1", kind: "ReplicaSet" },
  { apiVersion: "batch/v1", kind: "Job" },
  { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication" },
  { apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy" },
  { apiVersion: "security.istio.io/v1", kind: "RequestAuthentication" },
  { apiVersion: "networking.istio.io/v1", kind: "DestinationRule" },
  { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry" },
  { apiVersion: "networking.istio.io/v1", kind: "Sidecar" },
  { apiVersion: "networking.istio.io/v1", kind: "VirtualService" },
  { apiVersion: "networking.istio.io/v1", kind: "WorkloadEntry" },
  { apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter" },
  { apiVersion: "extensions.istio.io/v1alpha1", kind: "WasmPlugin" },
  { apiVersion: "extensions.istio.io/v1alpha1", kind: "TrafficExtension" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway" },
  { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" },
  { apiVersion: "gateway.networking.k8s.io/v1", kind: "GRPCRoute" },
  { apiVersion: "gateway.networking.k8s.io/v1alpha2", kind: "TCPRoute" },
  { apiVersion: "gateway.networking.k8s.io/v1alpha2", kind: "TLSRoute" },
];

/** Kinds whose objects are for clients of all namespaces, wherever they are. */
export const EXPORTED_KINDS = ["ServiceEntry", "VirtualService"];

/** Whether a kind's objects in the root namespace are for the whole mesh. */
export function countsInRoot({ apiVersion }: ReadKind): boolean {
  return apiVersion.includes(".istio.io/");
}

/** What shows who calls pods without being a workload of the mesh. */
const OUTSIDE: readonly ReadKind[] = [
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" },
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration" },
  { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService" },
  { apiVersion: "monitoring.coreos.com/v1", kind: "ServiceMonitor" },
  { apiVersion: "monitoring.coreos.com/v1", kind: "PodMonitor" },
  { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
  { apiVersion: "networking.istio.io/v1", kind: "Gateway" },
];

/** Where to look. */
export interface LiveScope {
  /** Else MeshConfig's, else istio-system. */
  readonly rootNamespace?: string | undefined;
  /** The namespaces that are looked into where the rights do not allow to look into all. */
  readonly namespaces: readonly string[];
  /** Whether to look for those who call from outside the mesh, too. */
  readonly outside?: boolean | undefined;
}

/**
 * Reads what decides calls from a cluster, all kinds side by side, page by page, and nothing else. A kind that the cluster
 * does not have is empty; one that the rights do not allow is named.
 *
 * @throws KubeError where the cluster fails
 */
export async function readLiveObjects(
  kubernetes: Kubernetes,
  { rootNamespace, namespaces, outside = false }: LiveScope,
  signal: AbortSignal,
): Promise<LiveObjects> {
  const istio = findIstio(kubernetes, rootNamespace, signal);
  // Asked for where it is needed alone: a promise that nobody waits for would end the program when it rejects.
  const root = async (): Promise<string> => (await istio)?.rootNamespace ?? rootNamespace ?? DEFAULT_ROOT_NAMESPACE;
  const config = istio.then((found) => meshConfig(kubernetes, found?.namespace ?? DEFAULT_ROOT_NAMESPACE, signal));
  const [version, found, ...lists] = await Promise.all([
    kubernetes.version(signal),
    istio,
    config,
    ...[...READ_KINDS, ...(outside ? OUTSIDE : [])].map((kind) =>
      everywhere(kubernetes, kind, { namespaces, root }, signal),
    ),
  ]);
  const all = lists.flat();
  const objects = all.flatMap((one) => ("objects" in one ? one.objects : []));
  return {
    objects: objects.map((object) => ({ object, at: NOWHERE })),
    unreadable: all.flatMap((one) => ("unreadable" in one ? [one.unreadable] : [])),
    kubernetes: version,
    istio: found?.version ?? null,
  };
}

type Listed = { readonly objects: readonly KubeObject[] } | { readonly unreadable: Unreadable };

/** Lists in all namespaces, or, where the rights do not allow that, in those that matter, one by one. */
async function everywhere(
  kubernetes: Kubernetes,
  kind: ReadKind,
  { namespaces, root }: { namespaces: readonly string[]; root: () => Promise<string> },
  signal: AbortSignal,
): Promise<Listed[]> {
  const all = await listed(kubernetes, kind, undefined, signal);
  if ("objects" in all || namespaces.length === 0 || kind.kind === "Namespace") return [all];
  const inside = [...new Set(countsInRoot(kind) ? [...namespaces, await root()] : namespaces)];
  const lists = await Promise.all(inside.map((namespace) => listed(kubernetes, kind, namespace, signal)));
  // Of the policies for these namespaces none is anywhere else, but a route or a host can be.
  return EXPORTED_KINDS.includes(kind.kind) ? [...lists, all] : lists;
}

async function listed(
  kubernetes: Kubernetes,
  { apiVersion, kind }: ReadKind,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<Listed> {
  const where = namespace === undefined ? {} : { namespace };
  try {
    return { objects: await kubernetes.list({ apiVersion, kind, ...where }, signal) };
  } catch (thrown) {
    if (!(thrown instanceof KubeError)) throw thrown;
    if (thrown.status === 404) return { objects: [] };
    if (thrown.status !== 403) throw thrown;
    const place = namespace === undefined ? "" : ` in ${namespace}`;
    return {
      unreadable: {
        kind,
        ...where,
        why: `the rights do not allow to list ${kind}${place}: what depends on it is unknown`,
      },
    };
  }
}

async function meshConfig(kubernetes: Kubernetes, namespace: string, signal: AbortSignal): Promise<Listed> {
  try {
    const map = await kubernetes.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "istio" }, signal);
    return { objects: map === undefined ? [] : [{ ...map, apiVersion: "v1", kind: "ConfigMap" }] };
  } catch (thrown) {
    if (!(thrown instanceof KubeError) || thrown.status !== 403) throw thrown;
    const why = `the rights do not allow to read ConfigMap ${namespace}/istio: the mesh's settings are unknown`;
    return { unreadable: { kind: "ConfigMap", namespace, why } };
  }
}

/** What the rights do not allow to read, as one warning. */
export function unreadableProblems({ unreadable }: Pick<LiveObjects, "unreadable">): Problem[] {
  if (unreadable.length === 0) return [];
  const kinds = [...new Set(unreadable.map(({ kind }) => kind))];
  const namespaces = [...new Set(unreadable.flatMap(({ namespace }) => namespace ?? []))];
  const where = namespaces.length === 0 ? "" : ` (in ${namespaces.join(", ")})`;
  return [
    warningProblem(
      "unreadable",
      `the rights do not allow to read ${kinds.join(", ")}${where}`,
      undefined,
      "what depends on it is not predicted: give the right to get and list these kinds",
    ),
  ];
}
