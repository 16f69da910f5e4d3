/** Policies of every kind that a rule looks at, with every field that can tell one call from another. */
import type { Random } from "../e2e/truth/random.js";
import type { KubeObject } from "../src/ports.js";
import type { MadeMesh, MadeService } from "./varied-mesh.js";

type Draw = (random: Random, mesh: MadeMesh, name: string) => KubeObject;

const ROOT = "istio-system";

/** So many policies over a mesh, of kinds that are drawn for the mesh, so that some meshes have a few kinds only. */
export function variedPolicies(random: Random, mesh: MadeMesh, count: number): KubeObject[] {
  const some = drawnKinds(random);
  const drawn = Array.from({ length: count }, (_, index) => random.weighted(some)(random, mesh, `policy-${index}`));
  return [...drawn, ...(random.chance(0.5) ? [meshConfig(random)] : []), waypoint(random, mesh)];
}

/** One or two kinds, so that nothing else hides what they do; or many. */
function drawnKinds(random: Random): typeof KINDS {
  if (random.chance(0.4)) return random.some(KINDS.slice(0, COMMON), random.between(1, 2));
  const share = random.pick([0.25, 0.6]);
  const kinds = KINDS.filter(() => random.chance(share));
  return kinds.length > 0 ? kinds : KINDS;
}

function istio(group: string, kind: string, namespace: string, name: string, spec: object): KubeObject {
  return { apiVersion: `${group}.istio.io/v1`, kind, metadata: { name, namespace }, spec };
}

/** The namespace of a policy: one of the mesh's, now and then the root. */
function somewhere(random: Random, { namespaces }: MadeMesh): string {
  return random.chance(0.15) ? ROOT : random.pick(namespaces);
}

function someLabels(random: Random, { workloads }: MadeMesh): Record<string, string> {
  return random.weighted<Record<string, string>>([
    [3, { app: random.pick(workloads).name }],
    [2, { version: random.pick(["v1", "v2"]) }],
    [1, { tier: random.pick(["front", "back"]) }],
  ]);
}

function hostOf({ namespace, name }: MadeService): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

function someHost(random: Random, mesh: MadeMesh): string {
  const service = random.pick(mesh.services);
  return random.weighted([
    [6, hostOf(service)],
    [1, `*.${service.namespace}.svc.cluster.local`],
    [1, "*.cluster.local"],
    [1, "*"],
    [1, service.name],
  ]);
}

const exportTo = (random: Random, mesh: MadeMesh): object =>
  random.maybe(0.3, () => ({ exportTo: [random.pick([".", "*", random.pick(mesh.namespaces), "ns-0"])] }));

function source(random: Random, mesh: MadeMesh): object {
  const { namespace, serviceAccount } = random.pick(mesh.workloads);
  const domain = random.pick(["cluster.local", "cluster.local", "old.example", "*"]);
  const principal = random.pick([
    `${domain}/ns/${namespace}/sa/${serviceAccount}`,
    `*/sa/${serviceAccount}`,
    `cluster.local/ns/${namespace}/*`,
    "*",
  ]);
  const one = random.pick<object>([
    { principals: [principal] },
    { notPrincipals: [principal] },
    { namespaces: [namespace] },
    { namespaces: ["ns-*"] },
    { notNamespaces: [namespace] },
    { serviceAccounts: [random.pick([serviceAccount, `${namespace}/${serviceAccount}`])] },
    { notServiceAccounts: [serviceAccount] },
    { trustDomains: ["cluster.local"] },
    { ipBlocks: [random.pick(["10.0.0.0/16", "10.0.1.1"])] },
    { notIpBlocks: ["10.0.2.0/24"] },
    { remoteIpBlocks: ["10.0.1.0/24"] },
    { requestPrincipals: ["*"] },
  ]);
  return random.chance(0.3) ? { ...one, namespaces: [random.pick(mesh.namespaces)] } : one;
}

function operation(random: Random, mesh: MadeMesh): object {
  const { namespace, name, port } = random.pick(mesh.services);
  return random.pick<object>([
    { ports: [random.pick(["8000", "8080", "80"])] },
    { notPorts: ["8000"] },
    { methods: ["GET"] },
    { notMethods: ["POST"] },
    { paths: ["/*"] },
    { hosts: [random.pick([`${name}.${namespace}:${port}`, `${name}.*`])] },
    { notHosts: [`${name}.${namespace}:${port}`] },
  ]);
}

