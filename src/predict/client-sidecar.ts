import type { PodShape, Service, ServicePort } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import { listenerProtocol } from "../rules/protocol.js";
import type { ListenerProtocol } from "../rules/protocol.js";
import { sees } from "../rules/sidecar-scope.js";
import type { Sight } from "../rules/sidecar-scope.js";
import { isSelf } from "./attempt.js";
import type { Attempt } from "./attempt.js";
import { direct } from "./client-network.js";
import { byHttpRoutes, byTcpRoutes } from "./client-routes.js";
import { toStranger } from "./client-stranger.js";
import { answered, isHttp } from "./outcome.js";
import { listenerAtPod } from "./pod-listeners.js";
import type { Landing } from "./server.js";
import type { KnownTarget, PodTarget, ServiceTarget } from "./target.js";
import { takesAllAddresses } from "./view.js";

/** What the client's sidecar makes of a connection. */
export function throughSidecar(attempt: Attempt, target: KnownTarget): Landing[] {
  const { client, obstacles } = attempt;
  const obstacle = obstacles.sidecar(client, "outbound");
  if (obstacle !== null) return [{ unknown: obstacle.why, because: [obstacle.because] }];
  if (target.kind === "pod") return toPodAddress(attempt, target);
  const named = byAuthority(attempt, target);
  return named ?? toService(attempt, target.service, target);
}

/** A call to a pod's address is to nobody that the sidecar knows, but for the pods of a headless Service. */
function toPodAddress(attempt: Attempt, target: PodTarget): Landing[] {
  if (isSelf(attempt, target.pod)) {
    const says = "a pod's calls to its own address do not leave it";
    return direct(attempt, target, [{ rule: "capture", says }]);
  }
  return toKnownAddress(attempt, target.pod) ?? toStranger(attempt, target, []);
}

/** What the proxy listens for at the pod's very address takes the connection, whatever name led there. */
function toKnownAddress(attempt: Attempt, pod: PodShape): Landing[] | null {
  const { view, client, port, scheme } = attempt;
  const listener = listenerAtPod(view, client, pod, port, isHttp(scheme));
  if (listener === null) return null;
  const { service, own, sight } = listener;
  const there: Attempt = { ...attempt, target: { kind: "pod", pod, because: [] } };
  const protocol = sight.protocol ?? listenerProtocol(own.protocol);
  const says = `the client's proxy takes the pod's address for ${service.hostname}`;
  const because: Decision[] = [{ rule: "sidecar-scope", says, object: service.object, path: ["spec", "clusterIP"] }];
  if (!isHttp(scheme) || protocol === "tcp") return byTcpRoutes(there, service, own, because);
  if (sight.routed) return byHttpRoutes(there, service, own, null, because);
  return [{ outcomes: [answered(scheme, 404, null)], because }];
}

/** A Host header of its own leads an HTTP request to another Service than its address. */
function byAuthority(attempt: Attempt, target: ServiceTarget): Landing[] | null {
  const { request, view, client, port, scheme } = attempt;
  const given = request.headers["host"];
  if (given === undefined || !isHttp(scheme)) return null;
  const name = given.replace(/:\d+$/u, "").toLowerCase();
  if (hostNames(target.service, client.namespace).includes(name)) return null;
  const why = `the request's Host header names ${name}, which is not the host that it is sent to`;
  const own = target.service.ports.find((one) => one.port === port);
  if (own !== undefined && listenerProtocol(own.protocol) !== "http") return null;
  const says = `port ${port} of ${client.namespace}'s proxies`;
  return [
    {
      unknown: why,
      because: [{ rule: "host", says, ...(view.settings.object === null ? {} : { object: view.settings.object }) }],
    },
  ];
}

function hostNames({ hostname, name, namespace }: Service, clientNamespace: string): string[] {
  const short = [`${name}.${namespace}`, `${name}.${namespace}.svc`];
  return [hostname, ...short, ...(namespace === clientNamespace ? [name] : [])];
}

function toService(attempt: Attempt, called: Service, target: ServiceTarget): Landing[] {
  const { port, obstacles, view, client } = attempt;
  const elsewhere = called.headless ? takenByOthers(attempt, called) : null;
  if (elsewhere !== null) return elsewhere;
  const found = visible(attempt, called, port);
  if ("unknown" in found) return [{ unknown: found.unknown, because: [found.because] }];
  if (!("service" in found)) return toStranger(attempt, target, [found.because]);
  const route = obstacles.route(found.service);
  if (route !== null) return [{ unknown: route.why, because: [route.because] }];
  const because = view.sidecar(client) === null && found.service === called ? [] : [found.sight.because];
  return toVisible(attempt, found, target, because);
}

