import { KubeConfig } from "@kubernetes/client-node";
import { getProxyUrl } from "@actions/http-client/lib/proxy";
import { errorProblem, messageOf, Refusal } from "../problems.js";

/** How the cluster is named: both absent means the usual places (KUBECONFIG, ~/.kube/config, in-cluster) and the current context. */
export interface ClusterAddress {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/**
 * Reads the kubeconfig and selects the context. The proxy of the usual environment variables applies where the
 * kubeconfig names none.
 *
 * @throws Refusal when there is no such file, context or cluster
 */
export function loadKubeConfig(address: ClusterAddress): KubeConfig {
  const config = new KubeConfig();
  try {
    if (address.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(address.kubeconfig);
  } catch (thrown) {
    const file = address.kubeconfig ?? process.env["KUBECONFIG"] ?? "~/.kube/config";
    throw new Refusal([
      errorProblem(
        "kubeconfig",
        `the kubeconfig cannot be read: ${messageOf(thrown)}`,
        { file },
        "set kubeconfig to a file that kubectl can use",
      ),
    ]);
  }
  if (address.context !== undefined) selectContext(config, address.context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Refusal([
      errorProblem(
        "kubeconfig",
        "the kubeconfig has no current cluster",
        undefined,
        "set kubeconfig, or context to one of its contexts",
      ),
    ]);
  }
  const proxy = getProxyUrl(new URL(cluster.server));
  if (proxy !== undefined && cluster.proxyUrl === undefined) {
    config.clusters = config.clusters.map((one) =>
      one.name === cluster.name ? { ...one, proxyUrl: proxy.href } : one,
    );
  }
  return config;
}

function selectContext(config: KubeConfig, context: string): void {
  const names = config.getContexts().map((one) => one.name);
  if (!names.includes(context)) {
    throw new Refusal([
      errorProblem(
        "context",
        `the kubeconfig has no context '${context}'`,
        undefined,
        `its contexts are: ${names.join(", ")}`,
      ),
    ]);
  }
  config.setCurrentContext(context);
}
