import type { KubeObject } from "../../src/ports.js";
import { INJECTED, podLabels, ROOT } from "./draw-authentication.js";
import type { Draw } from "./draw.js";
import type { DrawnService } from "./draw-services.js";
import { SERVICE_PORTS } from "./draw-services.js";
import type { Random } from "./random.js";

/** Draws DestinationRules and VirtualServices. */

const CLIENT_LABELS = [{ app: "sleep" }, { app: "sleep" }, { app: "sleep-ex" }, { app: "nobody" }] as const;
const VERSIONS = ["v1", "v2"] as const;

export function drawDestinationRules(draw: Draw): KubeObject[] {
  const { random } = draw;
  const count = random.weighted([
    [14, 0],
    [30, 1],
    [30, 2],
    [18, 3],
    [8, 4],
  ]);
  const favoured = random.pick(draw.services);
  return Array.from({ length: count }, () =>
    destinationRule(draw, random.chance(0.5) ? favoured : random.pick(draw.services)),
  );
}

function destinationRule(draw: Draw, service: DrawnService): KubeObject {
  const { random } = draw;
  const namespace = random.weighted([
    [45, service.namespace],
    [35, random.pick(INJECTED)],
    [20, ROOT],
  ]);
  return draw.object("networking.istio.io/v1", "DestinationRule", namespace, {
    host: ruleHost(random, service, namespace),
    ...random.maybe(0.92, () => ({ trafficPolicy: trafficPolicy(random, service) })),
    ...random.maybe(0.34, () => ({
      subsets: random.some(VERSIONS, random.between(1, 2)).map((version) => subset(random, service, version)),
    })),
    ...visibility(random, namespace),
  });
}

/** A rule for some clients of its namespace cannot be exported beyond it. */
function visibility(random: Random, namespace: string): object {
  if (namespace !== ROOT && random.chance(0.15)) {
    const own = random.maybe(0.2, () => ({ exportTo: ["."] }));
    return { workloadSelector: { matchLabels: random.pick(CLIENT_LABELS) }, ...own };
  }
  return random.maybe(0.24, () => ({ exportTo: exportTo(random) }));
}

function ruleHost(random: Random, service: DrawnService, namespace: string): string {
  const { name, fqdn } = service;
  const short = service.namespace === namespace ? 14 : 3;
  return random.weighted([
    [46, fqdn],
    [short, name],
    [6, `${name}.${service.namespace}`],
    [14, `*.${service.namespace}.svc.cluster.local`],
    [8, "*.local"],
    [6, "*.svc.cluster.local"],
    [3, "*"],
  ]);
}

function exportTo(random: Random): string[] {
  return random.pick([["."], ["."], ["*"], ["t-b"], ["t-a", "t-d"], [".", "t-b"]]);
}

function trafficPolicy(random: Random, service: DrawnService): object {
  return {
    ...policyPart(random, service),
    ...random.maybe(0.26, () => ({ portLevelSettings: portSettings(random, service) })),
  };
}

/** A policy without any field is refused. */
function policyPart(random: Random, service: DrawnService): object {
  const withTls = random.chance(0.8);
  return {
    ...(withTls ? { tls: tls(random, service) } : {}),
    ...random.maybe(withTls ? 0.15 : 1, () => ({ connectionPool: { tcp: { maxConnections: 100 } } })),
    ...random.maybe(0.12, () => ({
      loadBalancer: { simple: random.pick(["PASSTHROUGH", "PASSTHROUGH", "ROUND_ROBIN", "RANDOM"]) },
    })),
  };
}

function tls(random: Random, service: DrawnService): object {
  return random.weighted<object>([
    [32, { mode: "DISABLE" }],
    [30, { mode: "ISTIO_MUTUAL" }],
    [12, { mode: "SIMPLE" }],
    [9, { mode: "SIMPLE", insecureSkipVerify: true }],
    [9, { mode: "SIMPLE", credentialName: "nobody" }],
    [
      9,
      {
        mode: "ISTIO_MUTUAL",
        subjectAltNames: [`spiffe://cluster.local/ns/${service.namespace}/sa/${random.pick(["httpbin", "sleep"])}`],
      },
    ],
    [9, { mode: "ISTIO_MUTUAL", sni: "elsewhere.example" }],
  ]);
}

