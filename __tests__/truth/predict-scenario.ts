import { join } from "node:path";
import { predict } from "../../e2e/truth/predictor.js";
import type { Predicted } from "../../src/mesh/call.js";

/** The predictions of a scenario by call, see callKey: its own manifests over the fixed mesh. */
export async function predictScenario(folder: string): Promise<Map<string, Predicted>> {
  const world = join(folder, "..", "world.yaml");
  return await predict([world, join(folder, "manifests.yaml")], join(folder, "plan.yaml"));
}
