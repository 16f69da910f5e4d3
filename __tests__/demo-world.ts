import { putIstio, runLocally, startHttpbin, startKubeApi, xfccOf } from "./fixtures/kube-api/index.js";
import type { KubeApi } from "./fixtures/kube-api/index.js";

/** A server that plays the demo's cluster: foo has sidecars and legacy has none; httpbin.foo shows who came by mTLS. */
export interface DemoWorld extends AsyncDisposable {
  readonly api: KubeApi;
}

export async function demoWorld(options: { readyAfterMs?: number } = {}): Promise<DemoWorld> {
  const mtls = await startHttpbin({ xfcc: xfccOf("foo", "sleep") });
  const plain = await startHttpbin();
  const api = await startKubeApi({
    controllers: { readyAfterMs: options.readyAfterMs ?? 10 },
    deletion: { namespaceMs: 10, podMs: 0 },
    exec: runLocally({
      hosts: (caller) => ({ "httpbin.foo:8000": caller.namespace === "legacy" ? plain.address : mtls.address }),
    }),
  });
  putIstio(api.store);
  return {
    api,
    [Symbol.asyncDispose]: async () => {
      await api.close();
      await Promise.all([mtls[Symbol.asyncDispose](), plain[Symbol.asyncDispose]()]);
    },
  };
}

const KINDS = [
  ["v1", "Namespace"],
  ["v1", "Service"],
  ["v1", "ServiceAccount"],
  ["apps/v1", "Deployment"],
  ["coordination.k8s.io/v1", "Lease"],
  ["security.istio.io/v1", "PeerAuthentication"],
] as const;

/** What of a run is left in the cluster: `Kind name`. */
export function leftOvers({ store }: KubeApi): string[] {
  return KINDS.flatMap(([apiVersion, kind]) => store.list({ apiVersion, kind }))
    .filter(({ metadata }) => metadata.labels?.["mtls-gate.dev/run"] !== undefined)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}
