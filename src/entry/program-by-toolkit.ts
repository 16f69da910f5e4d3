import { getExecOutput } from "@actions/exec";
import type { Commands } from "../ports.js";
import { environmentWith } from "./environment.js";

/** Runs a program by the toolkit, which has no way to end it: when the signal aborts, the program goes on alone. */
export const runByToolkit: Commands["run"] = async (file, args, { signal, stdin, env, onStderrLine }) => {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  const done = getExecOutput(quoted(file), [...args], {
    silent: true,
    ignoreReturnCode: true,
    env: environmentWith(env),
    ...(stdin === undefined ? {} : { input: Buffer.from(stdin) }),
    ...(onStderrLine === undefined ? {} : { listeners: { errline: onStderrLine } }),
  });
  const { exitCode, stdout, stderr } = await Promise.race([done, stopped]);
  return { code: exitCode, stdout, stderr };
};

/** The toolkit splits its first argument at spaces, unless they are quoted. */
function quoted(file: string): string {
  return `"${file.replaceAll('"', '\\"')}"`;
}
