import { explain } from "../explain-run.js";
import type { GatherPorts } from "../gather.js";
import { KubeError } from "../ports.js";
import { errorProblem, Failure, messageOf, problemText, Refusal } from "../problems.js";
import type { Problem } from "../problems.js";
import { terminal } from "../report/escape.js";
import { explanationJson, explanationText } from "../report/explain.js";
import type { ExplainOptions } from "../settings/helper-commands.js";
import { terminalLog } from "../terminal/log.js";
import { clock, realPorts, stopSignal } from "./world.js";

/** Where a helper command reads from and writes to. */
export interface ExplainWorld {
  readonly ports: GatherPorts;
  readonly signal: AbortSignal;
  readonly colour: boolean;
  out(text: string): void;
  err(text: string): void;
}

/**
 * Explains one call: what is predicted of it, by which rules, and what would change it.
 *
 * @returns the exit code: 0 answered, 2 refused for what was put in, 3 where it cannot be told
 */
export async function explainInTerminal(options: ExplainOptions, world = realWorld()): Promise<number> {
  try {
    const explanation = await explain(options, world.ports, world.signal);
    const { colour } = world;
    world.out(options.output === "json" ? explanationJson(explanation) : explanationText(explanation, { colour }));
    return "unknown" in explanation.predicted ? 3 : 0;
  } catch (thrown) {
    world.err(
      problemsOf(thrown)
        .map((one) => `mtls-gate: ${terminal(problemText(one))}\n`)
        .join(""),
    );
    return thrown instanceof Refusal ? 2 : 3;
  }
}

function problemsOf(thrown: unknown): readonly Problem[] {
  if (thrown instanceof Refusal || thrown instanceof Failure) return thrown.problems;
  const what = thrown instanceof KubeError ? "the cluster failed" : "something unforeseen happened";
  return [errorProblem("internal", `${what}: ${messageOf(thrown)}`)];
}

function realWorld(): ExplainWorld {
  const { stdout, stderr, env } = process;
  return {
    ports: { ...realPorts(), log: terminalLog(stderr, clock, env) },
    signal: stopSignal(),
    colour: stdout.isTTY && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb",
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
  };
}
