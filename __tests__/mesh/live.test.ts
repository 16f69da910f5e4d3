import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/entry/world.js";
import { findIstio } from "../../src/mesh/istio.js";
import { isIPv4Only, podsBehind, readLiveMesh, targetPortOf } from "../../src/mesh/live.js";
import { KubeError, type Kubernetes } from "../../src/ports.js";
import { answers, putIstio, startKubeApi, type KubeApi, type Loose } from "../fixtures/kube-api/index.js";
import { livePod, mesh, pod, service } from "./builders.js";

let api: KubeApi;
let kubernetes: Kubernetes;
beforeEach(async () => {
  api = await startKubeApi();
  kubernetes = await connect({ own: false, images: {}, istioctl: "", kubeconfig: api.kubeconfigPath });
});
afterEach(() => api.close());
const signal = AbortSignal.timeout(10_000);

const put = (object: object): void => void api.store.put(object as Loose);
const slice = (name: string, of: string | undefined, endpoints: object[]): object => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name, namespace: "foo", labels: of === undefined ? {} : { "kubernetes.io/service-name": of } },
  addressType: "IPv4",
  endpoints,
});
const svc = (name: string, spec: object): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "foo" },
  spec,
});

describe("the live mesh", () => {
  it("has the pods of its namespaces, but not those that go", async () => {
    put(pod("web-5d4f-x", { owner: "ReplicaSet/web-5d4f", labels: { "pod-template-hash": "5d4f" } }));
    put(pod("going", { deleted: true }));
    put(pod("other", { namespace: "other" }));
    const found = await readLiveMesh(kubernetes, ["foo"], signal);
    expect(found.pods).toMatchObject([
      { namespace: "foo", workload: { kind: "Deployment", name: "web" }, labels: { "pod-template-hash": "5d4f" } },
    ]);
  });

  it("has Services with what is absent filled in", async () => {
    put(svc("one", { ports: [{ port: 80 }], selector: { app: "one" }, clusterIP: "10.96.0.9", type: "NodePort" }));
    put(svc("two", {}));
    const { services } = await readLiveMesh(kubernetes, ["foo"], signal);
    expect(services).toEqual([
      {
        namespace: "foo",
        name: "one",
        ports: [{ port: 80 }],
        selector: { app: "one" },
        clusterIPs: ["10.96.0.9"],
        type: "NodePort",
      },
      { namespace: "foo", name: "two", ports: [], selector: null, clusterIPs: [], type: "ClusterIP" },
    ]);
  });

  it("knows of each Service whether an endpoint is ready", async () => {
    for (const name of ["ready", "unready", "unsaid", "empty", "none"]) put(svc(name, {}));
    put(slice("a", "ready", [{ conditions: { ready: false } }, { conditions: { ready: true } }]));
    put(slice("b", "unready", [{ conditions: { ready: false } }]));
    put(slice("c", "unsaid", [{}]));
    put(slice("d", "empty", []));
    put(slice("e", undefined, [{ conditions: { ready: true } }]));
    put(slice("f", "unready", [{ conditions: { ready: false } }]));
    const { endpoints } = await readLiveMesh(kubernetes, ["foo"], signal);
    expect(Object.fromEntries(endpoints)).toEqual({
      "foo/ready": true,
      "foo/unready": false,
      "foo/unsaid": true,
      "foo/empty": false,
      "foo/none": false,
    });
  });

  it("needs no right to read ReplicaSets", async () => {
    await readLiveMesh(kubernetes, ["foo", "bar"], signal);
    expect(new Set(api.requests.map(({ path }) => path.split("/").at(-1)))).toEqual(
      new Set(["pods", "services", "endpointslices"]),
    );
  });
});