function portSettings(random: Random, service: DrawnService): object[] {
  const own = service.ports.map(({ port }) => port);
  const ports = new Set(random.some([...own, ...own, random.pick(SERVICE_PORTS)], random.between(1, 2)));
  return [...ports].map((number) => {
    const withTls = random.chance(0.75);
    return {
      port: { number },
      ...(withTls ? { tls: tls(random, service) } : {}),
      ...random.maybe(withTls ? 0.2 : 1, () => ({ connectionPool: { tcp: { maxConnections: 50 } } })),
    };
  });
}

function subset(random: Random, service: DrawnService, version: string): object {
  return {
    name: version,
    labels: { version },
    ...random.maybe(0.55, () => ({ trafficPolicy: trafficPolicy(random, service) })),
  };
}

export function drawVirtualServices(draw: Draw): KubeObject[] {
  const { random } = draw;
  const count = random.weighted([
    [30, 0],
    [46, 1],
    [24, 2],
  ]);
  return Array.from({ length: count }, () => virtualService(draw, random.pick(draw.services)));
}

function virtualService(draw: Draw, service: DrawnService): KubeObject {
  const { random } = draw;
  const namespace = random.weighted([
    [60, service.namespace],
    [25, random.pick(INJECTED)],
    [15, ROOT],
  ]);
  const host = service.namespace === namespace && random.chance(0.25) ? service.name : service.fqdn;
  const hosts = random.chance(0.1) ? [`*.${service.namespace}.svc.cluster.local`] : [host];
  return draw.object("networking.istio.io/v1", "VirtualService", namespace, {
    hosts,
    ...(random.chance(0.17)
      ? { tcp: [{ route: [{ destination: destination(draw, service) }] }] }
      : { http: httpRoutes(draw, service) }),
    ...random.maybe(0.15, () => ({ exportTo: exportTo(random) })),
  });
}

function httpRoutes(draw: Draw, service: DrawnService): object[] {
  const { random } = draw;
  const first = { ...random.maybe(0.72, () => ({ match: matches(random) })), ...action(draw, service) };
  // A route that takes everything ends the list: what follows it would be refused. Without one, a miss is a 404.
  if (!("match" in first) || random.chance(0.4)) return [first];
  return [first, action(draw, service)];
}

/** One or two that will do, each of one or two conditions. */
function matches(random: Random): object[] {
  const one = (): object => ({ ...match(random), ...(random.chance(0.3) ? match(random) : {}) });
  return Array.from({ length: random.chance(0.3) ? 2 : 1 }, one);
}

function match(random: Random): object {
  return random.weighted<object>([
    [26, { uri: { prefix: random.pick(["/headers", "/anything", "/h", "/"]) } }],
    [15, { uri: { exact: "/headers" } }],
    [12, { method: { exact: random.pick(["GET", "HEAD"]) } }],
    [15, { headers: { "x-token": { exact: "abc" } } }],
    [12, { sourceNamespace: random.pick(INJECTED) }],
    [12, { port: random.pick(SERVICE_PORTS) }],
    [12, { sourceLabels: { app: random.pick(["sleep", "sleep-ex"]) } }],
  ]);
}

function action(draw: Draw, service: DrawnService): object {
  const { random } = draw;
  return random.weighted<() => object>([
    [
      76,
      () => ({
        route: [{ destination: destination(draw, service) }],
        ...random.maybe(0.15, () => ({ rewrite: { uri: "/anything/x" } })),
      }),
    ],
    [13, () => ({ directResponse: { status: 418 } })],
    [
      14,
      () => ({
        fault: { abort: { httpStatus: 418, percentage: { value: 100 } } },
        route: [{ destination: destination(draw, service) }],
      }),
    ],
    [10, () => ({ redirect: { uri: "/ip" } })],
  ])();
}

function destination(draw: Draw, service: DrawnService): object {
  const { random } = draw;
  const to = random.chance(0.6) ? service : random.pick(draw.services);
  const port = random.chance(0.5) ? undefined : random.pick(to.ports).port;
  return {
    host: to.fqdn,
    ...random.maybe(0.5, () => ({ subset: random.pick(VERSIONS) })),
    ...(port === undefined ? {} : { port: { number: port } }),
  };
}

