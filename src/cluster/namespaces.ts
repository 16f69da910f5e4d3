import { KubeError } from "../ports.js";
import type { Kubernetes, KubeObject } from "../ports.js";

/**
 * A Namespace, undefined where it is not there, or "unseen" where the right to look is missing: Namespaces are
 * cluster-scoped, and a user with rights in some of them only may not read them. The first request into it will tell.
 */
export async function namespaceOrUnseen(
  kubernetes: Pick<Kubernetes, "get">,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined | "unseen"> {
  try {
    return await kubernetes.get({ apiVersion: "v1", kind: "Namespace", name }, signal);
  } catch (thrown) {
    if (thrown instanceof KubeError && thrown.status === 403) return "unseen";
    throw thrown;
  }
}