describe("the pods behind a Service", () => {
  const here = livePod("a", "Deployment/a", { labels: { app: "web", v: "1" } });
  const there = livePod("b", "Deployment/b", { labels: { app: "web" }, namespace: "bar" });
  it("are those of its namespace that its selector fits", () => {
    const all = mesh([here, there, livePod("c", "Deployment/c")]);
    expect(podsBehind(all, service("web"))).toEqual([here]);
    expect(podsBehind(all, service("web", { selector: null }))).toEqual([]);
    expect(podsBehind(all, service("web", { selector: {} }))).toEqual([]);
  });
  it("take calls on the target port: a number, a name, or the Service's own", () => {
    const named = pod("a", {
      containers: [{ name: "p" }, { name: "a", ports: [{ name: "http", containerPort: 8080 }] }],
    });
    expect(targetPortOf({ port: 80, targetPort: 8080 }, named)).toBe(8080);
    expect(targetPortOf({ port: 80, targetPort: "http" }, named)).toBe(8080);
    expect(targetPortOf({ port: 80, targetPort: "grpc" }, named)).toBeNull();
    expect(targetPortOf({ port: 80 }, named)).toBe(80);
  });
});

describe("a cluster of IPv4 addresses alone", () => {
  const of = (...clusterIPs: string[]): boolean => isIPv4Only(mesh([], [service("a", { clusterIPs })]));
  it("has no other addresses, and some", () => {
    expect([of("10.0.0.1"), of("10.0.0.1", "None"), of("10.0.0.1", "fd00::1"), of("None"), of()]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("Istio", () => {
  it("is found where its webhooks lead, with its version, root namespace and webhooks", async () => {
    putIstio(api.store, { namespace: "mesh", version: "1.31.2" });
    const found = await findIstio(kubernetes, undefined, signal);
    expect(found).toMatchObject({ namespace: "mesh", rootNamespace: "mesh", version: "1.31.2" });
    expect(found?.webhooks).toHaveLength(4);
  });

  it("has the root namespace that is asked for, MeshConfig's, or istio-system", async () => {
    putIstio(api.store, { meshConfig: "rootNamespace: config-root\n" });
    expect((await findIstio(kubernetes, undefined, signal))?.rootNamespace).toBe("config-root");
    expect((await findIstio(kubernetes, "asked", signal))?.rootNamespace).toBe("asked");
    for (const meshConfig of ["", "rootNamespace: ''\n", "rootNamespace: 5\n", "- a\n", "a: [\n"]) {
      putIstio(api.store, { meshConfig });
      expect((await findIstio(kubernetes, undefined, signal))?.rootNamespace).toBe("istio-system");
    }
  });

  it("is not there without an istiod", async () => {
    expect(await findIstio(kubernetes, undefined, signal)).toBeNull();
  });

  it("is found as far as the rights go", async () => {
    putIstio(api.store);
    for (const path of [/mutatingwebhook/u, /deployments/u, /configmaps/u])
      api.faults.add({ path, ...answers.forbidden("x") });
    expect(await findIstio(kubernetes, undefined, signal)).toEqual({
      namespace: "istio-system",
      rootNamespace: "istio-system",
      version: null,
      webhooks: null,
    });
  });

  it("is not guessed at when the API server fails", async () => {
    putIstio(api.store);
    api.faults.add({ path: /configmaps/u, ...answers.etcdTimeout() });
    await expect(findIstio(kubernetes, undefined, signal)).rejects.toThrow(KubeError);
  });

  it.each([
    ["docker.io/istio/pilot:1.31.2", "1.0.0", "1.31.2"],
    ["docker.io/istio/pilot:1.31.2-distroless", undefined, "1.31.2-distroless"],
    ["localhost:5000/pilot:1.31.2@sha256:00", undefined, "1.31.2"],
    ["localhost:5000/pilot", "1.30.0", "1.30.0"],
    ["localhost:5000/pilot@sha256:00", undefined, null],
    ["pilot:latest", "1.30.0", "1.30.0"],
    ["pilot:latest", undefined, "latest"],
  ])("of image %s and label %s is %s", async (image, label, version) => {
    putIstio(api.store);
    api.store.update(
      { apiVersion: "apps/v1", kind: "Deployment", namespace: "istio-system", name: "istiod" },
      (one) => {
        one.metadata.labels = { app: "istiod", ...(label === undefined ? {} : { "app.kubernetes.io/version": label }) };
        one["spec"] = { template: { spec: { containers: [{ name: "discovery", image }] } } };
      },
    );
    expect((await findIstio(kubernetes, undefined, signal))?.version).toBe(version);
  });
});
