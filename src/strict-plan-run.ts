import { gather } from "./gather.js";
import type { GatherPorts } from "./gather.js";
import { inventoryNamespaces } from "./mesh/inventory-calls.js";
import { planStrict } from "./predict/strict-plan.js";
import type { StrictReport } from "./report/strict-plan.js";
import type { PlanStrictOptions } from "./settings/helper-commands.js";

/**
 * Plans the way to STRICT of the given namespaces, or of all that the mesh has.
 *
 * @throws Refusal where a file is wrong
 */
export async function strictPlan(
  { settings }: Pick<PlanStrictOptions, "settings">,
  ports: GatherPorts,
  signal: AbortSignal,
): Promise<StrictReport> {
  const { inventory, objects, problems } = await gather(settings, ports, signal);
  const { source, unreadable } = inventory;
  const namespaces = settings.namespaces.length > 0 ? settings.namespaces : inventoryNamespaces(inventory);
  const mesh = { source, objects, rootNamespace: settings.rootNamespace, unreadable };
  return { plan: planStrict(mesh, namespaces), problems };
}