function condition(random: Random, mesh: MadeMesh): object {
  const { namespace, serviceAccount } = random.pick(mesh.workloads);
  const { namespace: of, name, port } = random.pick(mesh.services);
  return random.pick<object>([
    { key: "source.namespace", values: [namespace] },
    { key: "source.principal", notValues: [`cluster.local/ns/${namespace}/sa/${serviceAccount}`] },
    { key: "source.serviceAccount", values: [serviceAccount] },
    { key: "source.trustDomain", values: ["old.example"] },
    { key: "source.ip", values: ["10.0.1.0/24"] },
    { key: "destination.ip", values: ["10.0.1.0/24"] },
    { key: "destination.ip", notValues: ["10.0.2.0/24"] },
    { key: "destination.port", values: ["8000"] },
    { key: "request.headers[host]", values: [`${name}.${of}:${port}`] },
    { key: "request.headers[:authority]", notValues: [`${name}.${of}:${port}`] },
    { key: "request.headers[user-agent]", values: ["curl*"] },
    { key: "request.auth.claims[iss]", values: ["x"] },
    { key: "connection.sni", values: ["x"] },
  ]);
}

const authorizationPolicy: Draw = (random, mesh, name) => {
  const rule = {
    ...random.maybe(0.7, () => ({
      from: [{ source: source(random, mesh) }, ...more(random, () => ({ source: source(random, mesh) }))],
    })),
    ...random.maybe(0.4, () => ({ to: [{ operation: operation(random, mesh) }] })),
    ...random.maybe(0.3, () => ({ when: [condition(random, mesh)] })),
  };
  const action = random.weighted([
    [5, "ALLOW"],
    [4, "DENY"],
    [1, "CUSTOM"],
    [1, "AUDIT"],
  ]);
  const made = istio("security", "AuthorizationPolicy", somewhere(random, mesh), name, {
    ...random.maybe(0.5, () => ({ selector: { matchLabels: someLabels(random, mesh) } })),
    ...random.maybe(0.1, () => targeted(random, mesh)),
    action,
    ...(action === "CUSTOM" ? { provider: { name: random.pick(["known", "missing"]) } } : {}),
    ...random.maybe(0.95, () => ({ rules: [rule] })),
  });
  if (random.chance(0.05)) made.metadata.annotations = { "istio.io/dry-run": "true" };
  return made;
};

function more<T>(random: Random, make: () => T): T[] {
  return random.chance(0.3) ? [make()] : [];
}

function targeted(random: Random, mesh: MadeMesh): object {
  const ref = random.pick<object>([
    { kind: "Service", group: "", name: random.pick(mesh.services).name },
    { kind: "Gateway", group: "gateway.networking.k8s.io", name: "waypoint" },
    { kind: "GatewayClass", group: "gateway.networking.k8s.io", name: "istio-waypoint" },
  ]);
  return { selector: undefined, targetRefs: [ref] };
}

const mode = (random: Random): string =>
  random.weighted([
    [4, "STRICT"],
    [2, "PERMISSIVE"],
    [2, "DISABLE"],
    [1, "UNSET"],
  ]);

const peerAuthentication: Draw = (random, mesh, name) => {
  const selects = random.chance(0.5);
  return istio("security", "PeerAuthentication", somewhere(random, mesh), name, {
    ...(selects ? { selector: { matchLabels: someLabels(random, mesh) } } : {}),
    ...random.maybe(0.8, () => ({ mtls: { mode: mode(random) } })),
    ...(selects && random.chance(0.5)
      ? { portLevelMtls: { [random.pick(["8000", "8080", "9999"])]: { mode: mode(random) } } }
      : {}),
  });
};

function trafficPolicy(random: Random, mesh: MadeMesh): object {
  const { namespace, serviceAccount } = random.pick(mesh.workloads);
  const san = `spiffe://cluster.local/ns/${namespace}/sa/${serviceAccount}`;
  const tls = random.weighted<object>([
    [4, { mode: "ISTIO_MUTUAL" }],
    [3, { mode: "ISTIO_MUTUAL", subjectAltNames: [san] }],
    [3, { mode: "DISABLE" }],
    [3, { mode: "SIMPLE" }],
    [1, { mode: "SIMPLE", credentialName: "c" }],
  ]);
  return {
    ...random.maybe(0.7, () => ({ tls })),
    ...random.maybe(0.1, () => ({ loadBalancer: { simple: "PASSTHROUGH" } })),
    ...random.maybe(0.25, () => ({
      portLevelSettings: [{ port: { number: random.pick([80, 8000, 9443]) }, ...random.maybe(0.7, () => ({ tls })) }],
    })),
  };
}

