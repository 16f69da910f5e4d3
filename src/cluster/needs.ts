import { countsInRoot, EXPORTED_KINDS, READ_KINDS } from "../mesh/live-objects.js";
import type { ReadKind } from "../mesh/live-objects.js";
import type { KubeObject } from "../ports.js";
import { LEASE_NAME } from "./lease.js";
import { groupOf, knownResource } from "./resources.js";

/**
 * The rights that a run uses, each with what it is for: the one table that the preflight goes by and that `mtls-gate rbac`
 * prints.
 */

/** A right. `group` is "" for the core group; `name`: for the object of that name alone. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
}

/** Rights for one purpose. */
export interface Need {
  /** The namespace; null: the whole cluster. */
  readonly where: string | null;
  readonly rights: readonly Right[];
  /** What they are for. */
  readonly use: string;
  /** What is lost without them. Absent: a run refuses. */
  readonly without?: string;
}

/** What a run is about to do, as far as it takes rights. */
export interface Purpose {
  /** False for a prediction. */
  readonly calls: boolean;
  /** Those of clients and destinations. */
  readonly namespaces: readonly string[];
  readonly applied: readonly KubeObject[];
  readonly appliesAnything: boolean;
  /** Whether it is not looked whom a mesh-wide policy reaches. */
  readonly allowMeshWide: boolean;
  readonly rootNamespace: string;
  readonly istioNamespace: string;
}

/** Everything that a run asks of a cluster, namespace by namespace, the cluster's own last. */
export function needsOf(purpose: Purpose): Need[] {
  const { namespaces, rootNamespace } = purpose;
  return [
    ...namespaces.flatMap((where) => [...(purpose.calls ? [callsIn(where)] : []), ...readsIn(where, purpose)]),
    ...appliesIn(purpose),
    ...(namespaces.includes(rootNamespace) ? [] : [rootReads(rootNamespace)]),
    ...istioReads(purpose),
    ...clusterReads(purpose),
  ];
}

function right(group: string, resource: string, ...verbs: string[]): Right[] {
  return verbs.map((verb) => ({ verb, group, resource }));
}

const SEEN = ["Pod", "Service", "EndpointSlice"];

function callsIn(where: string): Need {
  return {
    where,
    use: "finding clients and destinations, and calling from the clients' pods",
    rights: [
      ...listing(READ_KINDS.filter(({ kind }) => SEEN.includes(kind))),
      // A WebSocket opens with a GET, which servers before 1.35 authorise as such; later ones want create as well.
      ...right("", "pods/exec", "get", "create"),
    ],
  };
}

const UNKNOWN = "the calls that turn on one of these kinds are unknown";

function readsIn(where: string, { calls }: Purpose): Need[] {
  const own = READ_KINDS.filter(
    ({ kind }) => !OWNERS.includes(kind) && !CLUSTER_WIDE.includes(kind) && !(calls && SEEN.includes(kind)),
  );
  const owners = READ_KINDS.filter(({ kind }) => OWNERS.includes(kind));
  return [
    { where, use: "predicting what the policies make of the calls", rights: listing(own), without: UNKNOWN },
    {
      where,
      use: "telling which workload a pod is of",
      rights: listing(owners),
      without: "it is told from the pods' names and labels",
    },
  ];
}

const OWNERS = ["ReplicaSet", "Job"];
const CLUSTER_WIDE = [...EXPORTED_KINDS, "Namespace"];

function listing(kinds: readonly ReadKind[]): Right[] {
  return kinds.flatMap(({ apiVersion, kind }) => {
    const resource = knownResource(apiVersion, kind);
    return resource === undefined ? [] : right(groupOf(apiVersion), resource.plural, "list");
  });
}

function rootReads(where: string): Need {
  const kinds = READ_KINDS.filter((one) => countsInRoot(one) && !CLUSTER_WIDE.includes(one.kind));
  return { where, use: "reading the policies for the whole mesh", rights: listing(kinds), without: UNKNOWN };
}

