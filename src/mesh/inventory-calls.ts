import type { Problem } from "../problems.js";
import { errorProblem } from "../problems.js";
import { isApiServer } from "./api-server.js";
import { resolveService } from "./resolve-service.js";
import type { ClientPattern, Plan, PlannedDestination } from "../settings/plan.js";
import { matchesClient } from "../settings/plan.js";
import type { Client, DestinationRequest } from "./call.js";
import type { Inventory, Workload } from "./inventory.js";

/** A client of a prediction: the workload, and the name that reports give it. */
export interface InventoryClient {
  readonly client: Client;
  readonly workload: Workload;
}

/**
 * The clients of a prediction: the plan's, or every workload of the namespaces, in a stable order.
 *
 * @param namespaces those that clients and destinations are of where the plan names none
 * @returns the clients, and a problem for each line of the plan that fits nothing
 */
export function inventoryClients(
  inventory: Inventory,
  plan: Plan | null,
  namespaces: readonly string[],
): { clients: InventoryClient[]; problems: Problem[] } {
  const sorted = [...inventory.workloads].sort(byName);
  if (plan?.clients === undefined) {
    const clients = sorted
      .filter(
        ({ namespace, pods }) =>
          namespaces.includes(namespace) && !pods.every(({ dataPlane }) => dataPlane === "gateway"),
      )
      .map((workload) => ({ workload, client: clientOf(workload, undefined) }));
    return { clients, problems: [] };
  }
  const found = new Map<string, InventoryClient>();
  const problems: Problem[] = [];
  for (const pattern of plan.clients) {
    const matching = sorted.filter((workload) =>
      matchesClient(pattern, clientOf(workload, undefined), workload.pods[0]?.labels ?? {}),
    );
    problems.push(...clientProblems(pattern, matching));
    for (const workload of matching) {
      const client = clientOf(workload, pattern.container);
      const key = JSON.stringify([client.namespace, client.kind, client.workload, client.container]);
      if (!found.has(key)) found.set(key, { workload, client });
    }
  }
  return { clients: [...found.values()], problems };
}

function clientProblems({ where, container }: ClientPattern, matching: readonly Workload[]): Problem[] {
  if (matching.length === 0) {
    const hint =
      "see that its namespace and name are as in the manifests, and that the kind is right where it is given";
    return [errorProblem("no-client", "no workload fits this client", where, hint)];
  }
  return matching
    .filter(({ containers }) => container !== undefined && !containers.includes(container))
    .map(({ kind, namespace, name, containers }) =>
      errorProblem(
        "no-container",
        `${kind} ${namespace}/${name} has no container ${container ?? ""}`,
        where,
        `it has ${containers.join(", ")}`,
      ),
    );
}

function byName(a: Workload, b: Workload): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.kind, b.kind);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function clientOf({ namespace, name, kind, containers }: Workload, container: string | undefined): Client {
  return { namespace, workload: name, kind, container: container ?? containers[0] ?? "" };
}

/** Every TCP port of every Service of the namespaces but the API server's, as a plan would name it. */
export function inventoryDestinations(inventory: Inventory, namespaces: readonly string[]): DestinationRequest[] {
  return inventory.services
    .filter((one) => one.kind === "Service" && namespaces.includes(one.namespace) && !isApiServer(one))
    .sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name))
    .flatMap(({ namespace, name, ports }) =>
      ports
        .filter(({ protocol }) => protocol !== "udp")
        .map(({ port }) => ({
          url: `http://${name}.${namespace}:${port}/`,
          method: "GET",
          host: `${name}.${namespace}`,
          port,
          namespace,
          service: name,
          headers: {},
        })),
    );
}

/** A destination of the plan, with the Service that its host is for a client. */
export function plannedDestination(
  inventory: Inventory,
  planned: PlannedDestination,
  clientNamespace: string,
): DestinationRequest {
  const { url, method, host, port, headers } = planned;
  const service = planned.service ?? resolveService(inventory.services, host, clientNamespace);
  return { url, method, host, port, namespace: service?.namespace ?? null, service: service?.name ?? null, headers };
}

/** The namespaces of a prediction where none are given: all but the root namespace and kube-*. */
export function inventoryNamespaces({ settings, namespaces, workloads, services }: Inventory): string[] {
  const all = new Set([
    ...namespaces.keys(),
    ...workloads.map(({ namespace }) => namespace),
    ...services.map(({ namespace }) => namespace),
  ]);
  return [...all].filter((name) => name !== settings.rootNamespace && !name.startsWith("kube-")).sort();
}
