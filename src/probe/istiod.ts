import type { Clock, Kubernetes, KubeObject, Ref } from "../ports.js";
import { KubeError } from "../ports.js";
import { hasSidecar } from "../mesh/pods.js";
import type { LivePod } from "../mesh/live.js";
import type { Held } from "./settle.js";

/**
 * Asks istiod whether it has read the applied policies and every proxy of the run has acknowledged what it was sent.
 * For kinds whose effect cannot be read from a listener as a PeerAuthentication's can.
 */

export interface IstiodQuestion {
  readonly istioNamespace: string;
  readonly applied: readonly Ref[];
  readonly pods: readonly LivePod[];
  readonly signal: AbortSignal;
}

/**
 * istiod gathers changes for 100 ms, and for longer while more come, before it pushes: an acknowledgement only counts
 * so long after it had read the policies.
 */
const PUSH_MS = 1_000;

/** Makes the question of one phase: it remembers when istiod was first seen to have the policies. */
export function istiodQuestion(
  kubernetes: Pick<Kubernetes, "exec" | "get" | "list">,
  clock: Pick<Clock, "now">,
  question: IstiodQuestion,
): () => Promise<Held> {
  let since: number | null = null;
  return async () => {
    try {
      const dumps = await dumpsOf(kubernetes, question);
      if (!Array.isArray(dumps)) return dumps;
      const live = await Promise.all(question.applied.map((ref) => kubernetes.get(ref, question.signal)));
      const unread = live.find(
        (object) => object !== undefined && !dumps.every((dump) => dump.versions.has(versionKey(object))),
      );
      if (unread !== undefined)
        return { answer: "no", why: `istiod has not read ${unread.kind} ${unread.metadata.name} yet` };
      since ??= clock.now();
      const behind = question.pods
        .filter(({ pod }) => hasSidecar(pod))
        .find((one) => !dumps.some((dump) => dump.inSync.has(proxyName(one))));
      if (behind !== undefined)
        return {
          answer: "no",
          why: `the sidecar of ${behind.namespace}/${behind.pod.metadata.name} has not acknowledged what istiod sent, or is not connected`,
        };
      return clock.now() - since < PUSH_MS
        ? { answer: "no", why: "istiod may still be gathering changes" }
        : { answer: "yes" };
    } catch (thrown) {
      if (thrown instanceof KubeError && thrown.status === 403)
        return { answer: "unknown", why: "the right to ask istiod is missing" };
      throw thrown;
    }
  };
}

interface IstiodDump {
  /** What istiod has read: kind, namespace, name and resourceVersion. */
  readonly versions: ReadonlySet<string>;
  /** The proxies, `pod.namespace`, that are connected and have acknowledged everything. */
  readonly inSync: ReadonlySet<string>;
}

async function dumpsOf(
  kubernetes: Pick<Kubernetes, "exec" | "list">,
  { istioNamespace, signal }: IstiodQuestion,
): Promise<IstiodDump[] | Held> {
  const pods = await kubernetes.list(
    { apiVersion: "v1", kind: "Pod", namespace: istioNamespace, labels: "app=istiod", fields: "status.phase=Running" },
    signal,
  );
  if (pods.length === 0) return { answer: "no", why: "no istiod is running" };
  const ask = async (pod: KubeObject, what: string): Promise<unknown> => {
    const target = { namespace: istioNamespace, pod: pod.metadata.name, container: "discovery" };
    const { end, stdout } = await kubernetes.exec(target, ["pilot-discovery", "request", "GET", `/debug/${what}`], {
      signal,
    });
    if (end.kind === "broken" || end.code !== 0) throw new KubeError(403, "Forbidden", "istiod cannot be asked");
    return JSON.parse(stdout) as unknown;
  };
  return await Promise.all(
    pods.map(async (pod) => readDump(...(await Promise.all([ask(pod, "configz"), ask(pod, "syncz")])))),
  );
}

interface SyncEntry {
  readonly proxy?: string;
  readonly resources?: Readonly<Record<string, { readonly sent?: string; readonly acked?: string }>>;
}

function readDump(configz: unknown, syncz: unknown): IstiodDump {
  const configs = Array.isArray(configz) ? (configz as KubeObject[]) : [];
  const proxies = Array.isArray(syncz) ? (syncz as SyncEntry[]) : [];
  return {
    versions: new Set(configs.map(versionKey)),
    inSync: new Set(
      proxies
        .filter((one) => Object.values(one.resources ?? {}).every(({ sent, acked }) => (sent ?? "") === (acked ?? "")))
        .map((one) => one.proxy ?? ""),
    ),
  };
}

function versionKey({ kind, metadata }: KubeObject): string {
  return JSON.stringify([kind, metadata.namespace ?? "", metadata.name, metadata.resourceVersion]);
}

function proxyName({ pod, namespace }: LivePod): string {
  return `${pod.metadata.name}.${namespace}`;
}
