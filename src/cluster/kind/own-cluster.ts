import { join } from "node:path";
import type { Commands, Log } from "../../ports.js";
import type { Problem } from "../../problems.js";
import { errorProblem, messageOf } from "../../problems.js";

/** A cluster that this run made, or is about to make: all that is needed to be rid of it. */
export interface OwnCluster {
  readonly name: string;
  /** The kind that made it. */
  readonly kind: string;
  /** The folder of the run, where its kubeconfig is. */
  readonly folder: string;
  /** What kind is told of the container engine. */
  readonly env: Readonly<Record<string, string>>;
}

const DELETE_MS = 120_000;
const LOGS_MS = 60_000;
const END_MS = 5_000;
const TRIES = 2;

/** Where the kubeconfig of a cluster is. */
export function kubeconfigOf({ folder }: Pick<OwnCluster, "folder">): string {
  return join(folder, "kubeconfig");
}

/**
 * The names of all clusters of kind on this machine.
 *
 * @throws Error when kind does not tell
 */
export async function clusterNames(
  commands: Commands,
  { kind, env }: Pick<OwnCluster, "kind" | "env">,
  signal: AbortSignal,
): Promise<string[]> {
  const { code, stdout, stderr } = await commands.run(kind, ["get", "clusters"], { env, signal, stops: true });
  if (code !== 0) throw new Error(`kind get clusters ended with exit code ${code}: ${lastLines(stderr)}`);
  return stdout.split("\n").map((line) => line.trim());
}

/**
 * Ends a `kind create cluster` that outlived the run that started it, and would go on making what is to be deleted. Where it
 * cannot be looked for, it is taken to have ended.
 */
export async function endCreation(commands: Commands, { name }: Pick<OwnCluster, "name">): Promise<void> {
  const signal = AbortSignal.timeout(END_MS);
  const pattern = `create cluster --name ${name.replaceAll(".", "[.]")} `;
  await commands.run("pkill", ["-f", "--", pattern], { signal, stops: true }).catch(() => undefined);
}

/**
 * Deletes the cluster and looks whether it is gone. It has a deadline of its own: it is done also when the run was stopped.
 *
 * @returns a problem when it is still there; never rejects
 */
export async function deleteCluster(commands: Commands, cluster: OwnCluster): Promise<Problem[]> {
  const { name, kind, env } = cluster;
  const signal = AbortSignal.timeout(DELETE_MS);
  const args = ["delete", "cluster", "--name", name, "--kubeconfig", kubeconfigOf(cluster)];
  let why = "it is still there";
  try {
    // A container that the engine was about to make when kind was stopped can come after the first time.
    for (let round = 0; round < TRIES; round += 1) {
      const { code, stderr } = await commands.run(kind, args, { env, signal, stops: true });
      if (code !== 0) why = `exit code ${code}: ${lastLines(stderr)}`;
      if (!(await clusterNames(commands, cluster, signal)).includes(name)) return [];
    }
  } catch (thrown) {
    why = signal.aborted ? `it took longer than ${DELETE_MS / 1000} s` : messageOf(thrown);
  }
  return [leftOver(name, why)];
}

function leftOver(name: string, why: string): Problem {
  const message = `the kind cluster ${name} could not be deleted: ${why}`;
  const hint = `kind delete cluster --name ${name}, or remove the containers with the label io.x-k8s.kind.cluster=${name}`;
  return errorProblem("left-over", message, undefined, hint);
}

/** Writes the logs of the nodes and of all pods to a folder. What fails is told, and never fails a run. */
export async function exportLogs(
  { commands, log }: { commands: Commands; log: Log },
  { name, kind, env }: OwnCluster,
  folder: string,
): Promise<void> {
  try {
    const signal = AbortSignal.timeout(LOGS_MS);
    const args = ["export", "logs", folder, "--name", name];
    const { code, stderr } = await commands.run(kind, args, { env, signal, stops: true });
    if (code === 0) log.info(`the logs of the cluster are in ${folder}`);
    else log.warning(`kind export logs ended with exit code ${code}: ${lastLines(stderr)}`);
  } catch (thrown) {
    log.warning(`the logs of the cluster could not be written: ${messageOf(thrown)}`);
  }
}

/** How to look inside of a cluster that stays, and how to be rid of it. */
export function lookInside(cluster: OwnCluster): string {
  const { name } = cluster;
  return [
    `the kind cluster ${name} stays`,
    `look inside: kubectl --kubeconfig ${kubeconfigOf(cluster)} --context kind-${name} get pods --all-namespaces`,
    `delete it: kind delete cluster --name ${name}`,
  ].join("\n");
}

/** The end of what a program said, for a message. */
export function lastLines(text: string): string {
  return text.trim().split("\n").slice(-5).join("\n").slice(-600);
}
