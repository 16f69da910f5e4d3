import type { Inventory, Workload } from "../mesh/inventory.js";
import { inventoryNamespaces } from "../mesh/inventory-calls.js";
import type { PodShape } from "../rules/model.js";
import { valueAt } from "./edit.js";
import type { MeshView } from "./view.js";

/** Clients between which no prediction of a call can tell a difference, and one that stands for them. */
export interface ClientClass {
  readonly from: readonly string[];
  readonly client: Workload;
  readonly container: string;
}

/**
 * The clients of a mesh: in namespaces that are Kubernetes' or Istio's own, gateways alone. Those have the same clusters as
 * sidecars have, and so count as such.
 */
export function clientClasses(view: MeshView): ClientClass[] {
  const { inventory } = view;
  const namespaces = inventoryNamespaces(inventory);
  const all = inventory.workloads.flatMap((one) => clientsOf(one, namespaces.includes(one.namespace)));
  const keys = selectedKeys(inventory);
  // Addresses count where policies look at them, and a pod that calls itself is like no other where its address is called.
  const addresses = inventory.authorizationPolicies.length > 0;
  const headless = inventory.services.filter((one) => one.headless);
  const itself = new Set(headless.flatMap((one) => view.podsBehind(one)));
  const groups = Map.groupBy(all, (one, index) => {
    const alone = one.client.pods.some((pod) => itself.has(pod));
    return `${alone ? index : ""} ${classKey(one, keys, addresses)}`;
  });
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, from: group.flatMap(({ from }) => from) }];
  });
}

function clientsOf(workload: Workload, wanted: boolean): ClientClass[] {
  const { pods, containers, kind, namespace, name } = workload;
  const from = `${kind} ${namespace}/${name}`;
  const [first = "", ...others] = containers;
  if (pods.every(({ dataPlane }) => dataPlane === "gateway")) {
    return [{ from: [`${from} (a gateway)`], client: asSidecars(workload), container: first }];
  }
  if (!wanted) return [];
  // Containers of one pod call alike, but for those that go round the proxy.
  const around = others.filter((one) => pods.some(({ proxyUserContainers }) => proxyUserContainers.includes(one)));
  return [
    { from: [from], client: workload, container: first },
    ...around.map((container) => ({ from: [`${from} (container ${container})`], client: workload, container })),
  ];
}

function asSidecars(workload: Workload): Workload {
  return { ...workload, pods: workload.pods.map((pod) => ({ ...pod, dataPlane: "sidecar" })) };
}

/** All that a client's side goes by. What is new in a pod's shape is in it, too, unless it is left out here. */
function classKey({ client, container }: ClientClass, keys: ReadonlySet<string>, withAddresses: boolean): string {
  return JSON.stringify(
    client.pods.map((pod) => {
      const { labels, annotations, addresses } = pod;
      const rest = Object.entries(pod).filter(([name]) => !KEPT_OUT.includes(name));
      return [
        rest,
        pod.proxyUserContainers.includes(container),
        entries(labels, (key) => keys.has(key) || (key.includes("istio.io/") && !key.startsWith(CANONICAL))),
        entries(annotations, (key) => key.includes("istio.io/") && !key.endsWith("/status")),
        withAddresses ? addresses : [],
      ];
    }),
  );
}

/** What is looked at by itself, and what says only where the pod comes from and what it is as a server. */
const KEPT_OUT: readonly string[] = [
  ...["labels", "annotations", "addresses", "proxyUserContainers"],
  ...["ports", "replicas", "because", "object", "path"],
];

/** Names of the workload, which decide nothing. */
const CANONICAL = "service.istio.io/canonical-";

function entries(of: PodShape["labels"], counts: (key: string) => boolean): [string, string][] {
  return Object.entries(of)
    .filter(([key]) => counts(key))
    .sort();
}

/** The labels that objects choose clients by. */
function selectedKeys(inventory: Inventory): Set<string> {
  const { sidecars, destinationRules, envoyFilters, wasmPlugins, networkPolicies, virtualServices } = inventory;
  const at = (path: string, ...lists: (readonly { readonly spec: unknown }[])[]): unknown[] =>
    lists.flat().map(({ spec }) => valueAt(spec, [path]));
  const selectors = [
    ...at("workloadSelector", sidecars, destinationRules, envoyFilters),
    ...at("selector", wasmPlugins),
    ...at("podSelector", networkPolicies),
    ...virtualServices.map(({ spec }) => spec),
  ];
  const keys = new Set<string>();
  for (const one of selectors) collect(one, keys);
  return keys;
}

const HAVE_KEYS = ["matchLabels", "labels", "sourceLabels"];

function collect(value: unknown, keys: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    if (name === "key" && typeof inner === "string") keys.add(inner);
    if (HAVE_KEYS.includes(name) && typeof inner === "object" && inner !== null) {
      for (const key of Object.keys(inner)) keys.add(key);
    }
    collect(inner, keys);
  }
}
