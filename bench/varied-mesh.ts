/**
 * Small meshes that have everything that a rule looks at, in every combination, always the same for a seed: what
 * predictions of groups of calls are held against. Speed is measured on those of mesh-generator.ts.
 */
import { Random } from "../e2e/truth/random.js";
import type { KubeObject } from "../src/ports.js";
import { variedPolicies } from "./varied-policies.js";

/** What is wanted of a mesh. */
export interface VariedMesh {
  readonly seed: string | number;
  readonly namespaces: number;
  readonly workloads: number;
  readonly services: number;
  readonly policies: number;
}

/** A workload, as policies are made for it. */
export interface MadeWorkload {
  readonly namespace: string;
  readonly name: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
}

/** A Service, as policies are made for it. */
export interface MadeService {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** What policies can be about. */
export interface MadeMesh {
  readonly namespaces: readonly string[];
  readonly workloads: readonly MadeWorkload[];
  readonly services: readonly MadeService[];
}

/** The objects of a mesh. */
export function variedMesh(size: VariedMesh): KubeObject[] {
  const random = new Random(size.seed);
  const namespaces = Array.from({ length: size.namespaces }, (_, index) => `ns-${index}`);
  const maker = everything(random);
  const made = Array.from({ length: size.workloads }, (_, index): [MadeWorkload, KubeObject[]] => {
    const namespace = namespaces[index % namespaces.length] ?? "";
    return maker.workload(random, namespace, index);
  });
  const workloads = made.map(([workload]) => workload);
  const services = Array.from({ length: size.services }, (_, index): [MadeService, KubeObject[]] => {
    const target = workloads[index % workloads.length];
    if (target === undefined) throw new Error("a Service needs a workload");
    return maker.service(random, target, index);
  });
  const mesh: MadeMesh = { namespaces, workloads, services: services.map(([service]) => service) };
  return [
    ...namespaces.map((name, index) => maker.namespace(random, name, index)),
    ...made.flatMap(([, objects]) => objects),
    ...services.flatMap(([, objects]) => objects),
    ...maker.policies(random, mesh, size.policies),
  ];
}

interface Maker {
  namespace(random: Random, name: string, index: number): KubeObject;
  workload(random: Random, namespace: string, index: number): [MadeWorkload, KubeObject[]];
  service(random: Random, target: MadeWorkload, index: number): [MadeService, KubeObject[]];
  policies(random: Random, mesh: MadeMesh, count: number): KubeObject[];
}

function namespaceOf(name: string, labels: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

function deployment(
  workload: MadeWorkload,
  pod: object,
  podAnnotations: Readonly<Record<string, string>> = {},
): KubeObject {
  const { namespace, name, labels, serviceAccount, port } = workload;
  const annotations = Object.keys(podAnnotations).length === 0 ? {} : { annotations: podAnnotations };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels, ...annotations },
        spec: {
          serviceAccountName: serviceAccount,
          containers: [{ name: "app", image: "example.com/app:1", ports: [{ name: "http", containerPort: port }] }],
          ...pod,
        },
      },
    },
  };
}

function serviceOf(
  namespace: string,
  name: string,
  spec: object,
  annotations: Record<string, string> = {},
): KubeObject {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace, annotations }, spec };
}

/** What a few workloads have alike. */
interface Template {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Record<string, string>;
  readonly serviceAccount: string;
  readonly port: number;
  readonly pod: object;
}

/**
 * A few templates, so that workloads and Services are often alike in everything but what policies make of them. How much
 * is out of the ordinary differs from mesh to mesh.
 */
