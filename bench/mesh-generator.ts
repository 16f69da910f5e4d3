import type { KubeObject } from "../src/ports.js";

/** Makes meshes of a given size, the same ones for the same seed. */

export interface MeshSize {
  readonly seed: number;
  readonly namespaces: number;
  /** Each with a Service of one port. */
  readonly workloads: number;
  readonly policies: number;
  /** What policies there are: those that a Policy engine for AuthorizationPolicy alone can read, or all. */
  readonly kinds?: "all" | "authorization";
  /** More that is rare in a large mesh: kinds and fields that rules stumble over. */
  readonly nasty?: boolean;
}

/** A small generator of pseudo-random numbers (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<One>(all: readonly One[]): One {
    const one = all[this.below(all.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  }
}

const TIERS = ["web", "api", "db", "job"];
const PORT_NAMES = ["http", "http", "http", "tcp", "web", "grpc"];

/** The objects of a mesh: Namespaces, Deployments, Services, policies. */
export function generateMesh(size: MeshSize): KubeObject[] {
  const dice = new Dice(size.seed);
  const namespaces = Array.from({ length: size.namespaces }, (_, index) => `ns-${index}`);
  const workloads = Array.from({ length: size.workloads }, (_, index) => ({
    name: `app-${index}`,
    namespace: namespaces[index % size.namespaces] ?? "ns-0",
    tier: TIERS[index % TIERS.length] ?? "web",
  }));
  const plain = new Set(namespaces.filter(() => dice.chance(0.1)));
  return [
    ...namespaces.map((name) => namespaceObject(dice, name, plain.has(name), size)),
    ...workloads.flatMap((one) => [deployment(dice, one, size), service(dice, one, size)]),
    ...Array.from({ length: size.policies }, (_, index) => policy(dice, index, namespaces, workloads, size)),
    ...(size.nasty === true ? nastyObjects(dice, namespaces, workloads) : []),
  ];
}

interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly tier: string;
}

function namespaceObject(dice: Dice, name: string, plain: boolean, { nasty }: MeshSize): KubeObject {
  const ambient = nasty === true && dice.chance(0.15);
  const labels: Record<string, string> = plain ? {} : { "istio-injection": "enabled" };
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: ambient ? { "istio.io/dataplane-mode": "ambient" } : labels },
  };
}

function deployment(dice: Dice, { name, namespace, tier }: Workload, { nasty }: MeshSize): KubeObject {
  const odd = nasty === true && dice.chance(0.4);
  const annotations: Record<string, string> = odd
    ? dice.pick<Record<string, string>>([
        { "traffic.sidecar.istio.io/excludeInboundPorts": "8080" },
        { "traffic.sidecar.istio.io/excludeOutboundPorts": "8000,8001" },
        { "traffic.sidecar.istio.io/includeOutboundIPRanges": "10.0.0.0/8" },
        { "sidecar.istio.io/inject": "false" },
        {},
      ])
    : {};
  const labels: Record<string, string> = {
    app: name,
    tier,
    version: dice.pick(["v1", "v2"]),
    ...(odd && dice.chance(0.2) ? { "sidecar.istio.io/inject": "false" } : {}),
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas: odd && dice.chance(0.2) ? 0 : 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels, annotations },
        spec: {
          serviceAccountName: dice.chance(0.5) ? tier : name,
          ...(odd && dice.chance(0.1) ? { hostNetwork: true } : {}),
          containers: [{ name: "app", image: "app:1", ports: [{ name: "main", containerPort: 8080 }] }],
        },
      },
    },
  };
}

function service(dice: Dice, { name, namespace, tier }: Workload, { nasty }: MeshSize): KubeObject {
  const odd = nasty === true && dice.chance(0.4);
  const exported: Record<string, string> =
    odd && dice.chance(0.4) ? { "networking.istio.io/exportTo": dice.pick([".", "~", "ns-0", "*"]) } : {};
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, annotations: exported },
    spec: {
      ...(odd && dice.chance(0.3) ? { clusterIP: "None" } : {}),
      selector: odd && dice.chance(0.4) ? { tier } : { app: name },
      ports: [
        {
          name: dice.pick(PORT_NAMES),
          port: odd ? dice.pick([8000, 8001, 8080]) : 8000,
          targetPort: odd ? dice.pick<number | string>([8080, "main", 9090]) : 8080,
        },
      ],
    },
  };
}

