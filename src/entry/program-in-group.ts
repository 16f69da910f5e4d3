import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Commands } from "../ports.js";
import { environmentWith } from "./environment.js";

/** How long a program may take to end after it was asked to. */
const GRACE_MS = 5_000;

/**
 * Runs a program in a process group of its own, so that what it started is ended with it: when the signal aborts, all of
 * them are ended before this rejects.
 */
export const runInGroup: Commands["run"] = async (file, args, { signal, stdin, env, onStderrLine }) => {
  const child = spawn(file, args, {
    detached: true,
    env: environmentWith(env),
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
};

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
