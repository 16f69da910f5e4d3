import { explain } from "../explain-run.js";
import type { GatherPorts } from "../gather.js";
import { explanationJson, explanationText } from "../report/explain.js";
import type { ExplainOptions } from "../settings/helper-commands.js";
import { terminalLog } from "../terminal/log.js";
import { helped, inColour, realOutput } from "./helper-world.js";
import type { HelperOutput } from "./helper-world.js";
import { clock, realPorts, stopSignal } from "./world.js";

/** Where a helper command reads from and writes to. */
export interface ExplainWorld extends HelperOutput {
  readonly ports: GatherPorts;
  readonly signal: AbortSignal;
  readonly colour: boolean;
}

/**
 * Explains one call: what is predicted of it, by which rules, and what would change it.
 *
 * @returns the exit code: 0 answered, 2 refused for what was put in, 3 where it cannot be told
 */
export async function explainInTerminal(options: ExplainOptions, world = realWorld()): Promise<number> {
  return await helped(world, async () => {
    const explanation = await explain(options, world.ports, world.signal);
    const { colour } = world;
    world.out(options.output === "json" ? explanationJson(explanation) : explanationText(explanation, { colour }));
    return "unknown" in explanation.predicted ? 3 : 0;
  });
}

/** This process: its files, its signals, its terminal. */
export function realWorld(): ExplainWorld {
  return {
    ...realOutput(),
    ports: { ...realPorts(), log: terminalLog(process.stderr, clock, process.env) },
    signal: stopSignal(),
    colour: inColour(process),
  };
}
