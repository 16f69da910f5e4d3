import type { PlanStrictOptions } from "../settings/helper-commands.js";

/** Shows the way of the namespaces to STRICT. Gives the exit code. */
export function planStrictInTerminal(options: PlanStrictOptions): Promise<number> {
  process.stderr.write(`mtls-gate: plan-strict is not there yet (--output ${options.output})\n`);
  return Promise.resolve(2);
}
