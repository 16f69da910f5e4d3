import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The committed bundle, started as a runner or a shell starts it. */

export const ROOT = dirname(dirname(import.meta.dirname));

export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Job extends Ended {
  readonly outputs: Readonly<Record<string, string>>;
  /** As the environment of the post step: `STATE_name`. */
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** How a runner ends a step: at once, or as a cancelled job is ended, which has 7.5 s after SIGINT and 2.5 s after SIGTERM. */
type End = "kill" | "cancel";

export interface StartOptions {
  /** Is asked at each piece of output whether to end the program. */
  readonly until?: (stdout: string) => boolean;
  readonly end?: End;
  /** An empty folder where none is named. */
  readonly cwd?: string;
}

/** Runs a program and gives all it said. */
export async function start(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  { until, end = "kill", cwd }: StartOptions = {},
): Promise<Ended> {
  const [program = "", ...args] = words;
  const child = spawn(program, args, {
    cwd: cwd ?? mkdtempSync(join(tmpdir(), "mtls-gate-job-")),
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let ending = false;
  const timers: NodeJS.Timeout[] = [];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    if (ending || until?.(stdout) !== true) return;
    ending = true;
    const signals = end === "kill" ? ([["SIGKILL", 0]] as const) : CANCEL;
    timers.push(...signals.map(([name, after]) => setTimeout(() => child.kill(name), after)));
  });
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const exit = await new Promise<number | null>((resolve) => child.on("close", resolve));
  timers.forEach(clearTimeout);
  return { exit, stdout, stderr };
}

const CANCEL = [
  ["SIGINT", 0],
  ["SIGTERM", 7500],
  ["SIGKILL", 10_000],
] as const;

/** A step of the action with these inputs, in an environment like a runner's. */
export async function step(
  entry: "action" | "comment" | "post",
  inputs: Readonly<Record<string, string>>,
  { env: own, ...options }: { env?: NodeJS.ProcessEnv } & StartOptions = {},
): Promise<Job> {
  const folder = mkdtempSync(join(tmpdir(), "mtls-gate-runner-"));
  const file = (name: string): string => {
    const path = join(folder, name);
    writeFileSync(path, "");
    return path;
  };
  const [output, state, summary] = [file("output"), file("state"), file("summary")];
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: folder,
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_REPOSITORY: "team/mesh",
    GITHUB_RUN_ID: "42",
    GITHUB_OUTPUT: output,
    GITHUB_STATE: state,
    GITHUB_STEP_SUMMARY: summary,
    RUNNER_TEMP: folder,
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    ...own,
  };
  const ended = await start([process.execPath, join(ROOT, "dist", entry, "index.js")], env, options);
  const saved = keyed(readFileSync(state, "utf8"));
  return {
    ...ended,
    outputs: keyed(readFileSync(output, "utf8")),
    state: Object.fromEntries(Object.entries(saved).map(([name, value]) => [`STATE_${name}`, value])),
    summary: readFileSync(summary, "utf8"),
  };
}

/** The runner's files: `name<<DELIMITER`, the value's lines, the delimiter. */
function keyed(text: string): Record<string, string> {
  const found = text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n\2$/gmu);
  return Object.fromEntries([...found].map(([, name = "", , value = ""]) => [name, value]));
}
