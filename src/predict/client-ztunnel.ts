import type { Outcome } from "../mesh/call.js";
import { ambientTransport } from "../rules/ambient-transport.js";
import type { Identity } from "../rules/authorization-policy.js";
import { authorize } from "../rules/authorization.js";
import type { Service } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import { listenerProtocol } from "../rules/protocol.js";
import { usesWaypoint, waypointFor, waypointIdentity, waypointPolicies } from "../rules/waypoint.js";
import type { Gateway } from "../rules/waypoint.js";
import { arrivalOf, plainWire } from "./attempt.js";
import type { Attempt } from "./attempt.js";
import { throughNetwork } from "./client-network.js";
import { routesOf } from "./client-routes.js";
import { answered, closed, isHttp } from "./outcome.js";
import type { Arrival, Landing } from "./server.js";
import type { KnownTarget } from "./target.js";

/** What the client's ztunnel makes of a connection. */
export function throughZtunnel(attempt: Attempt, target: KnownTarget): Landing[] {
  const waypoint = target.kind === "service" ? waypointOf(attempt, target.service) : null;
  if (waypoint !== null && "landing" in waypoint) return [waypoint.landing];
  const because = waypoint?.because ?? [];
  return throughNetwork(attempt, target, because, "none", (endpoint) => {
    if (endpoint.kind !== "pod") return arrivalOf(attempt, "none", plainWire(attempt.scheme));
    const { transport } = ambientTransport(attempt.client, endpoint.pod, attempt.view.settings);
    const wire: Arrival["wire"] = transport === "hbone" ? { transport: "hbone" } : plainWire(attempt.scheme);
    return arrivalOf(attempt, "none", wire, waypoint === null ? {} : { identity: waypoint.identity });
  });
}

interface ThroughWaypoint {
  readonly identity: Identity;
  readonly because: readonly Decision[];
}

/** A call through a waypoint: its policies decide, and the server's ztunnel sees the waypoint in the client's place. */
function waypointOf(attempt: Attempt, service: Service): ThroughWaypoint | { landing: Landing } | null {
  const { view, client, scheme, request, port } = attempt;
  const labels = view.inventory.namespaces.get(service.namespace) ?? {};
  if (!usesWaypoint(client.dataPlane, service, labels).through || service.headless) return null;
  const pod = { namespace: service.namespace, labels: {} };
  const { waypoint, because } = waypointFor(service, pod, labels, view.inventory.gateways as readonly Gateway[]);
  if (waypoint === null) return null;
  if (waypoint === "unknown") return { landing: { unknown: because.says, because: [because] } };
  const { rootNamespace, trustDomain } = view.settings;
  const routes = routesOf(attempt, [service.hostname], port);
  if (routes !== null)
    return { landing: { unknown: "the waypoint has routes for the host", because: [because, routes.because] } };
  const { namespace, serviceAccount } = client;
  const own = service.ports.find((one) => one.port === port);
  const chain = isHttp(scheme) && own !== undefined && listenerProtocol(own.protocol) !== "tcp" ? "http" : "tcp";
  const applied = waypointPolicies(view.inventory.authorizationPolicies, waypoint, service, rootNamespace);
  const facts = {
    chain,
    identity: { trustDomain, namespace, serviceAccount },
    sourceAddress: null,
    remoteAddress: null,
    destinationAddress: null,
    destinationPort: port,
    ...request,
  } as const;
  const answer = authorize(applied, facts, view.settings);
  const all = [because, ...answer.because];
  if (answer.answer === "unknown") return { landing: { unknown: answer.why, because: all } };
  if (answer.answer === "deny") {
    const outcomes: readonly Outcome[] = chain === "http" ? [answered(scheme, 403, "hbone")] : closed(scheme, "tcp");
    return { landing: { outcomes, because: all } };
  }
  return { identity: waypointIdentity(waypoint, trustDomain), because: all };
}
