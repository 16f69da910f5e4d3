import type { KubeObject } from "../ports.js";
import { decideInjection } from "../rules/injection.js";
import type { Injection } from "../rules/injection.js";
import type { ContainerPort, DataPlane, PodShape } from "../rules/model.js";
import type { Decision, MeshObject } from "../rules/objects.js";
import type { Labels } from "../rules/selectors.js";
import type { Workload } from "./inventory.js";
import { meshObject } from "./mesh-object.js";
import { PROXY_CONTAINER } from "./pods.js";
import type { ReadObject } from "./read-objects.js";

/** Pods and what makes pods → workloads, each with what its pods look like. */

/** Where the pod's template stands in an object, by kind. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  "apps/Deployment": ["spec", "template"],
  "apps/StatefulSet": ["spec", "template"],
  "apps/DaemonSet": ["spec", "template"],
  "apps/ReplicaSet": ["spec", "template"],
  "/ReplicationController": ["spec", "template"],
  "batch/Job": ["spec", "template"],
  "batch/CronJob": ["spec", "jobTemplate", "spec", "template"],
};

/** The kinds that pods are read from, `group/Kind`. */
export const POD_KINDS: readonly string[] = ["/Pod", ...Object.keys(TEMPLATES)];

interface Container {
  readonly name?: string;
  readonly args?: readonly string[];
  readonly ports?: readonly ContainerPort[];
  readonly restartPolicy?: string;
  readonly securityContext?: { readonly runAsUser?: number };
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly spec?: {
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly serviceAccountName?: string;
    readonly serviceAccount?: string;
    readonly hostNetwork?: boolean;
    readonly securityContext?: { readonly runAsUser?: number };
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip?: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** What namespaces say of their pods, and which pods ztunnel takes. */
export interface PodContext {
  readonly namespaces: ReadonlyMap<string, { readonly labels: Labels; readonly object: MeshObject }>;
  /** Whether a pod without sidecar is captured by ztunnel. */
  enrolled(namespace: string, pod: Pick<PodShape, "labels" | "annotations" | "hostNetwork">): Decision | null;
}

interface Found {
  /** Owners that are there, by kind and name, lead to the top. */
  readonly object: ReadObject;
  readonly template: PodTemplate;
  readonly path: readonly string[];
  readonly isPod: boolean;
}

/**
 * The workloads of objects. Pods count for the top controller that owns them, whether that one is there or not; where a
 * workload has pods, they say what it looks like, and else its template does.
 */
export function readWorkloads(objects: readonly ReadObject[], context: PodContext): Workload[] {
  const owners = new Map(objects.map((one) => [ownerKey(one.object), one.object]));
  const groups = new Map<string, { top: Top; found: Found[] }>();
  for (const object of objects) {
    const found = templateOf(object);
    if (found === null || hasEnded(found)) continue;
    const top = topOf(object.object, owners);
    const key = JSON.stringify([object.object.metadata.namespace, top.kind, top.name]);
    const group = groups.get(key) ?? { top, found: [] };
    group.found.push(found);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ top, found }) => workload(top, found, context)).filter((one) => one !== null);
}

function ownerKey({ kind, metadata }: Pick<KubeObject, "kind" | "metadata">): string {
  return JSON.stringify([metadata.namespace, kind, metadata.name]);
}

interface Top {
  readonly kind: string;
  readonly name: string;
}

/** Follows owner references upwards, as far as the owners are there. */
function topOf(object: KubeObject, owners: ReadonlyMap<string, KubeObject>): Top {
  let current = object;
  for (let depth = 0; depth < 8; depth += 1) {
    const owner = current.metadata.ownerReferences?.find((one) => one.controller === true);
    if (owner === undefined) break;
    const { namespace } = object.metadata;
    const metadata = { name: owner.name, ...(namespace === undefined ? {} : { namespace }) };
    const above = owners.get(ownerKey({ kind: owner.kind, metadata }));
    if (above === undefined) return aboveReplicaSet(owner, object);
    current = above;
  }
  return { kind: current.kind, name: current.metadata.name };
}

/** A ReplicaSet of a Deployment is named after it and the hash of its pod template, which the pod's label repeats. */
function aboveReplicaSet(owner: Top, pod: KubeObject): Top {
  const hash = pod.metadata.labels?.["pod-template-hash"];
  if (owner.kind === "ReplicaSet" && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    return { kind: "Deployment", name: owner.name.slice(0, -hash.length - 1) };
  }
  return { kind: owner.kind, name: owner.name };
}