export function drawSidecars(draw: Draw): KubeObject[] {
  const { random } = draw;
  if (!random.chance(0.5)) return [];
  const namespaces = Array.from({ length: random.chance(0.35) ? 2 : 1 }, () =>
    random.pick([...INJECTED, ...INJECTED, ROOT, ROOT]),
  );
  return namespaces.map((namespace) => sidecar(draw, namespace));
}

function sidecar(draw: Draw, namespace: string): KubeObject {
  const { random } = draw;
  const mode = random.pick(["REGISTRY_ONLY", "REGISTRY_ONLY", "REGISTRY_ONLY", "ALLOW_ANY", "ALLOW_ANY"]);
  const outbound = random.chance(0.4) ? { outboundTrafficPolicy: { mode } } : {};
  if (namespace !== ROOT && random.chance(0.22)) {
    return draw.object("networking.istio.io/v1", "Sidecar", namespace, {
      workloadSelector: { labels: podLabels(random, namespace) },
      ingress: [ingressListener(random)],
      ...random.maybe(0.3, () => ({ egress: egress(draw) })),
      ...outbound,
    });
  }
  const selecting = namespace !== ROOT && random.chance(0.25);
  // One that says nothing at all is refused.
  const quiet = "outboundTrafficPolicy" in outbound && random.chance(0.3);
  return draw.object("networking.istio.io/v1", "Sidecar", namespace, {
    ...(selecting ? { workloadSelector: { labels: random.pick(CLIENT_LABELS) } } : {}),
    ...(quiet ? {} : { egress: egress(draw) }),
    ...outbound,
  });
}

function egress({ random, services }: Draw): object[] {
  const service = random.pick(services);
  const hosts = random.weighted([
    [22, ["./*"]],
    [22, ["./*", "istio-system/*"]],
    [16, ["*/*"]],
    [10, ["t-b/*"]],
    [5, ["~/*"]],
    [15, [`*/${service.fqdn}`]],
    [10, [`${service.namespace}/${service.fqdn}`, "./*"]],
    [8, [`*/*.${service.namespace}.svc.cluster.local`]],
  ]);
  if (!random.chance(0.3)) return [{ hosts }];
  const listener = { hosts, port: { number: random.pick(SERVICE_PORTS), protocol: "HTTP", name: "http" } };
  return random.chance(0.5) ? [listener] : [listener, { hosts: ["*/*"] }];
}

function ingressListener(random: Random): object {
  const number = random.pick([8080, 8081]);
  const protocol = random.pick(["HTTP", "HTTP", "TCP"]);
  return {
    port: { number, protocol, name: protocol.toLowerCase() },
    defaultEndpoint: `127.0.0.1:${random.pick([number, 8082])}`,
  };
}

/**
 * A ServiceEntry for the name of a Service that is hidden from Istio: cluster DNS knows the name, so that every client
 * can call it, and Istio knows only what the ServiceEntry says.
 */
export function drawServiceEntries(draw: Draw): KubeObject[] {
  const { random } = draw;
  if (!random.chance(0.34)) return [];
  const hidden = draw.hiddenService();
  const backed = random.pick(draw.services.filter(({ concrete }) => concrete));
  const port = random.pick(backed.ports).port;
  return [
    draw.object("networking.istio.io/v1", "ServiceEntry", hidden.namespace, {
      hosts: [hidden.fqdn],
      location: random.pick(["MESH_INTERNAL", "MESH_EXTERNAL"]),
      ports: hidden.ports.map((one) => ({
        number: one.port,
        name: `http-${one.port}`,
        protocol: random.pick(["HTTP", "HTTP", "TCP"]),
        targetPort: random.chance(0.5) ? port : one.target,
      })),
      ...random.pick<() => object>([
        () => ({
          resolution: "DNS",
          endpoints: [
            { address: backed.fqdn, ports: Object.fromEntries(hidden.ports.map((one) => [`http-${one.port}`, port])) },
          ],
        }),
        () => ({ resolution: "STATIC", workloadSelector: { labels: { app: "httpbin" } } }),
        () => ({ resolution: "NONE" }),
      ])(),
      ...random.maybe(0.25, () => ({ exportTo: random.pick([["."], ["*"], ["t-b"], ["t-d"]]) })),
    }),
  ];
}
