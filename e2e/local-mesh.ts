import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Report } from "../src/report/document.js";

/** The real mesh that the end-to-end tests run on, and the program as a person starts it. */

const run = promisify(execFile);
export const ROOT = dirname(import.meta.dirname);
/** The program under test; the mutation check puts a broken one here. */
const CLI = process.env["MTLS_GATE_CLI"] ?? join(ROOT, "dist", "cli", "index.js");

interface MeshFile {
  readonly kubeconfig: string;
  readonly context: string;
  readonly kubectl: string;
  readonly podNet: string;
  readonly iptables: string;
  readonly netnsPath: string;
  readonly images: {
    readonly httpbin: string;
    readonly client: string;
    readonly clientBusybox: string;
    readonly clientNoCurl: string;
  };
}

let known: MeshFile | undefined;

/** Brings the mesh up where it is not, and says how to reach it. */
export async function mesh(): Promise<MeshFile> {
  if (known === undefined) {
    const { stdout } = await run(join(ROOT, "local-mesh", "up"), [], { maxBuffer: 64 * 2 ** 20 });
    known = JSON.parse(readFileSync(join(dirname(stdout.trim()), "mesh.json"), "utf8")) as MeshFile;
  }
  return known;
}

export async function kubectl(args: readonly string[], stdin?: string): Promise<string> {
  const { kubectl: program, kubeconfig } = await mesh();
  return await new Promise((resolve, reject) => {
    const child = execFile(
      program,
      ["--kubeconfig", kubeconfig, ...args],
      { maxBuffer: 64 * 2 ** 20 },
      (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(`kubectl ${args.join(" ")}: ${stderr}`)),
    );
    child.stdin?.end(stdin ?? "");
  });
}

export async function kubectlJson<T>(args: readonly string[]): Promise<T> {
  return JSON.parse(await kubectl([...args, "-o", "json"])) as T;
}

/** Runs a program in the mesh's network namespace, where pods' packets pass. */
export async function inMeshNetwork(...argv: string[]): Promise<void> {
  const { netnsPath } = await mesh();
  await run("nsenter", [`--net=${netnsPath}`, "--", ...argv]);
}

/** Runs a program in a pod's network namespace, with iptables on its PATH. */
export async function inPodNetwork(namespace: string, pod: string, ...argv: string[]): Promise<void> {
  const { podNet } = await mesh();
  await run(podNet, [namespace, pod, ...argv]);
}

/** The demo's manifests with the mesh's own images, made out to other namespaces: `{foo: "w1"}`. */
export async function demoManifests(
  names: Readonly<Record<string, string>>,
  images: { client?: string } = {},
): Promise<string> {
  const { images: own } = await mesh();
  const texts = Object.entries(names).map(([pattern, name]) => {
    const [file = ""] = pattern.split("-");
    const text = readFileSync(join(ROOT, "manifests", "workloads", `${file}.yaml`), "utf8");
    return text
      .replaceAll(new RegExp(`: ${file}$`, "gmu"), `: ${name}`)
      .replaceAll(/image: .*go-httpbin.*/gu, `image: ${own.httpbin}`)
      .replaceAll(/image: .*curlimages.*/gu, `image: ${images.client ?? own.client}`);
  });
  return texts.join("---\n");
}

export interface CliResult {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly report: Report;
}

export interface CliOptions {
  readonly kubeconfig?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Told each piece of standard error, with the process: to send it a signal when it has come to some point. */
  readonly onStderr?: (text: string, child: ReturnType<typeof spawn>) => void;
}

/** Runs the program on the mesh as a cluster that somebody else owns (`cluster: current`), unless the words say otherwise. */
export async function cli(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { kubeconfig } = await mesh();
  const reportDir = mkdtempSync(join(tmpdir(), "mtls-gate-e2e-"));
  const where = words.includes("--cluster")
    ? []
    : ["--cluster", "current", "--kubeconfig", options.kubeconfig ?? kubeconfig];
  const child = spawn(process.execPath, [CLI, ...words, ...where, "--report-dir", reportDir], {
    env: { ...process.env, CI: "true", ...options.env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    options.onStderr?.(stderr, child);
  });
  const exit = await new Promise<number | null>((resolve) => child.on("close", resolve));
  let report: Report;
  try {
    report = JSON.parse(readFileSync(join(reportDir, "report.json"), "utf8")) as Report;
  } catch (thrown) {
    if (exit !== null) throw new Error(`no report (exit ${exit}):\n${stderr}\n${stdout}`, { cause: thrown });
    report = undefined as unknown as Report;
  }
  return { exit, stdout, stderr, report };
}

/** Runs the program with these words alone, as helper commands are. */
export async function helper(words: readonly string[]): Promise<{ exit: number; stdout: string; stderr: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...words], { maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) =>
      resolve({ exit: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr }),
    );
  });
}

/** Writes a file for the program to read, and gives its path. */
export function file(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "mtls-gate-e2e-")), name);
  writeFileSync(path, text);
  return path;
}

const KINDS =
  "namespaces,deployments,services,serviceaccounts,configmaps,leases,peerauthentications,authorizationpolicies,destinationrules,pods";

/** Everything in the cluster that carries a run's label. */
export async function leftOvers(): Promise<string> {
  return (await kubectl(["get", KINDS, "-A", "-l", "mtls-gate.dev/run", "-o", "name", "--ignore-not-found"])).trim();
}

/** All Namespaces' names. */
export async function namespaces(): Promise<string> {
  return (await kubectl(["get", "namespaces", "-o", "name"])).trim();
}

/** A verdict and cause a call, for a whole report: `phase from>to verdict cause`. */
export function verdicts(report: Report): string[] {
  return report.phases.flatMap((phase) =>
    phase.calls.map(
      (call) =>
        `${phase.name} ${call.from.namespace}>${call.to.namespace ?? call.to.host} ${call.verdict}${call.cause === null ? "" : ` ${call.cause}`}`,
    ),
  );
}