function policy(
  dice: Dice,
  index: number,
  namespaces: readonly string[],
  workloads: readonly Workload[],
  size: MeshSize,
): KubeObject {
  const namespace = dice.chance(0.02) ? "istio-system" : dice.pick(namespaces);
  const metadata = { name: `policy-${index}`, namespace };
  if (size.kinds === "authorization") return authorizationPolicy(dice, metadata, namespaces, workloads);
  const roll = dice.next();
  if (roll < 0.35) return peerAuthentication(dice, metadata);
  if (roll < 0.75) return authorizationPolicy(dice, metadata, namespaces, workloads);
  return destinationRule(dice, metadata, workloads, size);
}

type Named = KubeObject["metadata"] & { readonly namespace: string };

function peerAuthentication(dice: Dice, metadata: Named): KubeObject {
  const selected = metadata.namespace !== "istio-system" && dice.chance(0.5);
  const mode = dice.pick(["STRICT", "STRICT", "PERMISSIVE", "DISABLE", "UNSET"]);
  return {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata,
    spec: {
      ...(selected ? { selector: { matchLabels: { tier: dice.pick(TIERS) } } } : {}),
      mtls: { mode },
      ...(selected && dice.chance(0.3)
        ? { portLevelMtls: { "8080": { mode: dice.pick(["STRICT", "DISABLE"]) } } }
        : {}),
    },
  };
}

function authorizationPolicy(
  dice: Dice,
  metadata: Named,
  namespaces: readonly string[],
  workloads: readonly Workload[],
): KubeObject {
  const caller = dice.pick(workloads);
  const source = dice.pick<object>([
    { namespaces: [dice.pick(namespaces), dice.pick(namespaces)] },
    { principals: [`cluster.local/ns/${caller.namespace}/sa/${caller.tier}`] },
    { principals: [`*/sa/${caller.tier}`] },
    { notNamespaces: [dice.pick(namespaces)] },
  ]);
  const operation = dice.pick<object>([
    { ports: ["8080"] },
    { methods: ["GET"] },
    { paths: ["/*"] },
    { methods: ["POST"] },
  ]);
  return {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata,
    spec: {
      selector: { matchLabels: { tier: dice.pick(TIERS) } },
      action: dice.pick(["ALLOW", "ALLOW", "DENY"]),
      rules: [{ from: [{ source }], ...(dice.chance(0.5) ? { to: [{ operation }] } : {}) }],
    },
  };
}

function destinationRule(dice: Dice, metadata: Named, workloads: readonly Workload[], { nasty }: MeshSize): KubeObject {
  const called = dice.pick(workloads);
  const hosts = [`${called.name}.${called.namespace}.svc.cluster.local`, `*.${called.namespace}.svc.cluster.local`];
  const odd = nasty === true;
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: dice.chance(0.7) ? { ...metadata, namespace: called.namespace } : metadata,
    spec: {
      host: odd && dice.chance(0.2) ? dice.pick([called.name, "*.local", "*"]) : dice.pick(hosts),
      trafficPolicy: {
        tls: { mode: dice.pick(["ISTIO_MUTUAL", "ISTIO_MUTUAL", "DISABLE", "SIMPLE"]) },
        ...(odd && dice.chance(0.3)
          ? { portLevelSettings: [{ port: { number: dice.pick([8000, 8001]) }, connectionPool: {} }] }
          : {}),
        ...(odd && dice.chance(0.2) ? { loadBalancer: { simple: "PASSTHROUGH" } } : {}),
      },
      ...(odd && dice.chance(0.3) ? { subsets: [{ name: "v1", labels: { version: "v1" } }] } : {}),
      ...(odd && dice.chance(0.3) ? { exportTo: [dice.pick([".", "*", "ns-0"])] } : {}),
      ...(odd && dice.chance(0.2) ? { workloadSelector: { matchLabels: { tier: dice.pick(TIERS) } } } : {}),
    },
  };
}