/** Pods whose addresses the client's proxy takes for another Service than the one that was called; null where it does for none. */
function takenByOthers(attempt: Attempt, called: Service): Landing[] | null {
  const { view, client, port, scheme } = attempt;
  const pods = view.podsBehind(called).filter((pod) => !isSelf(attempt, pod));
  const others = pods.filter((pod) => {
    const listener = listenerAtPod(view, client, pod, port, isHttp(scheme));
    return listener !== null && listener.service !== called;
  });
  if (others.length === 0) return null;
  return pods.flatMap((pod) => toPodAddress(attempt, { kind: "pod", pod, because: [] }));
}

interface Visible {
  readonly service: Service;
  readonly own: ServicePort;
  readonly sight: Extract<Sight, { seen: true }>;
}

/** What the client's proxy knows by a host name: the Service itself, or a ServiceEntry of the same name that it can see. */
function visible(
  { view, client }: Attempt,
  called: Service,
  port: number,
): Visible | { readonly unknown: string; readonly because: Decision } | { readonly because: Decision } {
  const says = `the Service has no port ${port}`;
  let because: Decision = { rule: "endpoint", says, object: called.object, path: ["spec", "ports"] };
  for (const service of [called, ...view.hosts(called.hostname).filter((one) => one !== called)]) {
    const sight = sees(view.scope(client), service, port, view.settings);
    if ("unknown" in sight) return sight;
    const own = service.ports.find((one) => one.port === port && one.protocol !== "udp");
    if (sight.seen && own !== undefined) return { service, own, sight };
    if (!sight.seen && service === called) ({ because } = sight);
  }
  return { because };
}

/** By what the proxy's listener for the Service speaks. */
function toVisible(
  attempt: Attempt,
  { service, own, sight }: Visible,
  target: ServiceTarget,
  because: readonly Decision[],
): Landing[] {
  const { port, view, client, scheme } = attempt;
  const protocol = spokenTo(service, own, sight);
  if (isHttp(scheme) && protocol !== "tcp") {
    // A listener that speaks HTTP has no route to a port that does not.
    if (protocol === "http" && listenerProtocol(own.protocol) === "tcp") {
      return toStranger(attempt, target, because, "http");
    }
    if (sight.routed) return byHttpRoutes(attempt, service, own, routedAlias(target.alias, protocol, port), because);
    if (protocol === "http") return toStranger(attempt, target, because, "http");
    return [{ outcomes: [answered(scheme, 404, null)], because }];
  }
  // An HTTP listener hands on what is no HTTP to the address that was called, as it would for a stranger.
  if (protocol === "http") return toStranger(attempt, target, because);
  // Without an address, a ServiceEntry for TCP shares its listener with HTTP, which then takes what is HTTP.
  if (isHttp(scheme) && takesAllAddresses(service) && view.hasHttpListener(client, port)) {
    return toStranger(attempt, target, because, "http");
  }
  return byTcpRoutes(attempt, service, own, because);
}

/**
 * The alias whose own routes count: one that has the port itself, on a listener that all Services share. Where a listener is
 * one Service's alone, its routes are those of its own name.
 */
function routedAlias(alias: Service | null, protocol: ListenerProtocol, port: number): Service | null {
  if (alias === null || protocol !== "http") return null;
  const own = alias.ports.find((one) => one.port === port);
  return own !== undefined && listenerProtocol(own.protocol) !== "tcp" ? alias : null;
}

/**
 * What the proxy's listener for a Service's port speaks. Where a Sidecar's listener for the port speaks HTTP, it is one for
 * all addresses; a Service whose port is not HTTP then gets one at its own address by the listener without a port.
 *
 * Source: istio, pilot/pkg/networking/core/listener.go:buildSidecarOutboundListeners.
 */
function spokenTo(service: Service, own: ServicePort, { protocol, general }: Visible["sight"]): ListenerProtocol {
  const declared = listenerProtocol(own.protocol);
  const apart = protocol === "http" && general && declared !== "http" && !takesAllAddresses(service);
  return protocol === null || apart ? declared : protocol;
}
