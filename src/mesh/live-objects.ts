import type { Kubernetes, KubeObject } from "../ports.js";
import { KubeError } from "../ports.js";
import { NOWHERE } from "../rules/objects.js";
import type { Located } from "../rules/objects.js";
import type { Unreadable } from "./inventory.js";
import { findIstio } from "./istio.js";

/** A cluster's objects, as an inventory is made of them. */
export interface LiveObjects {
  readonly objects: readonly { readonly object: KubeObject; readonly at: Located }[];
  readonly unreadable: readonly Unreadable[];
  readonly kubernetes: string;
  readonly istio: string | null;
}

/** A kind that decides calls. `must`: a cluster that has it not is broken, where others may simply not be installed. */
interface ReadKind {
  readonly apiVersion: string;
  readonly kind: string;
}

const KINDS: readonly ReadKind[] = [
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
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway" },
  { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" },
];

/**
 * Reads what decides calls from a cluster, all kinds side by side, page by page, and nothing else. A kind that the cluster
 * does not have is empty; one that the rights do not allow is named.
 *
 * @throws KubeError where the cluster fails
 */
export async function readLiveObjects(
  kubernetes: Kubernetes,
  rootNamespace: string | undefined,
  signal: AbortSignal,
): Promise<LiveObjects> {
  const [version, istio, ...lists] = await Promise.all([
    kubernetes.version(signal),
    findIstio(kubernetes, rootNamespace, signal),
    ...KINDS.map((kind) => listed(kubernetes, kind, signal)),
  ]);
  const config = await meshConfig(kubernetes, istio?.namespace ?? rootNamespace ?? "istio-system", signal);
  const found = lists.flatMap((one) => ("objects" in one ? one.objects : []));
  const unreadable = [...lists, config].flatMap((one) => ("unreadable" in one ? [one.unreadable] : []));
  const objects = [...found, ...("objects" in config ? config.objects : [])];
  return {
    objects: objects.map((object) => ({ object, at: NOWHERE })),
    unreadable,
    kubernetes: version,
    istio: istio?.version ?? null,
  };
}

type Listed = { readonly objects: readonly KubeObject[] } | { readonly unreadable: Unreadable };

async function listed(kubernetes: Kubernetes, { apiVersion, kind }: ReadKind, signal: AbortSignal): Promise<Listed> {
  try {
    const objects = await kubernetes.list({ apiVersion, kind }, signal);
    // Lists leave out what all their items have in common.
    return { objects: objects.map((one) => ({ ...one, apiVersion, kind })) };
  } catch (thrown) {
    if (!(thrown instanceof KubeError)) throw thrown;
    if (thrown.status === 404) return { objects: [] };
    if (thrown.status !== 403) throw thrown;
    return { unreadable: { kind, why: `the rights do not allow to list ${kind}: what depends on it is unknown` } };
  }
}

async function meshConfig(kubernetes: Kubernetes, namespace: string, signal: AbortSignal): Promise<Listed> {
  try {
    const map = await kubernetes.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "istio" }, signal);
    return { objects: map === undefined ? [] : [{ ...map, apiVersion: "v1", kind: "ConfigMap" }] };
  } catch (thrown) {
    if (!(thrown instanceof KubeError) || thrown.status !== 403) throw thrown;
    const why = `the rights do not allow to read ConfigMap ${namespace}/istio: the mesh's settings are taken as the defaults`;
    return { unreadable: { kind: "ConfigMap", namespace, why } };
  }
}
