/** Policies as meshes mostly have them: who may call a workload, some modes, some routes. */
import type { Random } from "../e2e/truth/random.js";
import type { KubeObject } from "../src/ports.js";
import type { MadeMesh, MadeWorkload } from "./mesh-generator.js";

type Draw = (random: Random, mesh: MadeMesh, name: string) => KubeObject;

/** So many policies over a mesh. */
export function usualPolicies(random: Random, mesh: MadeMesh, count: number): KubeObject[] {
  const allNothing = {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: "istio-system" },
    spec: { mtls: { mode: "PERMISSIVE" } },
  };
  const drawn = Array.from({ length: Math.max(0, count - 1) }, (_, index) =>
    random.weighted(KINDS)(random, mesh, `policy-${index}`),
  );
  return [allNothing, ...drawn];
}

function istio(group: string, kind: string, namespace: string, name: string, spec: object): KubeObject {
  return { apiVersion: `${group}.istio.io/v1`, kind, metadata: { name, namespace }, spec };
}

function principalOf({ namespace, serviceAccount }: MadeWorkload): string {
  return `cluster.local/ns/${namespace}/sa/${serviceAccount}`;
}

/** The callers that a workload names: most often some few, sometimes whole namespaces. */
const allowCallers: Draw = (random, mesh, name) => {
  const target = random.pick(mesh.workloads);
  const callers = random.some(mesh.workloads, 0);
  for (let more = random.between(1, 3); more > 0; more -= 1) callers.push(random.pick(mesh.workloads));
  const source = random.chance(0.6)
    ? { principals: callers.map(principalOf) }
    : { namespaces: callers.map(({ namespace }) => namespace) };
  const rule = { from: [{ source }], ...random.maybe(0.2, () => ({ to: [{ operation: { methods: ["GET"] } }] })) };
  return istio("security", "AuthorizationPolicy", target.namespace, name, {
    selector: { matchLabels: { app: target.name } },
    action: "ALLOW",
    rules: [rule],
  });
};

const denyNamespace: Draw = (random, mesh, name) =>
  istio("security", "AuthorizationPolicy", random.pick(mesh.namespaces), name, {
    action: "DENY",
    rules: [{ from: [{ source: { namespaces: [random.pick(mesh.namespaces)] } }] }],
  });

const strict: Draw = (random, mesh, name) => {
  const target = random.pick(mesh.workloads);
  return istio("security", "PeerAuthentication", target.namespace, name, {
    ...random.maybe(0.5, () => ({ selector: { matchLabels: { app: target.name } } })),
    mtls: {
      mode: random.weighted([
        [4, "STRICT"],
        [1, "PERMISSIVE"],
        [1, "DISABLE"],
      ]),
    },
  });
};

const destinationRule: Draw = (random, mesh, name) => {
  const { namespace, name: service } = random.pick(mesh.services);
  return istio("networking", "DestinationRule", namespace, name, {
    host: `${service}.${namespace}.svc.cluster.local`,
    trafficPolicy: {
      tls: {
        mode: random.weighted([
          [4, "ISTIO_MUTUAL"],
          [1, "DISABLE"],
        ]),
      },
    },
    subsets: [{ name: "v1", labels: { version: "v1" } }],
  });
};

const virtualService: Draw = (random, mesh, name) => {
  const { namespace, name: service } = random.pick(mesh.services);
  const host = `${service}.${namespace}.svc.cluster.local`;
  return istio("networking", "VirtualService", namespace, name, {
    hosts: [host],
    http: [{ route: [{ destination: { host } }], timeout: "5s" }],
  });
};

const sidecar: Draw = (random, mesh, name) =>
  istio("networking", "Sidecar", random.pick(mesh.namespaces), name, {
    egress: [{ hosts: ["./*", "istio-system/*", ...random.some(mesh.namespaces, 3).map((one) => `${one}/*`)] }],
  });

const KINDS: readonly (readonly [number, Draw])[] = [
  [60, allowCallers],
  [3, denyNamespace],
  [15, strict],
  [14, destinationRule],
  [6, virtualService],
  [2, sidecar],
];