function templateOf(object: ReadObject): Found | null {
  if (object.key === "/Pod") return { object, template: object.object, path: [], isPod: true };
  const path = Object.hasOwn(TEMPLATES, object.key) ? TEMPLATES[object.key] : undefined;
  if (path === undefined) return null;
  let value: unknown = object.object;
  for (const step of path) value = (value as Record<string, unknown> | undefined)?.[step];
  return typeof value === "object" && value !== null ? { object, template: value, path, isPod: false } : null;
}

function hasEnded({ object, template, isPod }: Found): boolean {
  if (!isPod) return false;
  const phase = template.status?.phase;
  return phase === "Succeeded" || phase === "Failed" || object.object.metadata.deletionTimestamp !== undefined;
}

function workload(top: Top, found: readonly Found[], context: PodContext): Workload | null {
  const pods = found.filter(({ isPod }) => isPod);
  const templates = found.filter(({ isPod }) => !isPod);
  const own = templates.filter(({ object }) => object.object.kind === top.kind);
  const telling = pods.length > 0 ? pods : own.length > 0 ? own : templates.filter((one) => replicasOf(one) > 0);
  const [first] = telling;
  if (first === undefined) return null;
  const shapes = merged(telling.map((one) => shapeOf(one, top, context)));
  return {
    namespace: first.object.object.metadata.namespace ?? "",
    kind: top.kind,
    name: top.name,
    pods: shapes,
    containers: callers(first.template),
  };
}

/** As kubectl chooses: the annotation's container first; the proxy never. */
function callers(template: PodTemplate): string[] {
  const names = (template.spec?.containers ?? [])
    .map(({ name }) => name ?? "")
    .filter((name) => name !== PROXY_CONTAINER);
  const first = template.metadata?.annotations?.["kubectl.kubernetes.io/default-container"];
  return first !== undefined && names.includes(first) ? [first, ...names.filter((name) => name !== first)] : names;
}

function replicasOf({ object, template, isPod }: Found): number {
  if (!isPod) {
    const replicas = (object.object["spec"] as { replicas?: unknown } | undefined)?.replicas;
    return typeof replicas === "number" ? replicas : 1;
  }
  const ready = template.status?.conditions?.find(({ type }) => type === "Ready");
  return ready === undefined || ready.status === "True" ? 1 : 0;
}

function shapeOf(found: Found, top: Top, context: PodContext): PodShape {
  const { object, template, path } = found;
  const spec = template.spec ?? {};
  const namespace = object.object.metadata.namespace ?? "";
  const bare = {
    namespace,
    labels: template.metadata?.labels ?? {},
    annotations: template.metadata?.annotations ?? {},
    hostNetwork: spec.hostNetwork === true,
  };
  const owner = meshObject(object.object, object.at);
  const { dataPlane, because, injected } = dataPlaneOf(found, bare, owner, context);
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  return {
    ...bare,
    labels: injected ? withInjectedLabels(bare.labels, top) : bare.labels,
    serviceAccount: spec.serviceAccountName ?? spec.serviceAccount ?? "default",
    dataPlane,
    ports: containers.flatMap(({ ports }) => ports ?? []),
    replicas: replicasOf(found),
    because,
    proxyUserContainers: proxyUsers(spec),
    addresses: addressesOf(template),
    object: owner,
    path,
  };
}

const PROXY_USER = 1337;

function proxyUsers({ containers = [], securityContext }: NonNullable<PodTemplate["spec"]>): string[] {
  return containers
    .filter((one) => one.name !== PROXY_CONTAINER)
    .filter((one) => (one.securityContext?.runAsUser ?? securityContext?.runAsUser) === PROXY_USER)
    .map(({ name }) => name ?? "");
}

function addressesOf({ status }: PodTemplate): string[] {
  const all = [status?.podIP, ...(status?.podIPs ?? []).map(({ ip }) => ip)].filter((one) => one !== undefined);
  return [...new Set(all)].filter((one) => one !== "");
}

interface Plane {
  readonly dataPlane: DataPlane;
  readonly because: Decision;
  /** Whether the webhook will add its labels, too. */
  readonly injected: boolean;
}

const RULE = "injection";

