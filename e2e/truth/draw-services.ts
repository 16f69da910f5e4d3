import type { KubeObject } from "../../src/ports.js";
import type { Random } from "./random.js";

/** Draws the Services of a case. */

export interface DrawnService {
  readonly object: KubeObject;
  readonly namespace: string;
  readonly name: string;
  readonly fqdn: string;
  readonly ports: readonly DrawnPort[];
  /** Whether it has endpoints that a policy's host can lead to: an ExternalName has none of its own. */
  readonly concrete: boolean;
}

export interface DrawnPort {
  readonly port: number;
  readonly target: number;
}

/** The servers of the fixed mesh by namespace, as labels that select them. */
const SERVERS: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  "t-a": [{ app: "httpbin" }, { app: "httpbin", version: "v1" }, { app: "httpbin-x" }, { app: "httpbin-x" }],
  "t-b": [
    { app: "httpbin" },
    { app: "httpbin", version: "v1" },
    { app: "httpbin", version: "v1" },
    { app: "httpbin", version: "v2" },
  ],
  "t-c": [{ app: "httpbin" }],
  "t-d": [{ app: "mixed" }, { app: "mixed", version: "v1" }, { app: "mixed", version: "v2" }],
};

export const SERVICE_PORTS = [8000, 8001, 8002, 9000] as const;
const TARGETS = [8080, 8081, 8082] as const;
const TARGET_NAMES: Readonly<Record<number, string>> = { 8080: "main", 8081: "second", 8082: "third" };

/** The words that Istio reads a port's protocol from. */
const PROTOCOLS: readonly (readonly [number, { readonly name: string; readonly appProtocol?: string }])[] = [
  [46, { name: "http" }],
  [18, { name: "tcp" }],
  [14, { name: "web" }],
  [6, { name: "p", appProtocol: "http" }],
  [6, { name: "p", appProtocol: "tcp" }],
  [4, { name: "http2" }],
  [4, { name: "grpc" }],
  [3, { name: "https" }],
  [3, { name: "tls" }],
];

/** @param id what makes the names of this case unlike those of any other */
export function drawServices(random: Random, id: string): DrawnService[] {
  const services: DrawnService[] = [];
  const count = random.between(3, 5);
  for (let index = 0; index < count; index += 1)
    services.push(drawService(random, `${random.pick(LETTERS)}${index}-${id}`));
  const [first] = services;
  if (first !== undefined && random.chance(0.3)) services.push(twin(random, first, `${random.pick(LETTERS)}8-${id}`));
  if (random.chance(0.12)) services.push(externalName(random, random.pick(services), `${random.pick(LETTERS)}9-${id}`));
  return services;
}

export const LETTERS = "bcdfghkmnpqrstwxz".split("");

function drawService(random: Random, name: string): DrawnService {
  const namespace = random.weighted([
    [38, "t-a"],
    [36, "t-b"],
    [10, "t-c"],
    [16, "t-d"],
  ]);
  const selector = random.chance(0.02) ? { app: "nobody" } : random.pick(SERVERS[namespace] ?? []);
  const headless = random.chance(0.14);
  const ports = headless
    ? headlessPorts(random)
    : random
        .some(
          SERVICE_PORTS,
          random.weighted([
            [60, 1],
            [30, 2],
            [10, 3],
          ]),
        )
        .map((port) => ({ port, target: random.pick(TARGETS) }));
  return made(random, { namespace, name, selector, headless }, ports);
}

/** A client reaches a headless Service's pods themselves, so that only the workload's own ports answer. */
function headlessPorts(random: Random): DrawnPort[] {
  return random.some(TARGETS, random.between(1, 2)).map((port) => ({ port, target: port }));
}

interface Shape {
  readonly namespace: string;
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly headless: boolean;
}

function made(random: Random, shape: Shape, ports: readonly DrawnPort[]): DrawnService {
  const { namespace, name, selector, headless } = shape;
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, ...random.maybe(0.09, () => ({ annotations: exportTo(random) })) },
    spec: {
      ...(headless ? { clusterIP: "None" } : {}),
      selector,
      ports: ports.map(({ port, target }) => servicePort(random, port, target, ports.length)),
    },
  };
  return { object, namespace, name, fqdn: `${name}.${namespace}.svc.cluster.local`, ports, concrete: true };
}

function exportTo(random: Random): Record<string, string> {
  return { "networking.istio.io/exportTo": random.pick([".", ".", "t-b", "*", "~", "t-a,t-c"]) };
}

function servicePort(random: Random, port: number, target: number, ofPorts: number): object {
  const { name, ...app } = random.weighted(PROTOCOLS);
  const unnamed = ofPorts === 1 && random.chance(0.12);
  return {
    ...(unnamed ? {} : { name: ofPorts === 1 && random.chance(0.5) ? name : `${name}-${port}`, ...app }),
    port,
    targetPort: random.chance(0.15) ? TARGET_NAMES[target] : target,
  };
}

/** A second Service for the same pods and target ports, with protocols of its own. */
function twin(random: Random, first: DrawnService, name: string): DrawnService {
  const spec = first.object["spec"] as { selector: Record<string, string> };
  const shape = { namespace: first.namespace, name, selector: spec.selector, headless: false };
  const ports = random.some(SERVICE_PORTS, first.ports.length);
  return made(
    random,
    shape,
    ports.map((port, index) => ({ port, target: first.ports[index]?.target ?? 8080 })),
  );
}

function externalName(random: Random, to: DrawnService, name: string): DrawnService {
  const namespace = random.pick(["t-a", "t-b", "t-c"]);
  const ports = random.chance(0.5) ? { ports: to.ports.map(({ port }) => ({ name: `http-${port}`, port })) } : {};
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { type: "ExternalName", externalName: to.fqdn, ...ports },
  };
  return { object, namespace, name, fqdn: `${name}.${namespace}.svc.cluster.local`, ports: to.ports, concrete: false };
}
