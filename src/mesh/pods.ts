import type { KubeObject } from "../ports.js";

/** A pod, as far as this tool reads it. Pure readers of the API's objects. */

export interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface ContainerState {
  readonly running?: object;
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly message?: string };
}

interface PodSpec {
  readonly containers?: readonly { readonly name: string }[];
  readonly initContainers?: readonly { readonly name: string; readonly restartPolicy?: string }[];
  readonly serviceAccountName?: string;
  readonly hostNetwork?: boolean;
}

interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly podIP?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}

const PROXY = "istio-proxy";

export function podSpec(pod: KubeObject): PodSpec {
  return pod["spec"] ?? {};
}

export function podStatus(pod: KubeObject): PodStatus {
  return pod["status"] ?? {};
}

/** Whether the pod has Istio's proxy, as a container or as a native sidecar. */
export function hasSidecar(pod: KubeObject): boolean {
  const { containers, initContainers } = podSpec(pod);
  return [...(containers ?? []), ...(initContainers ?? [])].some((one) => one.name === PROXY);
}

export const PROXY_CONTAINER = PROXY;

/** The statuses of all containers, native sidecars and init containers first. */
export function containerStatuses(pod: KubeObject): ContainerStatus[] {
  const { containerStatuses: main, initContainerStatuses: init } = podStatus(pod);
  return [...(init ?? []), ...(main ?? [])];
}

/** Why a pod cannot take calls or make them, or null when it is ready. */
export function whyNotReady(pod: KubeObject): string | null {
  if (pod.metadata.deletionTimestamp !== undefined) return "it is being deleted";
  const { phase, reason, message, conditions } = podStatus(pod);
  if (phase === "Succeeded" || phase === "Failed")
    return `it has ended (${[phase, reason, message].filter(Boolean).join(": ")})`;
  const ready = conditions?.find((one) => one.type === "Ready");
  if (ready?.status === "True") return null;
  const states = containerStatuses(pod)
    .map(stateText)
    .filter((text) => text !== null);
  const scheduled = conditions?.find((one) => one.type === "PodScheduled" && one.status === "False");
  const why = [
    ...(scheduled?.message === undefined ? [] : [scheduled.message]),
    ...states,
    ...(ready?.message === undefined ? [] : [ready.message]),
  ];
  return why.length === 0 ? `it is not ready (${phase ?? "no status yet"})` : `it is not ready: ${why.join("; ")}`;
}

/** What keeps a container from running, or null. */
export function stateText(status: ContainerStatus): string | null {
  const { waiting, terminated } = status.state ?? {};
  const before = status.lastState?.terminated;
  const last =
    before === undefined ? "" : `, before that ${before.reason ?? "it ended"} with exit code ${before.exitCode ?? "?"}`;
  if (waiting !== undefined) {
    if (waiting.reason === "PodInitializing" && before === undefined) return null;
    return `container ${status.name}: ${[waiting.reason, waiting.message].filter(Boolean).join(": ")}${last}`;
  }
  if (terminated !== undefined && terminated.exitCode !== 0) {
    return `container ${status.name}: ${terminated.reason ?? "ended"} with exit code ${terminated.exitCode ?? "?"}`;
  }
  return null;
}

/** The service account whose identity the pod's proxy has. */
export function serviceAccountOf(pod: KubeObject): string {
  return podSpec(pod).serviceAccountName ?? "default";
}

/** A workload: the top controller of a pod. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
}

/**
 * The top controller of a pod by owner references: ReplicaSets lead to their Deployment, Jobs to their CronJob. A bare
 * pod is its own.
 *
 * @param owners the ReplicaSets and Jobs of the namespace, by uid, as far as they could be read
 */
export function workloadOf(pod: KubeObject, owners: ReadonlyMap<string, KubeObject>): Workload {
  const direct = controllerOf(pod);
  if (direct === undefined) return { kind: pod.kind, name: pod.metadata.name };
  const owner = owners.get(direct.uid);
  const above = owner === undefined ? undefined : controllerOf(owner);
  if (above !== undefined) return { kind: above.kind, name: above.name };
  // A ReplicaSet of a Deployment is named after it and the hash of its pod template, which the pod's label repeats.
  const hash = pod.metadata.labels?.["pod-template-hash"];
  if (owner === undefined && direct.kind === "ReplicaSet" && hash !== undefined && direct.name.endsWith(`-${hash}`)) {
    return { kind: "Deployment", name: direct.name.slice(0, -hash.length - 1) };
  }
  return { kind: direct.kind, name: direct.name };
}

function controllerOf(object: KubeObject): { kind: string; name: string; uid: string } | undefined {
  return object.metadata.ownerReferences?.find((one) => one.controller === true);
}
