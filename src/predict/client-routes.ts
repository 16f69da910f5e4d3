import type { Service, ServicePort } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import { normalizeTarget } from "../rules/request-path.js";
import { sees } from "../rules/sidecar-scope.js";
import { hostsOf, routeHttp, routeTcp } from "../rules/virtual-service.js";
import type { Routed, VirtualService } from "../rules/virtual-service.js";
import type { Attempt } from "./attempt.js";
import { hostFor } from "./client-cluster.js";
import { toCluster } from "./client-upstream.js";
import { answered, closed } from "./outcome.js";
import type { Landing } from "./server.js";

/**
 * A request to a Service's port, where the client's proxy reads HTTP: VirtualServices answer it, send it elsewhere, or
 * leave it.
 *
 * @param alias the ExternalName Service whose own routes come before those of the Service
 */
export function byHttpRoutes(
  attempt: Attempt,
  service: Service,
  own: ServicePort,
  alias: Service | null,
  because: readonly Decision[],
): Landing[] {
  const { port, request } = attempt;
  const routed = routesOf(attempt, [alias?.hostname, service.hostname], port);
  if (routed === null) {
    return toCluster(attempt, { host: service.hostname, port: own.port, subset: null }, "http", because, request);
  }
  const all = [...because, routed.because];
  if (routed.kind === "unknown") return [{ unknown: routed.why, because: all }];
  if (routed.kind === "answer") return [{ outcomes: [answered(attempt.scheme, routed.code, null)], because: all }];
  const changed = {
    ...request,
    ...(routed.path === undefined ? {} : { path: routed.path }),
    ...(routed.authority === undefined ? {} : { host: routed.authority }),
    headers: routed.headers,
  };
  const landings = routed.destinations.flatMap(({ host, port: to, subset }) =>
    toCluster(attempt, { host, port: to ?? port, subset, routed: true }, "http", all, changed),
  );
  if (routed.sometimes === null) return landings;
  return [...landings, { outcomes: [answered(attempt.scheme, routed.sometimes, null)], because: all }];
}

/** A connection to a Service's port, where the client's proxy hands on bytes. */
export function byTcpRoutes(
  attempt: Attempt,
  service: Service,
  own: ServicePort,
  because: readonly Decision[],
): Landing[] {
  const { view, client, port, scheme, request } = attempt;
  const known = knownRoutes(attempt, service.hostname);
  const connection = { port, tls: own.protocol === "tls", sni: request.sni };
  const routed = routeTcp(known, service.hostname, connection, client, view.settings.domain);
  if (routed === null) {
    return toCluster(attempt, { host: service.hostname, port: own.port, subset: null }, "tcp", because, request);
  }
  const all = [...because, routed.because];
  if (routed.kind === "unknown") return [{ unknown: routed.why, because: all }];
  if (routed.kind === "answer") return [{ outcomes: closed(scheme, "tcp"), because: all }];
  return routed.destinations.flatMap((to) => {
    // A connection without a port of its own takes the only one of a Service that has but one.
    const found = hostFor(attempt, to.host, true);
    const [only, ...others] = found?.ports ?? [];
    const target = to.port ?? (only !== undefined && others.length === 0 ? only.port : port);
    return toCluster(attempt, { ...to, port: target, routed: true }, "tcp", all, request);
  });
}

/**
 * What the VirtualServices make of a request, by the first of the hosts that has a route for it.
 *
 * @returns null where none has
 */
export function routesOf(attempt: Attempt, hostnames: readonly (string | undefined)[], port: number): Routed | null {
  const { view, client, request } = attempt;
  const path = normalizeTarget(request.path, view.settings.pathNormalization);
  for (const hostname of hostnames) {
    if (hostname === undefined) continue;
    const known = knownRoutes(attempt, hostname);
    if (known.length === 0) continue;
    if (path === null) return PATH_BY_VERSION;
    const { method, host: authority, headers } = request;
    const found = routeHttp(known, hostname, { port, method, path, authority, headers }, client, view.settings.domain);
    if (found !== null) return found;
  }
  return null;
}

const PATH_BY_VERSION: Routed = {
  kind: "unknown",
  why: "versions of Envoy differ in what they make of a dot segment with parameters in a path",
  because: { rule: "virtual-service", says: "the route depends on the path" },
};

/** The VirtualServices for a host that the client's proxy knows. */
function knownRoutes(attempt: Attempt, hostname: string): readonly VirtualService[] {
  const { view, client } = attempt;
  return view
    .virtualServices(client.namespace, hostname)
    .filter((one) => inScope(attempt, one.namespace, hostsOf(one, view.settings.domain)));
}

/** A Sidecar's egress hosts have to name a VirtualService's host, too. */
function inScope({ view, client, port }: Attempt, namespace: string, hosts: readonly string[]): boolean {
  if (view.sidecar(client) === null) return true;
  return hosts.some((hostname) => {
    const what = { hostname, namespace, exportTo: ["*"], object: client.object };
    const sight = sees(view.scope(client), what, port, view.settings);
    return "seen" in sight && sight.seen;
  });
}
