import type { Client, DestinationRequest, Reason } from "../mesh/call.js";
import type { Inventory, Workload } from "../mesh/inventory.js";
import type { InventoryClient } from "../mesh/inventory-calls.js";
import { inventoryNamespaces } from "../mesh/inventory-calls.js";
import { reasonOf } from "./predict.js";
import type { Predictor } from "./predict.js";

/** What there is on one side of a comparison. */
export interface Side {
  readonly predictor: Predictor;
  readonly clients: readonly InventoryClient[];
  /** Whether the plan names the clients, and with them their containers. */
  readonly named: boolean;
}

/** A client as both sides know it. Its container counts where the plan names one: else it is the first, whatever its name. */
export function clientKey({ namespace, kind, workload, container }: Client, planned: boolean): string {
  return JSON.stringify([namespace, kind, workload, ...(planned ? [container] : [])]);
}

/** Tells why a call is on one side alone: the outermost thing that the other side has not. */
export class Presence {
  readonly #namespaces: ReadonlySet<string>;
  readonly #clients: ReadonlySet<string>;
  readonly #services: ReadonlySet<string>;

  constructor({ predictor, clients }: Side) {
    const { inventory } = predictor.view;
    this.#namespaces = new Set(inventoryNamespaces(inventory).concat(inventory.settings.rootNamespace));
    this.#clients = new Set(clients.map(({ client }) => clientKey(client, false)));
    this.#services = new Set(servicesOf(inventory));
  }

  /** The reason why this side has not a call that the other has, whose objects it names. */
  missing(
    { client, workload }: InventoryClient,
    to: DestinationRequest,
    other: Predictor,
    word: "new" | "gone",
  ): Reason {
    return this.missingClient(client, workload, word) ?? this.missingDestination(to, other, word);
  }

  missingClient(client: Client, { pods }: Workload, word: "new" | "gone"): Reason | null {
    if (!this.#namespaces.has(client.namespace)) return ofNamespace(client.namespace, word);
    if (this.#clients.has(clientKey(client, false))) return null;
    const [pod] = pods;
    const { namespace, kind, workload: name } = client;
    const says = `the client is ${word}`;
    if (pod === undefined) return { rule: RULE, says, kind, namespace, name };
    return { ...reasonOf({ rule: RULE, says, object: pod.object, path: [] }), kind, name };
  }

  missingDestination({ namespace, service }: DestinationRequest, other: Predictor, word: "new" | "gone"): Reason {
    if (namespace === null || service === null) return { rule: RULE, says: `the destination is ${word}` };
    if (!this.#namespaces.has(namespace)) return ofNamespace(namespace, word);
    const says = this.#services.has(`${namespace}/${service}`) ? `the port is ${word}` : `the destination is ${word}`;
    const found = other.view.service(namespace, service);
    if (found === undefined) return { rule: RULE, says, kind: "Service", namespace, name: service };
    return reasonOf({ rule: RULE, says, object: found.object, path: [] });
  }
}

const RULE = "inventory";

function ofNamespace(name: string, word: "new" | "gone"): Reason {
  return { rule: RULE, says: `the namespace is ${word}`, kind: "Namespace", name };
}

function servicesOf({ services }: Inventory): string[] {
  return services.filter(({ kind }) => kind === "Service").map(({ namespace, name }) => `${namespace}/${name}`);
}