function istioReads({ istioNamespace: where, applied }: Purpose): Need[] {
  const asked = applied.some(({ kind, apiVersion }) => kind !== "PeerAuthentication" && isIstios(apiVersion));
  return [
    {
      where,
      use: "reading the mesh's settings",
      rights: right("", "configmaps", "get").map((one) => ({ ...one, name: "istio" })),
      without: "the calls of clients with a sidecar are unknown",
    },
    {
      where,
      use: "finding istiod and its version",
      rights: right("apps", "deployments", "list"),
      without: "the version is not in the report, and a cluster without Istio is not told from one with it",
    },
    ...(asked
      ? [
          {
            where,
            use: "asking istiod whether the proxies hold the policies",
            rights: [...right("", "pods", "list"), ...right("", "pods/exec", "get", "create")],
            without: "the run waits longer",
          },
        ]
      : []),
  ];
}

function isIstios(apiVersion: string): boolean {
  return apiVersion.includes(".istio.io/");
}

function clusterReads({ calls, istioNamespace }: Purpose): Need[] {
  const exported = READ_KINDS.filter(({ kind }) => EXPORTED_KINDS.includes(kind));
  return [
    {
      where: null,
      use: "reading routes and hosts, which count from any namespace",
      rights: listing(exported),
      without: "the calls of clients with a sidecar are unknown",
    },
    {
      where: null,
      use: "reading the namespaces' labels",
      rights: right("", "namespaces", ...(calls ? ["get", "list"] : ["list"])),
      without: "a namespace that is not there is told late, and waypoints that are named by a namespace are not seen",
    },
    {
      where: null,
      use: "finding Istio, and which namespaces it injects",
      rights: right("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "list"),
      without: `Istio is looked for in ${istioNamespace}, and a sidecar that is not injected is noticed late`,
    },
  ];
}

/** What a run that applies needs beyond reading. */
function appliesIn({ applied, appliesAnything, namespaces, allowMeshWide, rootNamespace }: Purpose): Need[] {
  if (!appliesAnything) return [];
  const touched = [...new Set(applied.flatMap(({ metadata }) => metadata.namespace ?? []))];
  const meshWide = touched.includes(rootNamespace);
  return [
    ...[...new Set([...namespaces, ...touched])].map((where) => ({
      where,
      use: "keeping other runs out",
      rights: right("coordination.k8s.io", "leases", "get", "list", "create", "update", "delete"),
    })),
    ...kindsApplied(applied),
    ...namespaces.map((where) => ({
      where,
      use: "telling why pods do not start",
      rights: [...right("", "events", "list"), ...right("", "pods/log", "get")],
      without: "it is not told",
    })),
    ...(meshWide ? meshWideLooks(allowMeshWide) : [holderLook(rootNamespace)]),
  ];
}

function kindsApplied(applied: readonly KubeObject[]): Need[] {
  const found = new Map<string, Need>();
  for (const { apiVersion, kind, metadata } of applied) {
    const resource = knownResource(apiVersion, kind);
    const where = metadata.namespace ?? null;
    if (resource === undefined) continue;
    const rights = right(groupOf(apiVersion), resource.plural, "get", "list", "create", "patch", "update", "delete");
    found.set(JSON.stringify([where, groupOf(apiVersion), kind]), {
      where,
      use: `applying and removing ${kind}`,
      rights,
    });
  }
  return [...found.values()];
}

function meshWideLooks(allowed: boolean): Need[] {
  const leases = {
    where: null,
    use: "seeing runs on other namespaces, which a mesh-wide policy is in the way of",
    rights: right("coordination.k8s.io", "leases", "list"),
    without: "they are not seen",
  };
  const pods = {
    where: null,
    use: "seeing whom a mesh-wide policy reaches",
    rights: right("", "pods", "list"),
    without: "it is refused, unless allow-mesh-wide is set",
  };
  return allowed ? [leases] : [leases, pods];
}

function holderLook(where: string): Need {
  return {
    where,
    use: "seeing another run's mesh-wide policies",
    rights: right("coordination.k8s.io", "leases", "get").map((one) => ({ ...one, name: LEASE_NAME })),
    without: "they are not seen",
  };
}
