import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { predict, program } from "../../e2e/truth/predictor.js";
import type { Predicted } from "../../src/mesh/call.js";

/** Whether the program has the mode yet. */
export function canPredict(): boolean {
  const { stderr } = spawnSync(process.execPath, [program(), "predict"], { encoding: "utf8" });
  return !stderr.includes("mode predict is not there yet");
}

/** The predictions of a scenario by call, see callKey: its own manifests over the fixed mesh. */
export async function predictScenario(folder: string): Promise<Map<string, Predicted>> {
  const world = join(folder, "..", "world.yaml");
  return await predict([world, join(folder, "manifests.yaml")], join(folder, "plan.yaml"));
}
