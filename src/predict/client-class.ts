import type { Client } from "../mesh/call.js";
import type { Workload } from "../mesh/inventory.js";
import type { PodShape } from "../rules/model.js";
import { selects } from "../rules/selectors.js";
import type { Obstacles } from "./obstacles.js";
import type { Distinctions } from "./distinctions.js";
import type { MeshView } from "./view.js";

/** A client of a prediction. */
export interface ClassedClient {
  readonly client: Client;
  readonly workload: Workload;
}

/**
 * A text that is the same for clients between which no rule can tell a difference, whatever they call. It may tell apart
 * clients that are the same, and never the other way round.
 */
export function clientKey(
  view: MeshView,
  obstacles: Obstacles,
  distinctions: Distinctions,
  { client, workload }: ClassedClient,
): string {
  return JSON.stringify(workload.pods.map((pod) => podKey(view, obstacles, distinctions, pod, client.container)));
}

function podKey(
  view: MeshView,
  obstacles: Obstacles,
  distinctions: Distinctions,
  pod: PodShape,
  container: string,
): unknown[] {
  const network = obstacles.network(pod, "outbound")?.why ?? null;
  const address = distinctions.addressesMatter ? pod.addresses : [];
  const unreadable = view.inventory.unreadable.length > 0 ? pod.namespace : null;
  // A pod that a name without address can lead to may call itself.
  const itself = distinctions.behindHeadless.has(pod) ? distinctions.idOf(pod) : null;
  const common = [pod.dataPlane, network, address, unreadable, itself];
  if (pod.dataPlane === "none" || pod.dataPlane === "gateway") return common;
  const identity = distinctions.identityKey(pod);
  if (pod.dataPlane === "ztunnel") return [...common, identity, distinctions.namespaceKey(pod.namespace)];
  return [
    ...common,
    identity,
    distinctions.namespaceKey(pod.namespace),
    obstacles.sidecar(pod, "outbound")?.why ?? null,
    captureKey(pod),
    distinctions.idOf(view.sidecar(pod)),
    pod.proxyUserContainers.includes(container),
    distinctions.clientSelectors(pod.namespace).map((labels) => selects({ matchLabels: labels }, pod.labels)),
  ];
}

function captureKey({ annotations }: PodShape): string[] {
  return Object.entries(annotations)
    .filter(([name]) => name.startsWith("traffic.sidecar.istio.io/") || name === "sidecar.istio.io/interceptionMode")
    .map(([name, value]) => `${name}=${value}`)
    .sort();
}
