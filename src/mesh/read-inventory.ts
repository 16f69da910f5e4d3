import type { KubeObject } from "../ports.js";
import { enrolled } from "../rules/ambient-enrollment.js";
import type { Located, MeshObject } from "../rules/objects.js";
import type { Inventory, Unreadable } from "./inventory.js";
import { meshObject } from "./mesh-object.js";
import { readObject } from "./read-objects.js";
import type { ReadObject } from "./read-objects.js";
import { POD_KINDS, readWorkloads } from "./read-pods.js";
import type { PodContext } from "./read-pods.js";
import { readServices } from "./read-services.js";
import { readMeshSettings } from "./read-settings.js";

/** What an inventory is made of. */
export interface InventoryInput {
  readonly source: Inventory["source"];
  readonly objects: readonly { readonly object: KubeObject; readonly at: Located }[];
  /** As the user gives it; else MeshConfig's, else istio-system. */
  readonly rootNamespace?: string | undefined;
  readonly unreadable?: readonly Unreadable[];
}

/** The kinds that are handed on as they are, and the list each goes to. */
const HANDED_ON = {
  peerAuthentications: ["security.istio.io/PeerAuthentication"],
  destinationRules: ["networking.istio.io/DestinationRule"],
  authorizationPolicies: ["security.istio.io/AuthorizationPolicy"],
  requestAuthentications: ["security.istio.io/RequestAuthentication"],
  sidecars: ["networking.istio.io/Sidecar"],
  virtualServices: ["networking.istio.io/VirtualService"],
  gateways: ["gateway.networking.k8s.io/Gateway"],
  envoyFilters: ["networking.istio.io/EnvoyFilter"],
  wasmPlugins: ["extensions.istio.io/WasmPlugin", "extensions.istio.io/TrafficExtension"],
  networkPolicies: ["networking.k8s.io/NetworkPolicy"],
  gatewayRoutes: ["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"].map((kind) => `gateway.networking.k8s.io/${kind}`),
  outside: [
    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
    "apiregistration.k8s.io/APIService",
    "monitoring.coreos.com/ServiceMonitor",
    "monitoring.coreos.com/PodMonitor",
    "networking.k8s.io/Ingress",
    "networking.istio.io/Gateway",
  ],
} as const satisfies Partial<Record<keyof Inventory, readonly string[]>>;

type HandedOn = keyof typeof HANDED_ON;

const LIST_OF = new Map(
  Object.entries(HANDED_ON).flatMap(([list, keys]) => keys.map((key) => [key, list as HandedOn] as const)),
);

/** Kinds that are read and become part of something else. */
const READ = [
  ...POD_KINDS,
  "/Namespace",
  "/Service",
  "/Endpoints",
  "/ServiceAccount",
  "/ConfigMap",
  "discovery.k8s.io/EndpointSlice",
  "networking.istio.io/ServiceEntry",
  "networking.istio.io/WorkloadEntry",
  "install.istio.io/IstioOperator",
];

/** Objects → a mesh. What is wrong with an object is told elsewhere: here, it means what it would mean to Istio. */
export function readInventory(input: InventoryInput): Inventory {
  const objects = input.objects.map(({ object, at }) => readObject(object, at));
  const settings = readMeshSettings(objects, input.rootNamespace);
  const namespaces = new Map(
    objects
      .filter(({ key }) => key === "/Namespace")
      .map((one) => [one.object.metadata.name, namespaceOf(one)] as const),
  );
  const workloads = readWorkloads(objects, { namespaces, enrolled: enrolment(namespaces) });
  const captured = workloads.some(({ pods }) => pods.some(({ dataPlane }) => dataPlane === "ztunnel"));
  return {
    source: input.source,
    settings: { ...settings, ambient: settings.ambient || captured },
    namespaces: new Map([...namespaces].map(([name, { labels }]) => [name, labels])),
    workloads,
    services: readServices(objects, settings.domain),
    ...handedOn(objects),
    unreadable: input.unreadable ?? [],
    ignored: ignoredOf(objects),
  };
}

function namespaceOf({ object, at }: ReadObject): { labels: Readonly<Record<string, string>>; object: MeshObject } {
  return { labels: object.metadata.labels ?? {}, object: meshObject(object, at) };
}

/** The CNI leaves this namespace out unless it is told otherwise. */
const NEVER_ENROLLED = ["kube-system"];

function enrolment(namespaces: PodContext["namespaces"]): PodContext["enrolled"] {
  return (namespace, pod) => {
    if (NEVER_ENROLLED.includes(namespace)) return null;
    const found = enrolled(namespaces.get(namespace)?.labels ?? {}, { ...pod, hasSidecar: false });
    return found.enrolled ? found.because : null;
  };
}

type Lists = { -readonly [List in HandedOn]: Inventory[List][number][] };

function handedOn(objects: readonly ReadObject[]): Lists {
  const lists = Object.fromEntries(Object.keys(HANDED_ON).map((list) => [list, []])) as unknown as Record<
    HandedOn,
    MeshObject[]
  >;
  for (const { object, at, key } of objects) {
    const list = LIST_OF.get(key);
    // These have their content beside `spec`.
    const content = list === "outside" ? { ...object, spec: object["spec"] ?? object } : object;
    if (list !== undefined) lists[list].push(meshObject(content, at));
  }
  return lists as Lists;
}

function ignoredOf(objects: readonly ReadObject[]): Map<string, number> {
  const ignored = new Map<string, number>();
  for (const { object, key } of objects) {
    if (!READ.includes(key) && !LIST_OF.has(key)) ignored.set(object.kind, (ignored.get(object.kind) ?? 0) + 1);
  }
  return ignored;
}

type Placed = InventoryInput["objects"][number];

/** What an object is to a server: of two with one key, there can be one. */
export function objectKey(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return JSON.stringify([readObject(object, { lineOf: () => undefined }).key, namespace, name]);
}

/** Objects of files in the place of those of the same name that a cluster has, keeping the cluster's age and uid. */
export function overlay(live: readonly Placed[], files: readonly Placed[]): Placed[] {
  const keyOf = ({ object }: Placed): string => objectKey(object);
  const replaced = new Map(files.map((one) => [keyOf(one), one]));
  const kept = live.filter((one) => !replaced.has(keyOf(one)));
  const before = new Map(live.map((one) => [keyOf(one), one]));
  return [
    ...kept,
    ...files.map((one) => {
      const created = before.get(keyOf(one))?.object.metadata.creationTimestamp;
      if (created === undefined || one.object.metadata.creationTimestamp !== undefined) return one;
      return { ...one, object: { ...one.object, metadata: { ...one.object.metadata, creationTimestamp: created } } };
    }),
  ];
}
