import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Job } from "../../__tests__/bundle/runner.js";
import { step } from "../../__tests__/bundle/runner.js";
import type { Report } from "../../src/report/document.js";

/** The action as a runner starts it, with the kind, the istioctl and the Docker daemon that `e2e/kind/up` has made. */

interface KindFile {
  /** The folder with docker, kind, istioctl and kubectl. */
  readonly tools: string;
  readonly nodeImage: string;
  readonly hub: string;
  readonly tag: string;
  readonly archive: string;
  /** Where nodes can pull the same images from, as a registry mirror. */
  readonly mirror: string;
  readonly istioConfig: string;
}

const file = process.env["MTLS_GATE_KIND"];
if (file === undefined) throw new Error("MTLS_GATE_KIND is not set: these tests are run by npm run e2e:kind");
const equipment = JSON.parse(readFileSync(file, "utf8")) as KindFile;
const PATH = `${equipment.tools}${delimiter}${process.env["PATH"] ?? ""}`;

export interface KindJob extends Job {
  readonly report: Report | null;
  readonly reportDir: string;
}

/** The inputs that tell the action of this machine's images, which no registry has: the nodes are given them. */
export function ownImages(): Record<string, string> {
  return { ...imageNames(), images: equipment.archive };
}

/** The same, of nodes that pull them from a mirror. */
export function mirroredImages(): Record<string, string> {
  return { ...imageNames(), "registry-mirrors": equipment.mirror };
}

function imageNames(): Record<string, string> {
  const { nodeImage, hub, tag, istioConfig } = equipment;
  return {
    "node-image": nodeImage,
    "istio-config": istioConfig,
    "istio-values": `hub=${hub}\ntag=${tag}`,
    "image-httpbin": `${hub}/httpbin:${tag}`,
    "image-client": `${hub}/client:${tag}`,
  };
}

/** Runs the action on a cluster of kind. */
export async function action(
  inputs: Readonly<Record<string, string>>,
  more: Parameters<typeof step>[2] = {},
): Promise<KindJob> {
  const reportDir = mkdtempSync(join(tmpdir(), "mtls-gate-kind-report-"));
  const job = await step(
    "action",
    { cluster: "kind", "report-dir": reportDir, ...inputs },
    { ...more, env: { PATH, ...more.env } },
  );
  return { ...job, reportDir, report: read(join(reportDir, "report.json")) };
}

/** Runs the post step that follows a job. */
export async function postOf(job: KindJob): Promise<Job> {
  return await step("post", {}, { env: { PATH, ...job.state } });
}

function read(path: string): Report | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Report;
  } catch {
    return null;
  }
}

/** Runs a tool and gives its standard output. */
export async function tool(name: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(name, [...args], {
    env: { ...process.env, PATH },
    maxBuffer: 64 * 2 ** 20,
  });
  return stdout.trim();
}

/** The containers that are nodes of kind, running or not. */
export async function nodes(): Promise<string[]> {
  const found = await tool(
    "docker",
    "ps",
    "--all",
    "--filter",
    "label=io.x-k8s.kind.cluster",
    "--format",
    "{{.Names}}",
  );
  return found.split("\n").filter((name) => name !== "");
}

/** What kubectl tells of the one cluster that is there. */
export async function look(...args: readonly string[]): Promise<string> {
  const [name = ""] = (await tool("kind", "get", "clusters")).split("\n");
  const kubeconfig = join(mkdtempSync(join(tmpdir(), "mtls-gate-kind-look-")), "kubeconfig");
  await tool("kind", "export", "kubeconfig", "--name", name, "--kubeconfig", kubeconfig);
  return await tool("kubectl", "--kubeconfig", kubeconfig, ...args);
}
