import { isSubsetOf, fullHost } from "../rules/hosts.js";
import type { PodShape, Service } from "../rules/model.js";
import { hostsOf } from "../rules/virtual-service.js";
import { inboundPort } from "./server.js";
import { resolve } from "./target.js";
import type { MeshView } from "./view.js";

/**
 * Whether a call can be mTLS and leave no mark of it at the destination: where the server's sidecar takes the port for
 * TCP, it ends the mTLS and adds no header to the request. What an echo lacks proves nothing there. It goes by what
 * Services declare, never by policies: those are what is to be proven.
 */
export function hidesMtls(view: MeshView, clientNamespace: string, host: string, port: number): boolean {
  const target = resolve(view, clientNamespace, host);
  switch (target.kind) {
    case "pod":
      return takesForTcp(view, target.pod, port);
    case "service":
      return [{ service: target.service, port }, ...routedTo(view, target.service, port)].some((one) =>
        leadsToTcp(view, one.service, one.port),
      );
    case "nothing":
    case "unknown":
      return true;
  }
}

function takesForTcp(view: MeshView, pod: PodShape, port: number): boolean {
  return pod.dataPlane === "sidecar" && inboundPort(view, pod, port).protocol === "tcp";
}

function leadsToTcp(view: MeshView, service: Service, port: number): boolean {
  const own = service.ports.filter((one) => one.port === port || service.ports.length === 1);
  const behind = own.flatMap((one) => view.endpoints(service, one));
  return behind.some((one) => one.kind === "pod" && takesForTcp(view, one.pod, service.headless ? port : one.port));
}

/** Where VirtualServices can send calls of a host, whichever of their routes is taken. */
function routedTo(view: MeshView, service: Service, port: number): { service: Service; port: number }[] {
  const { domain } = view.settings;
  return view.inventory.virtualServices
    .filter((one) => hostsOf(one, domain).some((host) => isSubsetOf(service.hostname, host)))
    .flatMap((one) =>
      [...(one.spec.http ?? []), ...(one.spec.tcp ?? []), ...(one.spec.tls ?? [])]
        .flatMap(({ route }) => route ?? [])
        .flatMap(({ destination }) =>
          view
            .hosts(fullHost(destination?.host ?? "", one.namespace, domain))
            .map((found) => ({ service: found, port: destination?.port?.number ?? port })),
        ),
    );
}
