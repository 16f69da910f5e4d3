import type { Commands } from "../ports.js";
import { errorProblem, messageOf, Refusal } from "../problems.js";

/** Runs git to read a repository: no shell, no prompt, no lock that others could wait for. */
export interface Git {
  /** Whatever it ends with. */
  run(args: readonly string[], stdin?: string): Promise<{ code: number; stdout: string; stderr: string }>;
  /** The output of a command that has to succeed; rejects with what git says. */
  output(args: readonly string[], stdin?: string): Promise<string>;
}

const ENVIRONMENT = { LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" };

/** Git in the working folder. */
export function gitIn(commands: Commands, signal: AbortSignal): Git {
  const run: Git["run"] = async (args, stdin) => {
    try {
      const options = { env: ENVIRONMENT, signal, ...(stdin === undefined ? {} : { stdin }) };
      return await commands.run("git", ["-c", "core.warnAmbiguousRefs=true", ...args], options);
    } catch (thrown) {
      signal.throwIfAborted();
      throw refusal(`git could not be run: ${messageOf(thrown)}`, "install git, or compare with dir:PATH");
    }
  };
  const output: Git["output"] = async (args, stdin) => {
    const { code, stdout, stderr } = await run(args, stdin);
    if (code !== 0) throw new Error(`git ${args[0] ?? ""} ended with ${code}: ${lastLine(stderr)}`);
    return stdout;
  };
  return { run, output };
}

/** A base that cannot be read. */
export function refusal(message: string, hint: string): Refusal {
  return new Refusal([errorProblem("base", message, undefined, hint)]);
}

/** What git says last: the reason comes after the warnings. */
export function lastLine(stderr: string): string {
  return stderr.trim().split("\n").at(-1) ?? "";
}
