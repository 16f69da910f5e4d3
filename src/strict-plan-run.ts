import { gather } from "./gather.js";
import type { GatherPorts } from "./gather.js";
import type { Inventory } from "./mesh/inventory.js";
import { inventoryNamespaces } from "./mesh/inventory-calls.js";
import { planStrict } from "./predict/strict-plan.js";
import { errorProblem, Refusal } from "./problems.js";
import type { Problem } from "./problems.js";
import type { StrictReport } from "./report/strict-plan.js";
import type { PlanStrictOptions } from "./settings/helper-commands.js";
import { hintFor } from "./settings/suggest.js";

/**
 * Plans the way to STRICT of the given namespaces, or of all that the mesh has.
 *
 * @throws Refusal where a file is wrong, or a namespace is not there
 */
export async function strictPlan(
  { settings }: Pick<PlanStrictOptions, "settings">,
  ports: GatherPorts,
  signal: AbortSignal,
): Promise<StrictReport> {
  const { inventory, objects, problems } = await gather(settings, ports, signal);
  const { source, unreadable } = inventory;
  const namespaces = settings.namespaces.length > 0 ? settings.namespaces : inventoryNamespaces(inventory);
  const missing = namespacesMissing(inventory, namespaces);
  if (missing.length > 0) throw new Refusal(missing);
  const mesh = { source, objects, rootNamespace: settings.rootNamespace, unreadable };
  return { plan: planStrict(mesh, namespaces), problems };
}

function namespacesMissing(inventory: Inventory, namespaces: readonly string[]): Problem[] {
  const { namespaces: declared, workloads, services } = inventory;
  const used = [...workloads, ...services].map(({ namespace }) => namespace);
  const known = [...new Set([...declared.keys(), ...used])];
  return namespaces
    .filter((one) => !known.includes(one))
    .map((one) => {
      const message = `--namespaces has ${one}, and there is no such namespace`;
      return errorProblem("no-namespace", message, undefined, hintFor(one, known));
    });
}
