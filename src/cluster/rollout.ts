import type { LiveMesh } from "../mesh/live.js";
import { readLiveMesh } from "../mesh/live.js";
import { hasSidecar, whyNotReady } from "../mesh/pods.js";
import type { Clock, Kubernetes, KubeObject, Log } from "../ports.js";
import { errorProblem, Failure } from "../problems.js";
import type { Problem } from "../problems.js";
import { redact } from "../redact.js";
import { diagnosePod, warningsOf } from "./diagnose.js";

/** What has to be there before a call is made. */
export interface RolloutTarget {
  readonly namespaces: readonly string[];
  /** Deployments, StatefulSets and DaemonSets that were applied. */
  readonly workloads: readonly { readonly kind: string; readonly namespace: string; readonly name: string }[];
  /** Namespaces whose applied pods must have a sidecar, and those whose must not. */
  readonly injected: readonly string[];
  readonly notInjected: readonly string[];
  /** Services that are called, `namespace/name`. */
  readonly services: readonly string[];
}

const POLL_MS = 200;

/**
 * Waits until the workloads are rolled out, each pod has or lacks its sidecar, and the called Services have endpoints.
 *
 * @param timeoutMs for all of it
 * @returns the mesh as it is then
 * @throws Failure with what is missing and why, when the time is over or a pod has come up wrong
 */
export async function rollOut(
  ports: { kubernetes: Kubernetes; clock: Clock; log: Log },
  target: RolloutTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<LiveMesh> {
  const { kubernetes, clock, log } = ports;
  const start = clock.now();
  for (;;) {
    const [mesh, workloads] = await Promise.all([
      readLiveMesh(kubernetes, target.namespaces, signal),
      Promise.all(target.workloads.map((one) => readWorkload(kubernetes, one, signal))),
    ]);
    const wrong = sidecarProblems(mesh, target);
    if (wrong.length > 0) throw new Failure(wrong);
    const missing = [...workloads.flatMap(whatIsMissing), ...endpointsMissing(mesh, target)];
    if (missing.length === 0) return mesh;
    if (clock.now() - start > timeoutMs) {
      throw new Failure(await explain(kubernetes, mesh, missing, timeoutMs, signal));
    }
    log.progress(`waiting for ${missing.map((one) => one.name).join(", ")}`);
    await clock.sleep(POLL_MS, signal);
  }
}

interface Missing {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly why: string;
}

async function readWorkload(
  kubernetes: Kubernetes,
  one: RolloutTarget["workloads"][number],
  signal: AbortSignal,
): Promise<{ wanted: typeof one; object: KubeObject | undefined }> {
  return { wanted: one, object: await kubernetes.get({ apiVersion: "apps/v1", ...one }, signal) };
}

interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly unavailableReplicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberReady?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
}

function whatIsMissing({
  wanted,
  object,
}: {
  wanted: RolloutTarget["workloads"][number];
  object: KubeObject | undefined;
}): Missing[] {
  const missing = (why: string): Missing[] => [{ ...wanted, why }];
  if (object === undefined) return missing("it is not there");
  const status = (object["status"] ?? {}) as WorkloadStatus;
  const generation = object.metadata["generation"];
  if (typeof generation === "number" && (status.observedGeneration ?? 0) < generation) {
    return missing("its controller has not looked at it yet");
  }
  const { ready, updated, desired, old } =
    wanted.kind === "DaemonSet" ? daemonCounts(status) : replicaCounts(object, status);
  if (ready >= desired && updated >= desired && old <= 0) return [];
  const failing = status.conditions?.find((one) => one.type === "ReplicaFailure" && one.status === "True")?.message;
  return missing(`${ready} of ${desired} pods are ready${failing === undefined ? "" : `: ${failing}`}`);
}

interface Counts {
  readonly ready: number;
  readonly updated: number;
  readonly desired: number;
  /** Pods of an earlier template that are still there. */
  readonly old: number;
}

