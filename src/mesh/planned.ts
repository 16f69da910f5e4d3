import type { Problem } from "../problems.js";
import { errorProblem } from "../problems.js";
import type { ClientPattern, Plan, PlannedDestination } from "../settings/plan.js";
import { matchesClient } from "../settings/plan.js";
import { isGlob } from "../settings/glob.js";
import type { Call, Client, DestinationRequest } from "./call.js";
import { isApiServer } from "./api-server.js";
import type { LiveMesh, LivePod } from "./live.js";
import { podSpec, PROXY_CONTAINER, whyNotReady } from "./pods.js";
import { resolveService } from "./resolve-service.js";

/** A client of a run with the pod that stands for it, or why there is none. */
export interface LiveClient {
  readonly client: Client;
  readonly pod: LivePod | null;
  readonly why: string | null;
  /** Whether the plan names it; one that was merely found may turn out unable to call. */
  readonly named: boolean;
}

/** A call of a run with its client's pod. */
export interface LiveCall {
  readonly call: Call;
  readonly from: LiveClient;
}

/**
 * The calls of the modes that use a user's own mesh: the plan's clients and destinations, or all workloads and all
 * Service ports of the mesh where the plan leaves them out.
 *
 * @returns the calls, client by client, and a problem for each line of the plan that fits nothing
 */
export function plannedCalls(mesh: LiveMesh, plan: Plan | null): { calls: LiveCall[]; problems: Problem[] } {
  const { clients, problems } =
    plan?.clients === undefined ? { clients: allClients(mesh), problems: [] } : namedClients(mesh, plan.clients);
  const calls = clients.flatMap((from) =>
    destinationsOf(mesh, plan, from.client.namespace).map((to) => ({ call: { from: from.client, to }, from })),
  );
  return { calls, problems };
}

function allClients(mesh: LiveMesh): LiveClient[] {
  return workloads(mesh.pods).map((pods) => liveClient(pods, undefined, false));
}

function namedClients(
  mesh: LiveMesh,
  patterns: readonly ClientPattern[],
): { clients: LiveClient[]; problems: Problem[] } {
  const clients = new Map<string, LiveClient>();
  const problems: Problem[] = [];
  for (const pattern of patterns) {
    const matching = workloads(mesh.pods.filter((one) => matchesClient(pattern, clientName(one), one.labels)));
    const found = matching.map((pods) => liveClient(pods, pattern.container, true));
    const absent = found.length === 0 ? absentClient(pattern) : null;
    if (found.length === 0 && absent === null) {
      problems.push(
        errorProblem(
          "no-client",
          "no workload with pods fits this client",
          pattern.where,
          "see that the namespace is among namespaces, and that the workload has pods",
        ),
      );
    }
    for (const one of absent === null ? found : [absent]) {
      const key = JSON.stringify([one.client.namespace, one.client.kind, one.client.workload, one.client.container]);
      if (!clients.has(key)) clients.set(key, one);
    }
  }
  return { clients: [...clients.values()], problems };
}

/** A client that is named outright and has no pod is a call without a result, not an error of the plan. */
function absentClient(pattern: ClientPattern): LiveClient | null {
  const { namespace, workload, kind } = pattern;
  if (workload === undefined || isGlob(namespace) || isGlob(workload)) return null;
  const spelled = KINDS.find((one) => one.toLowerCase() === (kind ?? "deployment")) ?? "Deployment";
  const client = { namespace, workload, kind: spelled, container: pattern.container ?? "" };
  return { client, pod: null, why: `${spelled} ${namespace}/${workload} has no pod`, named: true };
}

const KINDS = [
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "ReplicationController",
  "Job",
  "CronJob",
  "Pod",
];

function clientName({ namespace, workload }: LivePod): Pick<Client, "namespace" | "workload" | "kind"> {
  return { namespace, workload: workload.name, kind: workload.kind };
}

/** The pods by workload, in a stable order. */
function workloads(pods: readonly LivePod[]): LivePod[][] {
  const byWorkload = new Map<string, LivePod[]>();
  for (const pod of pods) {
    const key = JSON.stringify([pod.namespace, pod.workload.kind, pod.workload.name]);
    byWorkload.set(key, [...(byWorkload.get(key) ?? []), pod]);
  }
  return [...byWorkload].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

/** One pod stands for its workload: the first that is ready, else the first with what keeps it from being so. */
function liveClient(pods: readonly LivePod[], container: string | undefined, named: boolean): LiveClient {
  const ready = pods.find(({ pod }) => whyNotReady(pod) === null);
  const [first] = pods;
  const chosen = ready ?? first ?? null;
  if (chosen === null) throw new Error("a workload is made of its pods");
  const client = { ...clientName(chosen), container: container ?? defaultContainer(chosen) };
  const containers = [...(podSpec(chosen.pod).containers ?? []), ...(podSpec(chosen.pod).initContainers ?? [])];
  const unknown = containers.some((one) => one.name === client.container)
    ? null
    : `Pod ${chosen.pod.metadata.name} has no container ${client.container}`;
  const unready = whyNotReady(chosen.pod);
  return {
    client,
    pod: chosen,
    why: unknown ?? (unready === null ? null : `Pod ${chosen.pod.metadata.name}: ${unready}`),
    named,
  };
}

/** As kubectl chooses: the annotation, else the first container; here, the first that is not the proxy. */
function defaultContainer({ pod }: LivePod): string {
  const annotated = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  const names = (podSpec(pod).containers ?? []).map((one) => one.name);
  if (annotated !== undefined && annotated !== PROXY_CONTAINER && names.includes(annotated)) return annotated;
  return names.find((name) => name !== PROXY_CONTAINER) ?? names[0] ?? "";
}

function destinationsOf(mesh: LiveMesh, plan: Plan | null, clientNamespace: string): DestinationRequest[] {
  if (plan?.destinations === undefined) return allDestinations(mesh);
  return plan.destinations.map((planned) => destination(mesh, planned, clientNamespace));
}

function allDestinations(mesh: LiveMesh): DestinationRequest[] {
  return mesh.services
    .filter((one) => !isApiServer(one))
    .flatMap(({ namespace, name, ports }) =>
      ports.filter(({ protocol }) => (protocol ?? "TCP") === "TCP").map(({ port }) => ({ namespace, name, port })),
    )
    .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1))
    .map(({ namespace, name, port }) => ({
      url: `http://${name}.${namespace}:${port}/`,
      method: "GET",
      host: `${name}.${namespace}`,
      port,
      namespace,
      service: name,
      headers: {},
    }));
}

function destination(mesh: LiveMesh, planned: PlannedDestination, clientNamespace: string): DestinationRequest {
  const { url, method, host, port, headers } = planned;
  const service = planned.service ?? resolveService(named(mesh), host, clientNamespace);
  return { url, method, host, port, namespace: service?.namespace ?? null, service: service?.name ?? null, headers };
}

function named(mesh: LiveMesh): { namespace: string; name: string; addresses: readonly string[] }[] {
  return mesh.services.map(({ namespace, name, clusterIPs }) => ({ namespace, name, addresses: clusterIPs }));
}
