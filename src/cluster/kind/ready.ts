import type { Clock, Kubernetes, KubeObject, Log } from "../../ports.js";
import { KubeError } from "../../ports.js";
import { errorProblem, Failure } from "../../problems.js";
import { podStatus } from "../../mesh/pods.js";
import { diagnosePod } from "../diagnose.js";

export interface ReadyPorts {
  readonly kubernetes: Kubernetes;
  readonly clock: Clock;
  readonly log: Log;
}

/** Null when it is ready, else what it waits for. */
type Question = () => Promise<string | null>;

interface Wait {
  readonly what: string;
  /** Where the pods are that keep it waiting. */
  readonly namespace: string;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

const PAUSE_MS = 500;
const SHOWN_PODS = 3;

/**
 * Waits until every node is Ready and CoreDNS answers: kind's own wait ends without an error when its time is up.
 *
 * @throws Failure with what it waited for and what its pods say
 */
export async function nodesReady(
  ports: ReadyPorts,
  nodes: number,
  options: { timeout: number; signal: AbortSignal },
): Promise<void> {
  const { kubernetes } = ports;
  await until(ports, { what: "the cluster", namespace: "kube-system", ...options }, async () => {
    const found = await kubernetes.list({ apiVersion: "v1", kind: "Node" }, options.signal);
    if (found.length < nodes) return `${found.length} of ${nodes} nodes have joined`;
    const notReady = found.find((node) => !isTrue(node, "Ready"));
    if (notReady !== undefined) return `node ${notReady.metadata.name} is not Ready${conditionText(notReady, "Ready")}`;
    return await deploymentWaits(kubernetes, "kube-system", "k8s-app=kube-dns", "CoreDNS", options.signal);
  });
}

/**
 * Waits until istiod is available and its webhook puts a sidecar into a pod, tried without making one.
 *
 * @throws Failure with what it waited for and what its pods say
 */
export async function istioReady(
  ports: ReadyPorts,
  { namespace, revision, ...options }: { namespace: string; revision?: string; timeout: number; signal: AbortSignal },
): Promise<void> {
  const { kubernetes } = ports;
  await until(ports, { what: "Istio", namespace, ...options }, async () => {
    const waits = await deploymentWaits(kubernetes, namespace, "app=istiod", "istiod", options.signal);
    if (waits !== null) return waits;
    const pod = await kubernetes.apply(samplePod(revision), { dryRun: true }, options.signal);
    return hasProxy(pod) ? null : "the webhook puts no sidecar into a pod yet";
  });
}

async function until({ clock, log, kubernetes }: ReadyPorts, wait: Wait, question: Question): Promise<void> {
  const { what, namespace, timeout, signal } = wait;
  const end = clock.now() + timeout;
  for (;;) {
    const waits = await answer(question, signal);
    if (waits === null) return;
    if (clock.now() >= end) {
      const said = await podsOf(kubernetes, namespace, signal);
      const message = [`${what} was not ready within ${timeout / 1000} s: ${waits}`, ...said].join("\n");
      const hint = "see kind-logs in report-dir; cluster-timeout sets how long is waited";
      throw new Failure([errorProblem("not-ready", message, undefined, hint)]);
    }
    log.progress(`waiting for ${what}: ${waits}`);
    await clock.sleep(PAUSE_MS, signal);
  }
}

/** An API server or a webhook that does not answer yet is no more than one that is waited for. */
async function answer(question: Question, signal: AbortSignal): Promise<string | null> {
  try {
    return await question();
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof KubeError) return thrown.message;
    throw thrown;
  }
}

async function deploymentWaits(
  kubernetes: Kubernetes,
  namespace: string,
  labels: string,
  name: string,
  signal: AbortSignal,
): Promise<string | null> {
  const found = await kubernetes.list({ apiVersion: "apps/v1", kind: "Deployment", namespace, labels }, signal);
  if (found.length === 0) return `${name} is not there`;
  return found.every((one) => isTrue(one, "Available")) ? null : `${name} is not available`;
}

/** A few of the pods that are not ready, with their warnings. */
async function podsOf(kubernetes: Kubernetes, namespace: string, signal: AbortSignal): Promise<string[]> {
  try {
    const pods = await kubernetes.list({ apiVersion: "v1", kind: "Pod", namespace }, signal);
    const waiting = pods.filter((pod) => podStatus(pod).phase !== "Succeeded" && !isTrue(pod, "Ready"));
    const said = await Promise.all(
      waiting.slice(0, SHOWN_PODS).map(async (pod) => {
        const lines = await diagnosePod(kubernetes, pod, signal);
        return [`pod ${namespace}/${pod.metadata.name} is not ready`, ...lines.map((line) => `  ${line}`)];
      }),
    );
    return said.flat();
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly message?: string;
}

function conditionOf(object: KubeObject, type: string): Condition | undefined {
  const { conditions } = (object["status"] ?? {}) as { conditions?: Condition[] };
  return conditions?.find((one) => one.type === type);
}

function isTrue(object: KubeObject, type: string): boolean {
  return conditionOf(object, type)?.status === "True";
}

function conditionText(object: KubeObject, type: string): string {
  const message = conditionOf(object, type)?.message ?? "";
  return message === "" ? "" : `: ${message}`;
}

function samplePod(revision: string | undefined): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "mtls-gate-looks-for-the-webhook",
      namespace: "default",
      labels: { "sidecar.istio.io/inject": "true", ...(revision === undefined ? {} : { "istio.io/rev": revision }) },
    },
    spec: { containers: [{ name: "none", image: "none.invalid/none" }] },
  };
}

function hasProxy(pod: KubeObject): boolean {
  const { containers = [], initContainers = [] } = pod["spec"] as Record<string, { name?: string }[]>;
  return [...containers, ...initContainers].some(({ name }) => name === "istio-proxy");
}