function everything(random: Random): Maker {
  const odd = random.pick([0, 0.1, 0.4, 1]);
  const templates = Array.from({ length: random.between(2, 5) }, () => drawnTemplate(random, odd));
  const ports = Array.from({ length: random.between(1, 3) }, () => drawnPort(random));
  const kinds = Array.from({ length: 2 }, () => drawnNamespace(random));
  return {
    namespace: (_, name) => namespaceOf(name, random.pick(kinds)),
    workload: (_, namespace, index) => {
      const name = `app-${index}`;
      const { labels, annotations, serviceAccount, port, pod } = random.pick(templates);
      const workload: MadeWorkload = { namespace, name, serviceAccount, labels: { app: name, ...labels }, port };
      if (random.chance(0.3 * odd)) return [workload, podsOf(random, workload, index)];
      return [workload, [deployment(workload, pod, annotations)]];
    },
    service: (_, target, index) => {
      const name = `svc-${index}`;
      const { namespace } = target;
      const port = random.pick(ports);
      const exportTo = { "networking.istio.io/exportTo": random.pick([".", "*", "ns-0", "ns-1,.", "~"]) };
      const service = serviceOf(
        namespace,
        name,
        drawnService(random, target, port, odd),
        random.chance(0.2 * odd) ? exportTo : {},
      );
      if (!random.chance(odd)) return [{ namespace, name, port: port.port }, [service]];
      return [
        { namespace, name, port: port.port },
        [labelled(random, service), ...besideService(random, target, name, port.port)],
      ];
    },
    policies: variedPolicies,
  };
}

