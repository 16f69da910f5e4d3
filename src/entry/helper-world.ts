import { KubeError } from "../ports.js";
import { errorProblem, Failure, messageOf, problemText, Refusal } from "../problems.js";
import type { Problem } from "../problems.js";
import { terminal } from "../report/escape.js";

/** Where a helper command writes to. */
export interface HelperOutput {
  out(text: string): void;
  err(text: string): void;
}

/** Standard output and standard error. */
export function realOutput(): HelperOutput {
  const { stdout, stderr } = process;
  return { out: (text) => void stdout.write(text), err: (text) => void stderr.write(text) };
}

/** Whether standard output is shown in colour: on a terminal that has any, where nobody asked for none. */
export function inColour({ stdout, env }: Pick<NodeJS.Process, "stdout" | "env">): boolean {
  return stdout.isTTY && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/**
 * Does a helper command's work, and tells what stopped it.
 *
 * @returns the exit code: what `work` gives, 2 refused for what was put in, 3 where it failed
 */
export async function helped(world: Pick<HelperOutput, "err">, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (thrown) {
    world.err(problemLines(problemsOf(thrown)));
    return thrown instanceof Refusal ? 2 : 3;
  }
}

/** Problems as lines for standard error. */
export function problemLines(problems: readonly Problem[]): string {
  return problems.map((one) => `mtls-gate: ${terminal(problemText(one))}\n`).join("");
}

function problemsOf(thrown: unknown): readonly Problem[] {
  if (thrown instanceof Refusal || thrown instanceof Failure) return thrown.problems;
  const what = thrown instanceof KubeError ? "the cluster failed" : "something unforeseen happened";
  return [errorProblem("internal", `${what}: ${messageOf(thrown)}`)];
}