const destinationRule: Draw = (random, mesh, name) =>
  istio("networking", "DestinationRule", somewhere(random, mesh), name, {
    host: someHost(random, mesh),
    ...random.maybe(0.85, () => ({ trafficPolicy: trafficPolicy(random, mesh) })),
    ...random.maybe(0.5, () => ({
      subsets: ["v1", "v2"].map((version) => ({
        name: version,
        labels: { version },
        ...random.maybe(0.3, () => ({ trafficPolicy: trafficPolicy(random, mesh) })),
      })),
    })),
    ...exportTo(random, mesh),
    ...random.maybe(0.25, () => ({ workloadSelector: { matchLabels: someLabels(random, mesh) } })),
  });

function route(random: Random, mesh: MadeMesh, own: string): object[] {
  const one = (): object => ({
    destination: {
      host: random.chance(0.5) ? own : hostOf(random.pick(mesh.services)),
      ...random.maybe(0.3, () => ({ subset: random.pick(["v1", "v2", "v3"]) })),
      ...random.maybe(0.3, () => ({ port: { number: random.pick([80, 8000, 9000]) } })),
    },
  });
  return random.chance(0.3)
    ? [
        { ...one(), weight: 50 },
        { ...one(), weight: 50 },
      ]
    : [one()];
}

function match(random: Random, mesh: MadeMesh, service: MadeService): object {
  return random.pick<object>([
    { sourceLabels: someLabels(random, mesh) },
    { sourceNamespace: random.pick(mesh.namespaces) },
    { port: random.pick([80, 8000]) },
    { authority: { exact: `${service.name}.${service.namespace}:${service.port}` } },
    { authority: { prefix: service.name } },
    { uri: { prefix: "/" } },
    { headers: { "x-one": { exact: "1" } } },
    { gateways: ["mesh"], sourceLabels: someLabels(random, mesh) },
  ]);
}

const virtualService: Draw = (random, mesh, name) => {
  const service = random.pick(mesh.services);
  const host = random.weighted([
    [5, hostOf(service)],
    [1, `*.${service.namespace}.svc.cluster.local`],
    [1, "*"],
  ]);
  const http = (): object => ({
    ...random.maybe(0.6, () => ({ match: [match(random, mesh, service)] })),
    ...random.weighted<object>([
      [6, { route: route(random, mesh, hostOf(service)) }],
      [1, { redirect: { uri: "/x" } }],
      [1, { directResponse: { status: 418 } }],
      [1, { route: route(random, mesh, hostOf(service)), rewrite: { authority: "other.example" } }],
      [
        1,
        {
          route: route(random, mesh, hostOf(service)),
          fault: { abort: { httpStatus: 555, percentage: { value: random.pick([100, 50]) } } },
        },
      ],
    ]),
  });
  const tcp = {
    ...random.maybe(0.5, () => ({ match: [{ sourceLabels: someLabels(random, mesh) }] })),
    route: route(random, mesh, hostOf(service)),
  };
  return istio("networking", "VirtualService", somewhere(random, mesh), name, {
    hosts: [host],
    ...random.weighted<object>([
      [5, { http: [http(), http()] }],
      [2, { tcp: [tcp] }],
      [1, { http: [http()], tcp: [tcp] }],
    ]),
    ...exportTo(random, mesh),
    ...random.maybe(0.1, () => ({ gateways: [random.pick(["mesh", "other"])] })),
  });
};

function egressHosts(random: Random, mesh: MadeMesh): string[] {
  const service = random.pick(mesh.services);
  return random.some(
    [
      "./*",
      `${service.namespace}/*`,
      `*/${hostOf(service)}`,
      "*/*",
      `~${service.namespace}/*`,
      `*/*.${service.namespace}.svc.cluster.local`,
    ],
    random.between(1, 3),
  );
}

