import type { DestinationRequest } from "./mesh/call.js";
import type { Inventory } from "./mesh/inventory.js";
import {
  inventoryClients,
  inventoryDestinations,
  inventoryNamespaces,
  plannedDestination,
} from "./mesh/inventory-calls.js";
import type { InventoryClient } from "./mesh/inventory-calls.js";
import type { ComparedCall } from "./predict/compare-calls.js";
import { clientKey } from "./predict/presence.js";
import type { Problem } from "./problems.js";
import type { Plan } from "./settings/plan.js";
import type { Settings } from "./settings/settings.js";

/** Who calls what in a prediction: every client everything, or the plan's calls one by one. */
export interface Asked {
  readonly clients: readonly InventoryClient[];
  /** Whether the plan names them. */
  readonly named: boolean;
  /** The destinations of all clients; null where names can mean something else for each. */
  readonly everything: readonly DestinationRequest[] | null;
  /** How many calls that are. */
  readonly planned: number;
  /** One by one. They are made when they are asked for: there can be very many. */
  calls(): ComparedCall[];
}

/**
 * The calls that are predicted in a mesh: the plan's, or every workload to every Service port.
 *
 * @returns also a problem for each line of the plan that fits nothing in this mesh
 */
export function askedOf(
  settings: Pick<Settings, "namespaces">,
  inventory: Inventory,
  plan: Plan | null,
): { asked: Asked; problems: Problem[] } {
  const namespaces = settings.namespaces.length > 0 ? settings.namespaces : inventoryNamespaces(inventory);
  const { clients, problems } = inventoryClients(inventory, plan, namespaces);
  const named = plan?.clients !== undefined;
  const destinations = plan?.destinations;
  if (destinations !== undefined) {
    const calls = (): ComparedCall[] =>
      clients.flatMap((client) =>
        destinations.map((one, index) => ({
          key: `${clientKey(client.client, named)} ${index}`,
          client,
          to: plannedDestination(inventory, one, client.client.namespace),
        })),
      );
    return {
      asked: { clients, named, everything: null, planned: clients.length * destinations.length, calls },
      problems,
    };
  }
  const everything = inventoryDestinations(inventory, namespaces);
  const calls = (): ComparedCall[] =>
    clients.flatMap((client) => {
      const key = clientKey(client.client, named);
      return everything.map((to) => ({ key: `${key} ${to.url}`, client, to }));
    });
  return { asked: { clients, named, everything, planned: clients.length * everything.length, calls }, problems };
}
