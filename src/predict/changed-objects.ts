import type { DestinationRequest } from "../mesh/call.js";
import type { Inventory } from "../mesh/inventory.js";
import type { InventoryClient } from "../mesh/inventory-calls.js";
import { attaches } from "../rules/authorization.js";
import { fullHost, isSubsetOf } from "../rules/hosts.js";
import type { PodShape, Service } from "../rules/model.js";
import type { MeshObject } from "../rules/objects.js";
import type { RequestAuthentication } from "../rules/request-authentication.js";
import type { Predictor } from "./predict.js";

/**
 * Which objects differ between two meshes. Calls that such objects decide are told apart by them, so that each change can
 * name its own; all other objects say the same on both sides.
 */
export class ChangedObjects {
  readonly #names: ReadonlySet<string>;

  constructor(before: Inventory, after: Inventory) {
    const [had, has] = [contents(before), contents(after)];
    this.#names = new Set([...had.keys(), ...has.keys()].filter((name) => had.get(name) !== has.get(name)));
  }

  /** What tells clients and destinations of one side apart. */
  marks({ view, obstacles }: Predictor): {
    client: (one: InventoryClient) => string;
    destination: (one: DestinationRequest) => string;
  } {
    if (this.#names.size === 0) return { client: () => "", destination: () => "" };
    const { inventory, settings } = view;
    const rules = inventory.destinationRules
      .filter((one) => this.#has(one))
      .map((one) => ({ one, host: fullHost(one.spec.host ?? "", one.namespace, settings.domain) }));
    const tokens = (inventory.requestAuthentications as readonly RequestAuthentication[]).filter((one) =>
      this.#has(one),
    );
    const ofPod = (pod: PodShape): MeshObject[] => [
      ...this.#only([pod.object, pod.because.object]),
      ...this.#all(Object.values(view.peerAuthentications(pod)) as (MeshObject | undefined)[]),
      ...this.#all(view.authorizationPolicies(pod)),
      ...tokens.filter((one) => attaches(one, pod, settings.rootNamespace)),
      ...this.#only([
        obstacles.network(pod, "inbound")?.because.object,
        obstacles.sidecar(pod, "inbound")?.because.object,
        view.sidecar(pod),
      ]),
    ];
    const ofService = (service: Service): MeshObject[] => [
      ...this.#only([service.object, ...view.routesNaming(service.hostname), obstacles.route(service)?.because.object]),
      ...this.#all(Object.values(view.namespacePolicies(service.namespace)) as (MeshObject | undefined)[]),
      ...rules.filter(({ host }) => isSubsetOf(service.hostname, host)).map(({ one }) => one),
    ];
    return {
      client: ({ workload }) =>
        textOf(
          workload.pods.flatMap((pod) =>
            this.#only([
              pod.object,
              pod.because.object,
              view.sidecar(pod),
              obstacles.network(pod, "outbound")?.because.object,
              obstacles.sidecar(pod, "outbound")?.because.object,
            ]),
          ),
        ),
      destination: ({ namespace, service: name, port: number }) => {
        const service = namespace === null || name === null ? undefined : view.service(namespace, name);
        const port = service?.ports.find((one) => one.port === number);
        if (service === undefined || port === undefined) return "";
        const pods = view.endpoints(service, port).flatMap((one) => (one.kind === "pod" ? [one.pod] : []));
        return textOf([...ofService(service), ...new Set(pods.flatMap(ofPod))]);
      },
    };
  }

  #has(object: MeshObject): boolean {
    return this.#names.has(nameOf(object));
  }

  #only(objects: readonly (MeshObject | null | undefined)[]): MeshObject[] {
    return objects.filter((one) => one !== null && one !== undefined && this.#has(one)) as MeshObject[];
  }

  /** All of a list that decides together, where any of it changed: what is left of it may then decide. */
  #all(objects: readonly (MeshObject | undefined)[]): MeshObject[] {
    const there = objects.filter((one) => one !== undefined);
    return there.some((one) => this.#has(one)) ? there : [];
  }
}

function textOf(objects: readonly MeshObject[]): string {
  return [...new Set(objects.map(nameOf))].join();
}

function nameOf({ kind, namespace, name }: MeshObject): string {
  return `${kind} ${namespace}/${name}`;
}

/** Everything in a mesh that decides calls, by name. */
function contents(inventory: Inventory): Map<string, string> {
  const found = new Map<string, string>();
  const add = (object: MeshObject | null | undefined): void => {
    if (object === null || object === undefined) return;
    const { labels, annotations, created, spec } = object;
    const name = nameOf(object);
    if (!found.has(name)) found.set(name, JSON.stringify([labels, annotations, String(created), spec]));
  };
  add(inventory.settings.object);
  for (const { pods } of inventory.workloads) pods.forEach((pod) => [pod.object, pod.because.object].forEach(add));
  for (const { object } of inventory.services) add(object);
  const lists: readonly (readonly MeshObject[])[] = [
    inventory.peerAuthentications,
    inventory.destinationRules,
    inventory.authorizationPolicies,
    inventory.requestAuthentications,
    inventory.sidecars,
    inventory.virtualServices,
    inventory.gateways,
    inventory.envoyFilters,
    inventory.wasmPlugins,
    inventory.networkPolicies,
    inventory.gatewayRoutes,
  ];
  for (const list of lists) list.forEach(add);
  return found;
}
