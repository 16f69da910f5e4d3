import type { LiveMesh, LivePod, LiveService } from "../../src/mesh/live.js";
import type { KubeObject } from "../../src/ports.js";

/** Pods and Services as a cluster has them, with as little said as the test is about. */

export interface PodParts {
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly containers?: readonly object[];
  readonly initContainers?: readonly object[];
  readonly owner?: string;
  readonly status?: object;
  readonly deleted?: boolean;
  readonly serviceAccountName?: string;
}

export const READY = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };

export function pod(name: string, parts: PodParts = {}): KubeObject {
  const { namespace = "foo", owner, containers = [{ name: "sleep" }] } = parts;
  const [kind = "", ownerName = ""] = owner?.split("/") ?? [];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels: parts.labels ?? {},
      ...(parts.annotations === undefined ? {} : { annotations: parts.annotations }),
      ...(parts.deleted === true ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
      ...(owner === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: "apps/v1", kind, name: ownerName, uid: ownerName, controller: true }] }),
    },
    spec: {
      containers,
      ...(parts.initContainers === undefined ? {} : { initContainers: parts.initContainers }),
      ...(parts.serviceAccountName === undefined ? {} : { serviceAccountName: parts.serviceAccountName }),
    },
    status: parts.status ?? READY,
  };
}

export function livePod(name: string, workload: string, parts: PodParts = {}): LivePod {
  const [kind = "", of = ""] = workload.split("/");
  const made = pod(name, parts);
  return { pod: made, namespace: parts.namespace ?? "foo", workload: { kind, name: of }, labels: parts.labels ?? {} };
}

export function service(name: string, parts: Partial<LiveService> = {}): LiveService {
  return {
    namespace: "foo",
    name,
    ports: [{ port: 8000 }],
    selector: { app: name },
    clusterIPs: ["10.96.0.1"],
    type: "ClusterIP",
    ...parts,
  };
}

export function mesh(pods: readonly LivePod[], services: readonly LiveService[] = []): LiveMesh {
  return {
    pods,
    services,
    endpoints: new Map(services.map((one) => [`${one.namespace}/${one.name}`, true])),
  };
}
