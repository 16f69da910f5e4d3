import type { Commands, Host, Log } from "../../ports.js";
import { errorProblem, Failure, messageOf, Refusal } from "../../problems.js";
import type { KindSettings } from "../../settings/settings.js";
import type { OwnCluster } from "./own-cluster.js";
import { clusterNames, kubeconfigOf, lastLines } from "./own-cluster.js";

export interface CreatePorts {
  readonly commands: Commands;
  readonly log: Log;
  readonly host: Host;
}

/**
 * Whether a cluster of that name is there already, to be used.
 *
 * @throws Refusal when it is there and was not asked for
 */
export async function isThere(
  { commands }: CreatePorts,
  cluster: OwnCluster,
  { reuseCluster }: KindSettings,
  signal: AbortSignal,
): Promise<boolean> {
  const { name } = cluster;
  let names: readonly string[];
  try {
    names = await clusterNames(commands, cluster, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw new Failure([errorProblem("kind", messageOf(thrown), undefined, "see that kind works on this machine")]);
  }
  if (!names.includes(name)) return false;
  if (reuseCluster) return true;
  const hint = `set reuse-cluster to use it, name another in cluster-name, or delete it: kind delete cluster --name ${name}`;
  throw new Refusal([errorProblem("exists", `there is a kind cluster ${name} already`, undefined, hint)]);
}

/**
 * Makes the cluster. One that fails midway stays for its logs: whoever calls deletes it.
 *
 * @throws Failure with what kind said
 */
export async function createCluster(
  ports: CreatePorts,
  cluster: OwnCluster,
  config: string,
  nodeImage: string,
  { clusterTimeout }: KindSettings,
  signal: AbortSignal,
): Promise<void> {
  const { name } = cluster;
  const kubeconfig = kubeconfigOf(cluster);
  const args = ["create", "cluster", "--name", name, "--image", nodeImage, "--kubeconfig", kubeconfig];
  const options = { what: "the cluster could not be made", config, timeout: clusterTimeout, signal };
  await runKind(ports, cluster, [...args, "--config", "-", "--retain"], {
    ...options,
    hint: `see what it says, and kind-logs in report-dir; node-image ${nodeImage} has to be there or to be pulled`,
  });
}

/** Loads archives of images into the nodes. @throws Failure with what kind said */
export async function loadImages(
  ports: CreatePorts,
  cluster: OwnCluster,
  archives: readonly string[],
  { clusterTimeout }: KindSettings,
  signal: AbortSignal,
): Promise<void> {
  const files = archives.map((one) => ports.host.absolute(one));
  await runKind(ports, cluster, ["load", "image-archive", ...files, "--name", cluster.name], {
    what: "images could not be loaded into the nodes",
    timeout: clusterTimeout,
    signal,
    hint: "an archive is what docker save writes, with images for the architecture of this machine",
  });
}

/** Writes the kubeconfig of a cluster that is there. @throws Failure with what kind said */
export async function exportKubeconfig(ports: CreatePorts, cluster: OwnCluster, signal: AbortSignal): Promise<void> {
  const kubeconfig = kubeconfigOf(cluster);
  await runKind(ports, cluster, ["export", "kubeconfig", "--name", cluster.name, "--kubeconfig", kubeconfig], {
    what: "the kubeconfig of the cluster could not be had",
    timeout: 60_000,
    signal,
    hint: "see that its nodes run",
  });
}

async function runKind(
  { commands, log }: CreatePorts,
  { kind, env }: OwnCluster,
  args: readonly string[],
  options: { what: string; hint: string; config?: string; timeout: number; signal: AbortSignal },
): Promise<void> {
  const { what, hint, config, timeout, signal } = options;
  const failed = (why: string): Failure => new Failure([errorProblem("kind", `${what}: ${why}`, undefined, hint)]);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  const tell = told((line) => log.info(line));
  try {
    const { code, stderr } = await commands.run(kind, args, {
      env,
      signal: limited,
      stops: true,
      onStderrLine: tell,
      ...(config === undefined ? {} : { stdin: config }),
    });
    if (code !== 0) throw failed(`kind ended with exit code ${code}: ${lastLines(stderr)}`);
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof Failure) throw thrown;
    throw failed(limited.aborted ? `it took longer than ${timeout / 1000} s` : messageOf(thrown));
  }
}

/**
 * kind's lines as they are told: without the advice at their end, which is to work with a cluster that this run deletes, and
 * without the invisible signs that make its pictures coloured.
 */
function told(tell: (line: string) => void): (line: string) => void {
  let advice = false;
  return (line) => {
    advice ||= line.startsWith("Set kubectl context to ");
    if (!advice) tell(line.replaceAll("\uFE0F", ""));
  };
}