/** What large meshes have few of, and what rules have to tell apart all the same. */
function nastyObjects(dice: Dice, namespaces: readonly string[], workloads: readonly Workload[]): KubeObject[] {
  const makers: (() => KubeObject)[] = [
    () => sidecar(dice, namespaces),
    () => virtualService(dice, namespaces, workloads),
    () => networkPolicy(dice, namespaces),
    () => envoyFilter(dice, namespaces),
    () => serviceEntry(dice, workloads),
    () => hostPolicy(dice, namespaces, workloads),
    () => addressPolicy(dice, namespaces),
  ];
  return makers.flatMap((make, index) => {
    if (!dice.chance(0.4)) return [];
    const made = make();
    return [{ ...made, metadata: { ...made.metadata, name: `nasty-${index}` } }];
  });
}

function sidecar(dice: Dice, namespaces: readonly string[]): KubeObject {
  const hosts = dice.pick([["./*"], ["*/*"], [`${dice.pick(namespaces)}/*`, "istio-system/*"], ["~*/app-0.*", "*/*"]]);
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "Sidecar",
    metadata: { name: "x", namespace: dice.pick([...namespaces, "istio-system"]) },
    spec: {
      egress: [{ hosts }],
      ...(dice.chance(0.3) ? { workloadSelector: { labels: { tier: dice.pick(TIERS) } } } : {}),
      ...(dice.chance(0.5) ? { outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } } : {}),
    },
  };
}

function virtualService(dice: Dice, namespaces: readonly string[], workloads: readonly Workload[]): KubeObject {
  const [called, other] = [dice.pick(workloads), dice.pick(workloads)];
  const match = dice.pick<object | null>([
    null,
    { sourceLabels: { tier: dice.pick(TIERS) } },
    { sourceNamespace: dice.pick(namespaces) },
    { uri: { prefix: "/x" } },
    { authority: { prefix: "app-1" } },
  ]);
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "x", namespace: dice.pick(namespaces) },
    spec: {
      hosts: [
        dice.pick([`${called.name}.${called.namespace}.svc.cluster.local`, `*.${called.namespace}.svc.cluster.local`]),
      ],
      http: [
        {
          ...(match === null ? {} : { match: [match] }),
          route: [
            {
              destination: {
                host: `${other.name}.${other.namespace}.svc.cluster.local`,
                ...(dice.chance(0.3) ? { subset: "v1" } : {}),
              },
            },
          ],
        },
      ],
      ...(dice.chance(0.3) ? { exportTo: [dice.pick([".", "ns-0"])] } : {}),
    },
  };
}

function networkPolicy(dice: Dice, namespaces: readonly string[]): KubeObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "x", namespace: dice.pick(namespaces) },
    spec: { podSelector: { matchLabels: { tier: dice.pick(TIERS) } }, policyTypes: [dice.pick(["Ingress", "Egress"])] },
  };
}

function envoyFilter(dice: Dice, namespaces: readonly string[]): KubeObject {
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name: "x", namespace: dice.pick(namespaces) },
    spec: {
      workloadSelector: { labels: { tier: dice.pick(TIERS) } },
      configPatches: [
        {
          applyTo: "HTTP_FILTER",
          match: { context: dice.pick(["SIDECAR_INBOUND", "SIDECAR_OUTBOUND"]) },
          patch: { operation: "MERGE" },
        },
      ],
    },
  };
}

function serviceEntry(dice: Dice, workloads: readonly Workload[]): KubeObject {
  const named = dice.pick(workloads);
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { name: "x", namespace: named.namespace },
    spec: {
      hosts: [dice.pick([`${named.name}.${named.namespace}.svc.cluster.local`, "example.com"])],
      ports: [{ number: 8000, name: "p", protocol: dice.pick(["HTTP", "TCP"]) }],
      resolution: dice.pick(["NONE", "STATIC"]),
      location: "MESH_INTERNAL",
    },
  };
}

function hostPolicy(dice: Dice, namespaces: readonly string[], workloads: readonly Workload[]): KubeObject {
  const called = dice.pick(workloads);
  return {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "x", namespace: dice.pick(namespaces) },
    spec: {
      action: "DENY",
      rules: [{ to: [{ operation: { hosts: [`${called.name}.*`, `${called.name}.${called.namespace}:8000`] } }] }],
    },
  };
}

function addressPolicy(dice: Dice, namespaces: readonly string[]): KubeObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "x", namespace: dice.pick(namespaces) },
    spec: { action: "DENY", rules: [{ from: [{ source: { ipBlocks: ["10.1.0.0/16"] } }] }] },
  };
}
