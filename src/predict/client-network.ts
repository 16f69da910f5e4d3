import type { Outcome } from "../mesh/call.js";
import type { Service } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import type { Scheme } from "../settings/destination-url.js";
import { arrivalOf, isSelf, plainWire } from "./attempt.js";
import type { Attempt } from "./attempt.js";
import { closed, notConnected, timedOut } from "./outcome.js";
import type { ClientLayer } from "./outcome.js";
import { land } from "./server.js";
import type { Arrival, Landing } from "./server.js";
import type { KnownTarget } from "./target.js";
import type { Endpoint } from "./view.js";

/** Plaintext from the client itself, or past its proxy: the network leads it to an endpoint. */
export function direct(
  attempt: Attempt,
  target: KnownTarget,
  because: readonly Decision[],
  layer: ClientLayer = "none",
): Landing[] {
  const wire = plainWire(attempt.scheme);
  return throughNetwork(attempt, target, because, layer, () => arrivalOf(attempt, layer, wire));
}

/** What the network does with a connection to an address: kube-proxy chooses an endpoint, a pod's address is the pod. */
export function throughNetwork(
  attempt: Attempt,
  target: KnownTarget,
  because: readonly Decision[],
  layer: ClientLayer,
  arrival: (endpoint: Endpoint) => Arrival,
): Landing[] {
  const { view, obstacles, scheme, port } = attempt;
  const at = (endpoints: readonly Endpoint[]): Landing[] =>
    endpoints.map((endpoint) => {
      const landing = land(view, obstacles, endpoint, arrival(endpoint));
      return { ...landing, because: [...because, ...landing.because] };
    });
  if (target.kind === "pod") return at([{ kind: "pod", pod: target.pod, port }]);
  const { service } = target;
  if (service.headless) return headless(attempt, service, at);
  const own = service.ports.find((one) => one.port === port && one.protocol !== "udp");
  if (own === undefined) {
    const says = `the Service has no port ${port}`;
    const none: Decision = { rule: "endpoint", says, object: service.object, path: ["spec", "ports"] };
    return [{ outcomes: nobody(scheme, layer), because: [...because, none] }];
  }
  const endpoints = view.endpoints(service, own);
  if (endpoints.length > 0) return at(endpoints);
  if (service.kind === "ServiceEntry") return [outside(service, because)];
  return [{ outcomes: nobody(scheme, layer), because: [...because, noEndpoints(service)] }];
}

/** Nodes refuse connections to Services without endpoints at a limited rate: the others wait until their time is up. */
function nobody(scheme: Scheme, layer: ClientLayer): readonly Outcome[] {
  if (layer === "none") return [notConnected(scheme), timedOut(scheme)];
  return [...closed(scheme, layer), ...(layer === "tcp" ? [timedOut(scheme)] : [])];
}

/** A name without a cluster address is the pods' own addresses, and the port that is called is theirs. */
function headless(attempt: Attempt, service: Service, at: (endpoints: readonly Endpoint[]) => Landing[]): Landing[] {
  const { view, port } = attempt;
  const says = "the Service has no address of its own: the client connects to a pod's";
  const how: Decision = { rule: "endpoint", says, object: service.object, path: ["spec", "clusterIP"] };
  const others = view.podsBehind(service).filter((pod) => !isSelf(attempt, pod));
  const found = at([
    ...others.map((pod): Endpoint => ({ kind: "pod", pod, port })),
    ...service.endpoints.map((fixed): Endpoint => {
      const pod = view.podAt(fixed.address);
      return pod === undefined ? { kind: "address", fixed, port } : { kind: "pod", pod, port };
    }),
  ]);
  return found.map((landing) => ({ ...landing, because: [how, ...landing.because] }));
}

/** What becomes of a connection to a ServiceEntry that says nothing of its endpoints. */
export function outside({ hostname }: Service, because: readonly Decision[]): Landing {
  return { unknown: `${hostname} is outside, and what answers there is not known`, because: [...because] };
}

/** Why nobody answers for a Service that has the port. */
export function noEndpoints(service: Service): Decision {
  const says = `nothing is behind ${service.hostname}`;
  return { rule: "endpoint", says, object: service.object, path: ["spec", "selector"] };
}
