import { writeFile } from "node:fs/promises";
import { writePlan } from "../expect-run.js";
import type { WrittenPlan } from "../expect-run.js";
import type { GatherPorts } from "../gather.js";
import { errorProblem, Failure, messageOf, Refusal } from "../problems.js";
import { terminal } from "../report/escape.js";
import type { ExpectOptions } from "../settings/helper-commands.js";
import { terminalLog } from "../terminal/log.js";
import { helped, problemLines, realOutput } from "./helper-world.js";
import type { HelperOutput } from "./helper-world.js";
import { unwritten } from "./new-files.js";
import { clock, realPorts, stopSignal } from "./world.js";

/** Where `expect` reads from and writes to. */
export interface ExpectWorld extends HelperOutput {
  readonly ports: GatherPorts;
  readonly signal: AbortSignal;
}

/**
 * Writes a plan to standard output, or to a file.
 *
 * @returns the exit code: 0 written, 2 refused for what was put in, 3 where it failed
 */
export async function expectInTerminal(options: ExpectOptions, world: ExpectWorld = realWorld()): Promise<number> {
  return await helped(world, async () => {
    const written = await writePlan(options, world.ports, world.signal);
    if (options.out === undefined) world.out(written.text);
    else await writeFileOnce(options.out, written.text, options.force);
    world.err(`${problemLines(written.problems)}mtls-gate: ${terminal(summaryOf(written, options.out))}\n`);
    return 0;
  });
}

function summaryOf({ calls, rules, nothing }: WrittenPlan, out: string | undefined): string {
  const where = out === undefined ? "" : `${out}: `;
  const without = nothing === 0 ? "" : `; of ${nothing} calls nothing is expected`;
  return `${where}${calls} calls in ${rules} ${rules === 1 ? "rule" : "rules"}${without}`;
}

/** A file that is there and has another text is only overwritten by leave. */
async function writeFileOnce(path: string, text: string, force: boolean): Promise<void> {
  try {
    if (!force) {
      const hint = "--force overwrites it; or give another file, and compare the two";
      const { missing, differing } = await unwritten([{ path, text }], hint);
      if (differing.length > 0) throw new Refusal(differing);
      if (missing.length === 0) return;
    }
    await writeFile(path, text);
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    const message = `the plan could not be written: ${messageOf(thrown)}`;
    throw new Failure([errorProblem("not-written", message, { file: path })], { cause: thrown });
  }
}

function realWorld(): ExpectWorld {
  return {
    ...realOutput(),
    ports: { ...realPorts(), log: terminalLog(process.stderr, clock, process.env) },
    signal: stopSignal(),
  };
}