function dataPlaneOf(
  found: Found,
  pod: Pick<PodShape, "namespace" | "labels" | "annotations" | "hostNetwork">,
  owner: MeshObject,
  context: PodContext,
): Plane {
  const own = ownProxy(found, owner);
  if (own !== null) return own;
  const { template, path, isPod, object } = found;
  // A pod that is there already has been through admission: what it has not got it will not get.
  const exists = isPod && (object.object.metadata.uid !== undefined || template.status?.podIP !== undefined);
  const injection = decideInjection(pod, context.namespaces.get(pod.namespace)?.labels ?? {});
  if (injection.injected && !exists) {
    const templates = pod.annotations["inject.istio.io/templates"]?.split(",") ?? [];
    const dataPlane = templates.includes("gateway") ? "gateway" : "sidecar";
    return { dataPlane, because: injectionDecision(injection, pod, owner, path, context), injected: true };
  }
  const ambient = context.enrolled(pod.namespace, pod);
  if (ambient !== null) return { dataPlane: "ztunnel", because: ambient, injected: false };
  const because: Decision = exists
    ? { rule: RULE, says: "the pod has no proxy", object: owner, path: [...path, "spec", "containers"] }
    : injectionDecision(injection, pod, owner, path, context);
  return { dataPlane: "none", because, injected: false };
}

/** The proxy that a pod or template has already, as `istioctl kube-inject` writes it, or as a container or a native sidecar. */
function ownProxy({ template, path }: Found, owner: MeshObject): Plane | null {
  for (const list of ["containers", "initContainers"] as const) {
    const containers = template.spec?.[list] ?? [];
    const index = containers.findIndex(({ name }) => name === PROXY_CONTAINER);
    if (index < 0) continue;
    const gateway = containers[index]?.args?.includes("router") === true;
    const says = gateway ? "the pod is a gateway" : "the pod has the proxy already";
    const because = { rule: RULE, says, object: owner, path: [...path, "spec", list, index] };
    return { dataPlane: gateway ? "gateway" : "sidecar", because, injected: false };
  }
  return null;
}

function injectionDecision(
  { says, by }: Injection,
  pod: Pick<PodShape, "namespace">,
  owner: MeshObject,
  path: readonly string[],
  context: PodContext,
): Decision {
  const namespace = context.namespaces.get(pod.namespace)?.object;
  if (by === null) {
    // Nothing says so: the place to say otherwise is the namespace.
    return namespace === undefined ? { rule: RULE, says } : { rule: RULE, says, object: namespace, path: ["metadata"] };
  }
  if (by.of === "pod") return { rule: RULE, says, object: owner, path: [...path, "metadata", by.field, by.key] };
  return {
    rule: RULE,
    says,
    ...(namespace === undefined ? {} : { object: namespace, path: ["metadata", by.field, by.key] }),
  };
}

/**
 * The labels that injection adds where they are not there.
 *
 * Source: istio, manifests/charts/istio-control/istio-discovery/files/injection-template.yaml.
 */
function withInjectedLabels(labels: Labels, top: Top): Labels {
  return {
    "security.istio.io/tlsMode": "istio",
    "service.istio.io/canonical-name": labels["app.kubernetes.io/name"] ?? labels["app"] ?? top.name,
    "service.istio.io/canonical-revision": labels["app.kubernetes.io/version"] ?? labels["version"] ?? "latest",
    ...labels,
  };
}

/** Labels that tell the pods of one workload apart without meaning anything. */
const OF_ONE_POD = [
  "pod-template-hash",
  "controller-revision-hash",
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
  "batch.kubernetes.io/job-name",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-completion-index",
  "controller-uid",
  "job-name",
];

/** Pods that look the same are one shape, with all their addresses. */
function merged(shapes: readonly PodShape[]): PodShape[] {
  if (shapes.length === 1) return [...shapes];
  const byLook = new Map<string, PodShape>();
  for (const shape of shapes) {
    const labels = Object.entries(shape.labels).filter(([name]) => !OF_ONE_POD.includes(name));
    const annotations = Object.entries(shape.annotations).filter(([name]) => name.includes("istio.io/"));
    const look = JSON.stringify([
      labels.sort(),
      annotations.filter(([name]) => name !== "sidecar.istio.io/status").sort(),
      [shape.serviceAccount, shape.hostNetwork, shape.dataPlane, shape.ports],
    ]);
    const before = byLook.get(look);
    const both =
      before === undefined
        ? shape
        : {
            ...before,
            replicas: before.replicas + shape.replicas,
            addresses: [...before.addresses, ...shape.addresses],
          };
    byLook.set(look, both);
  }
  return [...byLook.values()];
}
