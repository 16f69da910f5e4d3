import { readFileSync } from "node:fs";
import { join } from "node:path";
import { callKey } from "../../e2e/truth/case.js";
import type { Predicted } from "../../src/mesh/call.js";
import { inventoryClients, plannedDestination } from "../../src/mesh/inventory-calls.js";
import { readObjects } from "../../src/mesh/objects.js";
import { readInventory } from "../../src/mesh/read-inventory.js";
import { Predictor } from "../../src/predict/predict.js";
import { readPlan } from "../../src/settings/plan-file.js";

/** The predictions of a scenario by call, see callKey: its own manifests over the fixed mesh. */
export function predictScenario(folder: string): Map<string, Predicted> {
  const files = [join(folder, "..", "world.yaml"), join(folder, "manifests.yaml")];
  const objects = files.flatMap((file) => readObjects(readFileSync(file, "utf8"), file).objects);
  const inventory = readInventory({ source: "manifests", objects });
  const planFile = join(folder, "plan.yaml");
  const { plan } = readPlan(readFileSync(planFile, "utf8"), planFile, { allowUnsafeMethods: true });
  if (plan === null) throw new Error(`${planFile} is no plan`);
  const predictor = new Predictor(inventory);
  return new Map(
    inventoryClients(inventory, plan, []).clients.flatMap(({ client, workload }) =>
      (plan.destinations ?? []).map((planned) => {
        const to = plannedDestination(inventory, planned, client.namespace);
        const key = callKey({ from: `${client.namespace}/${client.workload}`, method: to.method, url: to.url });
        return [key, predictor.predict(workload, client.container, to)] as const;
      }),
    ),
  );
}
