import type { StrictPlan } from "../predict/strict-plan.js";
import { terminal } from "../report/escape.js";
import { strictFiles } from "../report/strict-files.js";
import { strictPlanJson, strictPlanText } from "../report/strict-plan.js";
import type { PlanStrictOptions } from "../settings/helper-commands.js";
import { strictPlan } from "../strict-plan-run.js";
import { realWorld } from "./explain-in-terminal.js";
import { helped } from "./helper-world.js";
import { writeStrictFiles } from "./strict-folder.js";

/**
 * Shows the way of the namespaces to STRICT, and writes the policies of each stage where a folder is given.
 *
 * @returns the exit code: 0 all can go, 1 calls would break, 2 refused for what was put in, 3 where it cannot be told
 */
export async function planStrictInTerminal(options: PlanStrictOptions, world = realWorld()): Promise<number> {
  return await helped(world, async () => {
    const report = await strictPlan(options, world.ports, world.signal);
    const { colour } = world;
    world.out(options.output === "json" ? strictPlanJson(report) : strictPlanText(report, { colour }));
    if (options.out !== undefined) {
      const files = strictFiles(report.plan);
      const written = await writeStrictFiles(options.out, files);
      const text = `${options.out} has ${files.length} files of the plan, ${written} of them new`;
      world.err(`mtls-gate: ${terminal(text)}\n`);
    }
    return exitCode(report.plan);
  });
}

function exitCode({ namespaces, mesh }: StrictPlan): number {
  const all = [...namespaces, mesh].map(({ status }) => status);
  if (all.includes("blocked")) return 1;
  return all.includes("unknown") ? 3 : 0;
}