const sidecar: Draw = (random, mesh, name) => {
  const egress = [
    { hosts: egressHosts(random, mesh), ...random.maybe(0.05, () => ({ bind: "127.0.0.1" })) },
    ...random.some([0], random.between(0, 1)).map(() => ({
      port: { number: random.pick([80, 8000]), protocol: random.pick(["HTTP", "TCP"]), name: "x" },
      hosts: egressHosts(random, mesh),
    })),
  ];
  const ingress = [
    { port: { number: 8000, protocol: random.pick(["HTTP", "TCP"]), name: "in" }, defaultEndpoint: "127.0.0.1:8000" },
  ];
  return istio("networking", "Sidecar", somewhere(random, mesh), name, {
    ...random.maybe(0.5, () => ({ workloadSelector: { labels: someLabels(random, mesh) } })),
    ...random.maybe(0.8, () => ({ egress })),
    ...random.maybe(0.25, () => ({ ingress })),
    ...random.maybe(0.3, () => ({ outboundTrafficPolicy: { mode: random.pick(["REGISTRY_ONLY", "ALLOW_ANY"]) } })),
  });
};

const requestAuthentication: Draw = (random, mesh, name) =>
  istio("security", "RequestAuthentication", somewhere(random, mesh), name, {
    ...random.maybe(0.5, () => ({ selector: { matchLabels: someLabels(random, mesh) } })),
    jwtRules: [{ issuer: "x", fromHeaders: [{ name: random.pick(["x-token", "user-agent"]) }] }],
  });

const networkPolicy: Draw = (random, mesh, name) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace: random.pick(mesh.namespaces) },
  spec: {
    podSelector: { matchLabels: someLabels(random, mesh) },
    policyTypes: [random.pick(["Ingress", "Egress"])],
  },
});

const envoyFilter: Draw = (random, mesh, name) => ({
  apiVersion: "networking.istio.io/v1alpha3",
  kind: "EnvoyFilter",
  metadata: { name, namespace: somewhere(random, mesh) },
  spec: {
    workloadSelector: { labels: someLabels(random, mesh) },
    configPatches: [
      {
        applyTo: "HTTP_FILTER",
        match: { context: random.pick(["SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "ANY"]) },
        patch: { operation: "MERGE", value: {} },
      },
    ],
  },
});

const wasmPlugin: Draw = (random, mesh, name) => ({
  apiVersion: "extensions.istio.io/v1alpha1",
  kind: "WasmPlugin",
  metadata: { name, namespace: somewhere(random, mesh) },
  spec: { selector: { matchLabels: someLabels(random, mesh) }, url: "oci://x" },
});

const gatewayRoute: Draw = (random, mesh, name) => {
  const service = random.pick(mesh.services);
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name, namespace: service.namespace },
    spec: { parentRefs: [{ kind: "Service", group: "", name: service.name }], rules: [] },
  };
};

/** How many of the kinds have much in them that calls can be told apart by. */
const COMMON = 5;

const KINDS: readonly (readonly [number, Draw])[] = [
  [10, authorizationPolicy],
  [6, peerAuthentication],
  [6, destinationRule],
  [5, virtualService],
  [3, sidecar],
  [1, requestAuthentication],
  [0.4, networkPolicy],
  [0.4, envoyFilter],
  [0.3, wasmPlugin],
  [0.5, gatewayRoute],
];

function waypoint(random: Random, mesh: MadeMesh): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "waypoint", namespace: random.pick(mesh.namespaces) },
    spec: {
      gatewayClassName: "istio-waypoint",
      listeners: [
        {
          name: "mesh",
          port: 15008,
          protocol: "HBONE",
          ...random.maybe(0.5, () => ({ allowedRoutes: { namespaces: { from: "All" } } })),
        },
      ],
    },
  };
}

function meshConfig(random: Random): KubeObject {
  const config = {
    ...random.maybe(0.3, () => ({ outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } })),
    ...random.maybe(0.3, () => ({ trustDomainAliases: ["old.example"] })),
    ...random.maybe(0.15, () => ({ enableAutoMtls: false })),
    ...random.maybe(0.2, () => ({ defaultServiceExportTo: [random.pick([".", "*"])] })),
    ...random.maybe(0.2, () => ({ defaultDestinationRuleExportTo: [random.pick([".", "*"])] })),
    ...random.maybe(0.2, () => ({ defaultVirtualServiceExportTo: [random.pick([".", "*"])] })),
    extensionProviders: [{ name: "known", envoyExtAuthzHttp: { service: "x.y.svc.cluster.local", port: 80 } }],
  };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "istio", namespace: ROOT },
    data: { mesh: JSON.stringify(config) },
  };
}
