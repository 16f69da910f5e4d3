import { dump } from "js-yaml";
import type { SourcedObject } from "../mesh/objects.js";
import { readObjects } from "../mesh/objects.js";
import type { Commands } from "../ports.js";
import { errorProblem, Failure, messageOf, Refusal } from "../problems.js";
import type { ClusterAddress } from "./kube-config.js";

/**
 * Puts the sidecars into manifests before they are applied, with `istioctl kube-inject`, the way of Istio's migration
 * task: the namespace stays unlabelled.
 *
 * @returns the objects, with Deployments injected, in their order
 * @throws Refusal when there is no istioctl; Failure when it failed
 */
export async function kubeInject(
  commands: Commands,
  istioctl: string,
  address: ClusterAddress,
  installation: { readonly istioNamespace: string; readonly revision?: string },
  objects: readonly SourcedObject[],
  signal: AbortSignal,
): Promise<SourcedObject[]> {
  const deployments = objects.filter(({ object }) => object.kind === "Deployment");
  const stdin = deployments.map(({ object }) => dump(object)).join("---\n");
  const args = [
    "kube-inject",
    "--filename=-",
    `--istioNamespace=${installation.istioNamespace}`,
    ...(installation.revision === undefined ? [] : [`--revision=${installation.revision}`]),
    ...(address.kubeconfig === undefined ? [] : [`--kubeconfig=${address.kubeconfig}`]),
    ...(address.context === undefined ? [] : [`--context=${address.context}`]),
  ];
  const { code, stdout, stderr } = await run(commands, istioctl, args, stdin, signal);
  if (code !== 0) {
    throw new Failure([
      errorProblem(
        "kube-inject",
        `istioctl kube-inject failed with exit code ${code}: ${stderr.trim().slice(-500)}`,
        undefined,
        "see that istioctl fits the installed Istio",
      ),
    ]);
  }
  const { objects: injected } = readObjects(stdout, "istioctl kube-inject");
  return objects.map((sourced) => {
    const { kind, metadata } = sourced.object;
    if (kind !== "Deployment") return sourced;
    const found = injected.find(
      ({ object }) =>
        object.kind === kind &&
        object.metadata.name === metadata.name &&
        object.metadata.namespace === metadata.namespace,
    );
    if (found === undefined) {
      throw new Failure([
        errorProblem(
          "kube-inject",
          `istioctl kube-inject gave nothing back for Deployment ${metadata.namespace ?? ""}/${metadata.name}`,
        ),
      ]);
    }
    return { ...sourced, object: withoutNulls(found.object) };
  });
}

async function run(
  commands: Commands,
  istioctl: string,
  args: readonly string[],
  stdin: string,
  signal: AbortSignal,
): ReturnType<Commands["run"]> {
  try {
    return await commands.run(istioctl, args, { stdin, signal });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw new Refusal([
      errorProblem(
        "istioctl",
        `istioctl cannot be run: ${messageOf(thrown)}`,
        undefined,
        "put istioctl on the PATH, or set injection to namespace",
      ),
    ]);
  }
}

/** istioctl writes `creationTimestamp: null` and an empty status, which strict validation does not take from an apply. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, one]) => one !== null && !(key === "status" && Object.keys(one as object).length === 0),
  );
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutNulls(one as unknown)])) as T;
}
