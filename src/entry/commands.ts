import { getExecOutput } from "@actions/exec";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Commands } from "../ports.js";

type Options = Parameters<Commands["run"]>[2];
type Ended = Awaited<ReturnType<Commands["run"]>>;

/** How long a program may take to end after it was asked to. */
const GRACE_MS = 5_000;

/** Programs are run without a shell, and their output is told to nobody but the caller. */
export const commands: Commands = {
  run: async (file, args, options) => {
    options.signal.throwIfAborted();
    return options.stops === true ? await stoppable(file, args, options) : await unstoppable(file, args, options);
  },
};

async function unstoppable(file: string, args: readonly string[], options: Options): Promise<Ended> {
  const stopped = new Promise<never>((_, reject) => {
    options.signal.addEventListener("abort", () => reject(options.signal.reason as Error), { once: true });
  });
  const done = getExecOutput(quoted(file), [...args], {
    silent: true,
    ignoreReturnCode: true,
    env: { ...inherited(), ...options.env },
    ...(options.stdin === undefined ? {} : { input: Buffer.from(options.stdin) }),
    ...(options.onStderrLine === undefined ? {} : { listeners: { errline: options.onStderrLine } }),
  });
  const { exitCode, stdout, stderr } = await Promise.race([done, stopped]);
  return { code: exitCode, stdout, stderr };
}

/** The program has a process group of its own, so that what it started is ended with it. */
async function stoppable(file: string, args: readonly string[], options: Options): Promise<Ended> {
  const { signal, stdin, env, onStderrLine } = options;
  const child = spawn(file, args, {
    detached: true,
    env: { ...inherited(), ...env },
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    signalGroup(child, "SIGTERM");
    kill = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const ended = new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, by) => {
        if (code === null) reject(new Error(`it was ended by ${by ?? "a signal"}`));
        else resolve(code);
      });
    });
    // A program that ends without reading all of its input is no error of ours: its exit code says what it made of it.
    child.stdin?.on("error", () => undefined).end(stdin);
    if (onStderrLine !== undefined && child.stderr !== null)
      createInterface({ input: child.stderr }).on("line", onStderrLine);
    const [code, stdout, stderr] = await Promise.all([ended, outputOf(child.stdout), outputOf(child.stderr)]);
    signal.throwIfAborted();
    return { code, stdout, stderr };
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    clearTimeout(kill);
    signal.removeEventListener("abort", stop);
  }
}

async function outputOf(stream: ChildProcess["stdout"]): Promise<string> {
  return stream === null ? "" : await text(stream);
}

function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // It has ended in the meantime.
  }
}

/** The toolkit splits its first argument at spaces, unless they are quoted. */
function quoted(file: string): string {
  return `"${file.replaceAll('"', '\\"')}"`;
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
