import { loadKubeConfig } from "../../src/cluster/kube-config.js";
import { KubernetesApi } from "../../src/cluster/kubernetes.js";
import type { Clock, Kubernetes, Log } from "../../src/ports.js";
import type { SourcedObject } from "../../src/mesh/objects.js";
import type { Problem } from "../../src/problems.js";
import { Failure, Refusal } from "../../src/problems.js";
import { startKubeApi, type KubeApi, type KubeApiOptions, type Loose } from "../fixtures/kube-api/index.js";

/** The real client on a server that is played, with a clock that does not wait. */
export interface Connected extends AsyncDisposable {
  readonly api: KubeApi;
  readonly kubernetes: Kubernetes;
  readonly clock: FakeClock;
  readonly log: Log;
  readonly lines: string[];
  readonly signal: AbortSignal;
}

/** Time passes only by waiting, and waiting takes a moment, in which the server can act. */
export interface FakeClock extends Clock {
  readonly sleeps: number[];
  time: number;
}

export function fakeClock(start = Date.parse("2026-01-01T00:00:00Z")): FakeClock {
  const clock: FakeClock = {
    time: 0,
    sleeps: [],
    now: () => clock.time,
    date: () => new Date(start + clock.time),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      clock.sleeps.push(ms);
      clock.time += ms;
      await new Promise((resolve) => setTimeout(resolve, 2));
      signal?.throwIfAborted();
    },
  };
  return clock;
}

export async function connected(options: KubeApiOptions = {}): Promise<Connected> {
  const api = await startKubeApi({ deletion: { namespaceMs: 5, podMs: 0 }, ...options });
  const clock = fakeClock();
  const lines: string[] = [];
  const tell = (text: string): void => void lines.push(text);
  return {
    api,
    clock,
    lines,
    kubernetes: new KubernetesApi(loadKubeConfig({ kubeconfig: api.kubeconfigPath }), clock),
    log: { info: tell, warning: tell, progress: tell, group: (_, work) => work() },
    signal: AbortSignal.timeout(15_000),
    [Symbol.asyncDispose]: () => api.close(),
  };
}

export function sourced(object: Loose, line = 1, file = "m.yaml"): SourcedObject {
  return { object: object as SourcedObject["object"], place: { file, line }, at: { file, lineOf: () => line } };
}

/** What a promise is refused or fails with: the kind of error, and its problems. */
export async function problemsOf(work: Promise<unknown>): Promise<{ refused: boolean; problems: readonly Problem[] }> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof Refusal) return { refused: true, problems: thrown.problems };
    if (thrown instanceof Failure) return { refused: false, problems: thrown.problems };
    throw thrown;
  }
  throw new Error("it went well");
}

export function policy(namespace: string, spec: object = { mtls: { mode: "STRICT" } }, metadata: object = {}): Loose {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace, ...metadata },
    spec,
  };
}

export function namespace(name: string, labels: Record<string, string> = {}, metadata: object = {}): Loose {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels, ...metadata } };
}
