import type { PodShape, Service, ServicePort } from "../rules/model.js";
import { listenerProtocol } from "../rules/protocol.js";
import { sees } from "../rules/sidecar-scope.js";
import type { Sight } from "../rules/sidecar-scope.js";
import type { MeshView } from "./view.js";

/** The Service whose routes a proxy follows for a pod's address. */
export interface PodListener {
  readonly service: Service;
  readonly own: ServicePort;
  readonly sight: Extract<Sight, { seen: true }>;
}

/**
 * What a client's proxy has for the very address and port of a pod. It listens there for every Service without an address
 * of its own whose port is not HTTP, and for all of them together: HTTP follows the oldest that is found out from the first
 * bytes, everything else the oldest of all.
 *
 * Source: istio, pilot/pkg/networking/core/listener.go:buildSidecarOutboundListeners, buildSidecarOutboundListener.
 *
 * @returns null where it has nothing of its own for the address
 */
export function listenerAtPod(
  view: MeshView,
  client: PodShape,
  pod: PodShape,
  port: number,
  http: boolean,
): PodListener | null {
  const all = view.headlessServices(pod.namespace).flatMap((service) => {
    const own = service.ports.find((one) => one.port === port && one.protocol !== "udp");
    if (own === undefined || !view.podsBehind(service).includes(pod)) return [];
    const sight = sees(view.scope(client), service, port, view.settings);
    if (!("seen" in sight) || !sight.seen) return [];
    const protocol = sight.protocol ?? listenerProtocol(own.protocol);
    return protocol === "http" ? [] : [{ service, own, sight, protocol }];
  });
  const [first] = all;
  if (!http) return first ?? null;
  return all.find(({ protocol }) => protocol === "auto") ?? first ?? null;
}
