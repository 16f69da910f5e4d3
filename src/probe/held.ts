import type { LiveMesh, LivePod } from "../mesh/live.js";
import { podsBehind, targetPortOf } from "../mesh/live.js";
import { hasSidecar, PROXY_CONTAINER } from "../mesh/pods.js";
import { meshObject } from "../mesh/mesh-object.js";
import type { Call } from "../mesh/call.js";
import { KubeError } from "../ports.js";
import type { ExecResult, Kubernetes } from "../ports.js";
import { effectiveMode } from "../rules/peer-authentication.js";
import type { PeerAuthentication, PeerAuthenticationSpec } from "../rules/peer-authentication.js";
import { heldMode, INBOUND_DUMP, inboundChains } from "./listener.js";
import type { Held } from "./settle.js";

/** A port of a server's pod that calls end at. */
export interface ServerPort {
  readonly pod: LivePod;
  readonly port: number;
}

/** The ports that the calls end at, of pods with a sidecar. */
export function serverPorts(mesh: LiveMesh, calls: readonly Call[]): ServerPort[] {
  const found = new Map<string, ServerPort>();
  for (const { to } of calls) {
    const service = mesh.services.find((one) => one.namespace === to.namespace && one.name === to.service);
    const port = service?.ports.find((one) => one.port === to.port);
    if (service === undefined || port === undefined) continue;
    for (const pod of podsBehind(mesh, service)) {
      const target = targetPortOf(port, pod.pod);
      if (target === null || !hasSidecar(pod.pod)) continue;
      found.set(`${pod.namespace}/${pod.pod.metadata.name}:${target}`, { pod, port: target });
    }
  }
  return [...found.values()];
}

/**
 * Asks the sidecars of the called pods whether they hold the PeerAuthentications that the API server has: the mode that
 * Istio's rules give for each port is compared with what the sidecar's inbound listener takes.
 */
export async function peerAuthenticationsHeld(
  kubernetes: Pick<Kubernetes, "exec" | "list">,
  servers: readonly ServerPort[],
  rootNamespace: string,
  signal: AbortSignal,
): Promise<Held> {
  if (servers.length === 0) return { answer: "unknown", why: "no called pod has a sidecar that could be asked" };
  const namespaces = new Set([rootNamespace, ...servers.map(({ pod }) => pod.namespace)]);
  let policies: PeerAuthentication[];
  try {
    const kind = { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication" };
    const lists = await Promise.all(
      [...namespaces].map((namespace) => kubernetes.list({ ...kind, namespace }, signal)),
    );
    policies = lists.flat().map((one) => meshObject<PeerAuthenticationSpec>(one));
  } catch (thrown) {
    if (thrown instanceof KubeError && thrown.status === 403)
      return { answer: "unknown", why: "the right to list PeerAuthentications is missing" };
    throw thrown;
  }
  const byPod = new Map<LivePod, number[]>();
  for (const { pod, port } of servers) byPod.set(pod, [...(byPod.get(pod) ?? []), port]);
  const answers = await Promise.all(
    [...byPod].map(([pod, ports]) => podHolds(kubernetes, pod, ports, policies, rootNamespace, signal)),
  );
  return (
    answers.find(({ answer }) => answer === "no") ??
    answers.find(({ answer }) => answer === "unknown") ?? { answer: "yes" }
  );
}

async function podHolds(
  kubernetes: Pick<Kubernetes, "exec">,
  { pod, namespace, labels }: LivePod,
  ports: readonly number[],
  policies: readonly PeerAuthentication[],
  rootNamespace: string,
  signal: AbortSignal,
): Promise<Held> {
  const target = { namespace, pod: pod.metadata.name, container: PROXY_CONTAINER };
  const result = await kubernetes.exec(target, ["pilot-agent", "request", "GET", INBOUND_DUMP], { signal });
  const name = `the sidecar of ${namespace}/${pod.metadata.name}`;
  if (result.end.kind !== "exit" || result.end.code !== 0) return unanswered(name, result);
  const chains = inboundChains(result.stdout);
  if (chains === null) return { answer: "unknown", why: `${name} has no inbound listener that can be read` };
  for (const port of ports) {
    const held = heldMode(chains, port);
    const wanted = effectiveMode(policies, { namespace, labels }, port, rootNamespace);
    if (held !== wanted)
      return {
        answer: "no",
        why: `${name} holds ${held ?? "nothing"} for port ${port}, where the policies say ${wanted}`,
      };
  }
  return { answer: "yes" };
}

/** A stream that broke can be tried again; one that is not allowed, or a container without pilot-agent, cannot. */
function unanswered(name: string, { end, stderr }: ExecResult): Held {
  if (end.kind === "broken") {
    const why = `${name} was not asked: ${end.reason}`;
    return { answer: end.retriable ? "no" : "unknown", why };
  }
  return {
    answer: "unknown",
    why: `${name} did not tell what it holds (exit code ${end.code}): ${stderr.trim().slice(0, 200)}`,
  };
}
