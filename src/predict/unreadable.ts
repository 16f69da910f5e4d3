import type { Unreadable } from "../mesh/inventory.js";
import { depart } from "./client.js";
import type { Attempt } from "./attempt.js";
import type { Landing } from "./server.js";

/** Kinds that a client's sidecar goes by, and clients without one do not. */
const OF_SIDECAR_CLIENTS = ["DestinationRule", "VirtualService", "ServiceEntry", "ConfigMap"];
/** Kinds that the server's side goes by. */
const OF_SERVERS = [
  "PeerAuthentication",
  "AuthorizationPolicy",
  "RequestAuthentication",
  "WorkloadEntry",
  "Pod",
  "Service",
  "EndpointSlice",
];
/** Kinds that can be for either side. */
const OF_BOTH = ["Sidecar", "EnvoyFilter", "WasmPlugin", "NetworkPolicy"];

/** `depart`, but unknown where something that decides the call could not be read. */
export function departKnowing(attempt: Attempt): Landing[] {
  const landings = depart(attempt);
  const missing = attempt.view.inventory.unreadable.find((one) => decides(one, attempt));
  if (missing === undefined) return landings;
  return [{ unknown: missing.why, because: landings[0]?.because ?? [] }];
}

function decides({ kind, namespace }: Unreadable, { client, target, view }: Attempt): boolean {
  const ofSidecars = OF_SIDECAR_CLIENTS.includes(kind);
  if (ofSidecars && client.dataPlane !== "sidecar") return false;
  const ofBoth = OF_BOTH.includes(kind);
  if (!ofSidecars && !ofBoth && !OF_SERVERS.includes(kind)) return false;
  const server =
    target.kind === "service" ? [target.service.namespace] : target.kind === "pod" ? [target.pod.namespace] : [];
  const concerned = [view.settings.rootNamespace, ...server, ...(ofSidecars || ofBoth ? [client.namespace] : [])];
  return namespace === undefined || concerned.includes(namespace);
}
