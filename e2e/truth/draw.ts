import type { KubeObject } from "../../src/ports.js";
import type { TruthCase, TruthDestination } from "./case.js";
import { drawPeerAuthentications, drawRequestAuthentications } from "./draw-authentication.js";
import { drawAuthorizationPolicies } from "./draw-authorization.js";
import type { DrawnService } from "./draw-services.js";
import { drawServices, LETTERS } from "./draw-services.js";
import { drawDestinationRules, drawServiceEntries, drawSidecars, drawVirtualServices } from "./draw-traffic.js";
import { Random } from "./random.js";

/** What the parts of a draw share. */
export interface Draw {
  readonly random: Random;
  readonly services: readonly DrawnService[];
  /** An object under a name that no other of the case has, and that does not tell the order of the draw. */
  object(apiVersion: string, kind: string, namespace: string, spec: object): KubeObject;
  /** Adds a Service that only cluster DNS knows, and kube-proxy. */
  hiddenService(): DrawnService;
}

export const CLIENTS = [
  { namespace: "t-a", workload: "sleep" },
  { namespace: "t-a", workload: "sleep-ex" },
  { namespace: "t-b", workload: "sleep" },
  { namespace: "t-c", workload: "sleep" },
  { namespace: "t-d", workload: "sleep" },
] as const;

/** More destinations than these would make a case slow and show nothing new. */
const MOST_DESTINATIONS = 9;

export interface DrawnCase extends TruthCase {
  /** Whether those that compete are applied in turn, seconds apart, so that their age decides rather than their name. */
  readonly spread: boolean;
}

/**
 * Draws a case. The same words give the same case.
 *
 * @param attempt how many draws of this case the API server has refused
 */
export function drawCase(seed: string, index: number, attempt: number): DrawnCase {
  const random = new Random(seed, index, attempt);
  const id = `${index}`;
  const services = drawServices(random, id);
  const hidden: DrawnService[] = [];
  let count = 0;
  const draw: Draw = {
    random,
    services,
    object: (apiVersion, kind, namespace, spec) => {
      count += 1;
      return { apiVersion, kind, metadata: { name: `${random.pick(LETTERS)}${count}-${id}`, namespace }, spec };
    },
    hiddenService: () => {
      const service = hiddenService(random, `${random.pick(LETTERS)}7-${id}`);
      hidden.push(service);
      return service;
    },
  };
  const policies = [
    ...drawPeerAuthentications(draw),
    ...drawDestinationRules(draw),
    ...drawAuthorizationPolicies(draw),
    ...drawVirtualServices(draw),
    ...drawSidecars(draw),
    ...drawRequestAuthentications(draw),
    ...drawServiceEntries(draw),
  ];
  const called = [...services, ...hidden];
  return {
    objects: [...called.map(({ object }) => object), ...policies],
    plan: { clients: CLIENTS, destinations: drawDestinations(random, called) },
    spread: random.chance(0.5),
  };
}

function hiddenService(random: Random, name: string): DrawnService {
  const namespace = random.pick(["t-a", "t-b"]);
  const ports = [{ port: random.pick([8000, 8002]), target: random.pick([8080, 8081]) }];
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, annotations: { "networking.istio.io/exportTo": "~" } },
    spec: {
      selector: { app: "httpbin", version: "v1" },
      ports: ports.map(({ port, target }) => ({ name: "http", port, targetPort: target })),
    },
  };
  return { object, namespace, name, fqdn: `${name}.${namespace}.svc.cluster.local`, ports, concrete: true };
}

function drawDestinations(random: Random, services: readonly DrawnService[]): TruthDestination[] {
  const all = services.flatMap(({ name, namespace, fqdn, ports }) =>
    ports.map(({ port }) => `http://${random.chance(0.1) ? fqdn : `${name}.${namespace}`}:${port}`),
  );
  const chosen = random.some(all, MOST_DESTINATIONS - 2);
  const main = chosen.map((origin): TruthDestination => ({ url: `${origin}/headers` }));
  const others = random.some(chosen, 2).map((origin): TruthDestination => ({
    url: `${origin}${random.pick(["/anything/x", "/anything/x/y", "/ip", "/anything/x?y=1", "/%61nything/x"])}`,
    ...random.weighted<object>([
      [60, {}],
      [20, { method: "HEAD" }],
      [20, { method: "OPTIONS" }],
    ]),
    ...random.maybe(0.5, () => ({ headers: { "x-token": random.pick(["abc", "other"]) } })),
  }));
  return [...main, ...others];
}
