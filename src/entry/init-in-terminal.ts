import type { GatherPorts } from "../gather.js";
import { initialise } from "../init-run.js";
import { initJson, initText } from "../init/explain.js";
import { errorProblem, Failure, messageOf, Refusal } from "../problems.js";
import type { InitOptions } from "../settings/helper-commands.js";
import { terminalLog } from "../terminal/log.js";
import { helped, problemLines, realOutput } from "./helper-world.js";
import type { HelperOutput } from "./helper-world.js";
import { createFile, unwritten } from "./new-files.js";
import type { NewFile } from "./new-files.js";
import { clock, realPorts, stopSignal } from "./world.js";

/** Where `init` reads from and writes to. */
export interface InitWorld extends HelperOutput {
  readonly ports: GatherPorts;
  readonly signal: AbortSignal;
}

/**
 * Writes a plan and a workflow that fit the repository of the working folder, and says what and why. Nothing that is there is
 * changed: a file with another text is refused before anything is written.
 *
 * @returns the exit code: 0 written or shown, 2 refused for what was found, 3 where it failed
 */
export async function initInTerminal(options: InitOptions, world: InitWorld = realWorld()): Promise<number> {
  return await helped(world, async () => {
    const found = await initialise(options, world.ports, world.signal);
    const files = [found.plan, ...(found.workflow === null ? [] : [found.workflow])];
    const missing = options.dryRun ? [] : await missingOf(files);
    for (const file of missing) await create(file);
    const written = { dryRun: options.dryRun, created: missing.map(({ path }) => path) };
    world.err(problemLines(found.problems));
    world.out(options.output === "json" ? initJson(found, written) : initText(found, written));
    return 0;
  });
}

/** @throws Refusal where a file is there with another text */
async function missingOf(files: readonly NewFile[]): Promise<readonly NewFile[]> {
  const hint = "--plan-file and --workflow-file give other names; --dry-run shows what would be written";
  const { missing, differing } = await unwritten(files, hint);
  if (differing.length > 0) throw new Refusal(differing);
  return missing;
}

async function create(file: NewFile): Promise<void> {
  try {
    await createFile(file);
  } catch (thrown) {
    const message = `the file could not be written: ${messageOf(thrown)}`;
    throw new Failure([errorProblem("not-written", message, { file: file.path })], { cause: thrown });
  }
}

function realWorld(): InitWorld {
  return {
    ...realOutput(),
    ports: { ...realPorts(), log: terminalLog(process.stderr, clock, process.env) },
    signal: stopSignal(),
  };
}