function daemonCounts(status: WorkloadStatus): Counts {
  const { numberReady: ready = 0, updatedNumberScheduled: updated = 0, desiredNumberScheduled: desired = 0 } = status;
  return { ready, updated, desired, old: 0 };
}

function replicaCounts(object: KubeObject, status: WorkloadStatus): Counts {
  const { readyReplicas: ready = 0, updatedReplicas: updated = 0, replicas = 0 } = status;
  const desired = (object["spec"] as { replicas?: number } | undefined)?.replicas ?? 1;
  return { ready, updated, desired, old: replicas - updated };
}

function endpointsMissing(mesh: LiveMesh, target: RolloutTarget): Missing[] {
  return target.services
    .filter((service) => mesh.endpoints.get(service) !== true)
    .map((service) => {
      const [namespace = "", name = ""] = service.split("/");
      const there = mesh.endpoints.has(service);
      return { kind: "Service", namespace, name, why: there ? "it has no endpoint that is ready" : "it is not there" };
    });
}

/** A pod that came up without its sidecar, or with one that it must not have, never mends itself. */
function sidecarProblems(mesh: LiveMesh, target: RolloutTarget): Problem[] {
  const problems: Problem[] = [];
  for (const { pod, namespace, workload } of mesh.pods) {
    if (!target.workloads.some((one) => one.namespace === namespace && one.name === workload.name)) continue;
    const where = { kind: "Pod", namespace, name: pod.metadata.name };
    if (target.injected.includes(namespace) && !hasSidecar(pod)) {
      problems.push(
        errorProblem(
          "no-sidecar",
          "the pod has no sidecar: nothing was injected",
          where,
          "see the namespace's labels, and istiod's log",
        ),
      );
    }
    if (target.notInjected.includes(namespace) && hasSidecar(pod)) {
      problems.push(
        errorProblem(
          "sidecar",
          "the pod has a sidecar, but stands for clients without one",
          where,
          "see the namespace's labels",
        ),
      );
    }
  }
  return problems;
}

async function explain(
  kubernetes: Kubernetes,
  mesh: LiveMesh,
  missing: readonly Missing[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Problem[]> {
  return await Promise.all(
    missing.map(async ({ kind, namespace, name, why }) => {
      const pods = mesh.pods.filter((one) => one.namespace === namespace && one.workload.name === name);
      const reasons = await Promise.all(pods.map(async ({ pod }) => podReasons(kubernetes, pod, signal)));
      const own = pods.length === 0 ? await controllerWarnings(kubernetes, namespace, name, signal) : [];
      const details = [...own, ...reasons.flat()];
      const text = redact(
        `${why}, after ${Math.round(timeoutMs / 1000)} s${details.map((one) => `\n    ${one}`).join("")}`,
      );
      return errorProblem(
        "rollout",
        text,
        { kind, namespace, name },
        "mend what keeps it from starting; rollout-timeout sets how long is waited",
      );
    }),
  );
}

async function podReasons(kubernetes: Kubernetes, pod: KubeObject, signal: AbortSignal): Promise<string[]> {
  const why = whyNotReady(pod);
  return why === null ? [] : [`Pod ${pod.metadata.name}: ${why}`, ...(await diagnosePod(kubernetes, pod, signal))];
}

/** Where no pod came to be, the ReplicaSet's events say why: its name begins with the Deployment's. */
async function controllerWarnings(
  kubernetes: Kubernetes,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<string[]> {
  const sets = await kubernetes.list({ apiVersion: "apps/v1", kind: "ReplicaSet", namespace }, signal).catch(() => []);
  const own = sets.filter((one) => one.metadata.ownerReferences?.some((owner) => owner.name === name) === true);
  const found = await Promise.all(
    [name, ...own.map((one) => one.metadata.name)].map((one) => warningsOf(kubernetes, namespace, one, signal)),
  );
  return found.flat();
}