function drawnNamespace(random: Random): Record<string, string> {
  return random.weighted<Record<string, string>>([
    [6, { "istio-injection": "enabled" }],
    [2, {}],
    [2, { "istio.io/dataplane-mode": "ambient" }],
    [1, { "istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "waypoint" }],
  ]);
}

function drawnTemplate(random: Random, odd: number): Template {
  const port = random.pick([8000, 8080]);
  const isOdd = random.chance(odd);
  return {
    labels: { version: random.pick(["v1", "v2"]), ...(isOdd || random.chance(0.2) ? drawnLabels(random) : {}) },
    annotations: random.chance(odd) ? drawnAnnotations(random) : {},
    serviceAccount: random.pick(["default", "a", "b"]),
    port,
    pod: isOdd || random.chance(0.2) ? drawnPod(random, port, 0) : {},
  };
}

interface DrawnPort {
  readonly name: string;
  readonly port: number;
}

function drawnPort(random: Random): DrawnPort {
  const name = random.weighted([
    [6, "http"],
    [2, "tcp"],
    [1, "grpc"],
    [1, "tls-x"],
    [3, "other"],
  ]);
  return { name, port: random.pick([80, 80, 8000, 9000]) };
}

function drawnLabels(random: Random): Record<string, string> {
  return {
    ...random.maybe(0.4, () => ({ tier: random.pick(["front", "back"]) })),
    ...random.maybe(0.06, () => ({ "sidecar.istio.io/inject": random.pick(["false", "true"]) })),
    ...random.maybe(0.15, () => ({ "networking.istio.io/tunnel": "http" })),
    ...random.maybe(0.05, () => ({ "istio.io/dataplane-mode": random.pick(["none", "ambient"]) })),
    ...random.maybe(0.04, () => ({ "security.istio.io/tlsMode": "disabled" })),
  };
}

const CAPTURE = "traffic.sidecar.istio.io/";

function drawnAnnotations(random: Random): Record<string, string> {
  const one = random.weighted<Record<string, string>>([
    [30, {}],
    [1, { [`${CAPTURE}excludeInboundPorts`]: random.pick(["8000", "8080", "9000"]) }],
    [1, { [`${CAPTURE}includeInboundPorts`]: random.pick(["8000", "*", ""]) }],
    [1, { [`${CAPTURE}excludeOutboundPorts`]: random.pick(["80", "8000-9000"]) }],
    [1, { [`${CAPTURE}includeOutboundPorts`]: "80", [`${CAPTURE}includeOutboundIPRanges`]: "" }],
    [1, { [`${CAPTURE}includeOutboundIPRanges`]: random.pick(["10.96.0.0/25", "*"]) }],
    [1, { [`${CAPTURE}excludeOutboundIPRanges`]: "10.96.0.128/25" }],
    [1, { "sidecar.istio.io/interceptionMode": "NONE" }],
    [1, { "inject.istio.io/templates": "gateway" }],
  ]);
  return one;
}

function drawnPod(random: Random, port: number, index: number): object {
  const containers = random.weighted<object[]>([
    [6, [{ name: "app", image: "i", ports: [{ name: "http", containerPort: port }] }]],
    [2, [{ name: "app", image: "i" }]],
    [1, [{ name: "app", image: "i", ports: [{ name: "tls", containerPort: 8443 }] }]],
    [
      1,
      [
        { name: "app", image: "i", securityContext: { runAsUser: 1337 } },
        { name: `other-${index}`, image: "i" },
      ],
    ],
  ]);
  return { containers, ...random.maybe(0.06, () => ({ hostNetwork: true })) };
}

/** Pods of one controller that need not look the same, with addresses. */
function podsOf(random: Random, workload: MadeWorkload, index: number): KubeObject[] {
  const { namespace, name, serviceAccount, port } = workload;
  return Array.from({ length: random.between(1, 3) }, (_, at) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-${at}`,
      namespace,
      labels: { ...workload.labels, ...random.maybe(0.4, () => drawnLabels(random)) },
      annotations: drawnAnnotations(random),
      ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name, uid: name, controller: true }],
    },
    spec: { serviceAccountName: serviceAccount, ...drawnPod(random, port, index) },
    ...random.maybe(0.7, () => ({ status: { podIP: `10.0.${index % 250}.${at + 1}`, phase: "Running" } })),
  }));
}

function drawnService(random: Random, target: MadeWorkload, { name, port }: DrawnPort, odd: number): object {
  const plain = { selector: { app: target.name }, ports: [{ name, port, targetPort: target.port }] };
  if (!random.chance(odd)) return plain;
  const selector = random.weighted<Record<string, string>>([
    [8, { app: target.name }],
    [2, { version: "v1" }],
    [1, { tier: "front" }],
    [1, { app: "nobody" }],
  ]);
  const targetPort = random.weighted<number | string>([
    [6, target.port],
    [2, "http"],
    [2, random.pick([8000, 8080, 9999])],
  ]);
  const ports: object[] = [{ name, port, targetPort }];
  if (random.chance(0.25)) ports.push({ name: "tcp-more", port: 9443, targetPort: 8443 });
  if (random.chance(0.1)) ports.push({ name: "dns", port, protocol: "UDP", targetPort });
  if (random.chance(0.04)) return { type: "ExternalName", externalName: "svc-0.ns-0.svc.cluster.local", ports };
  if (random.chance(0.12)) return { clusterIP: "None", selector, ports };
  if (random.chance(0.06)) return { ports };
  return { selector, ports, ...random.maybe(0.6, () => ({ clusterIP: `10.96.0.${random.between(1, 254)}` })) };
}

function labelled(random: Random, service: KubeObject): KubeObject {
  if (!random.chance(0.06)) return service;
  const labels = { "istio.io/use-waypoint": random.pick(["waypoint", "none"]) };
  return { ...service, metadata: { ...service.metadata, labels } };
}

function besideService(random: Random, { namespace }: MadeWorkload, name: string, port: number): KubeObject[] {
  const slice = (): KubeObject => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-slice`, namespace, labels: { "kubernetes.io/service-name": name } },
    endpoints: [{ addresses: [random.pick(["192.168.7.7", "10.0.1.1", "10.0.2.1"])] }],
    ports: [{ name: "http", port: 8000 }],
  });
  const entry = (): KubeObject => ({
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: { name: `${name}-vm`, namespace },
    spec: {
      address: random.pick(["192.168.7.8", "10.0.3.1"]),
      labels: { version: "v1", ...random.maybe(0.5, () => ({ "security.istio.io/tlsMode": "istio" })) },
      ...random.maybe(0.5, () => ({ serviceAccount: "a" })),
    },
  });
  const other = (): KubeObject => ({
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { name: `${name}-entry`, namespace: random.pick(["ns-0", namespace]) },
    spec: {
      hosts: [random.pick([`${name}.${namespace}.svc.cluster.local`, "outside.example.com"])],
      ports: [{ number: port, name: "http", protocol: random.pick(["HTTP", "TCP"]) }],
      location: random.pick(["MESH_INTERNAL", "MESH_EXTERNAL"]),
      resolution: random.pick(["NONE", "STATIC"]),
      endpoints: [{ address: "192.168.7.9" }],
    },
  });
  return [
    ...(random.chance(0.1) ? [slice()] : []),
    ...(random.chance(0.05) ? [entry()] : []),
    ...(random.chance(0.12) ? [other()] : []),
  ];
}
