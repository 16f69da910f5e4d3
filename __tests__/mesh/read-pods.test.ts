import { describe, expect, it } from "vitest";
import type { Workload } from "../../src/mesh/inventory.js";
import { AMBIENT, deployment, INJECTED, mesh, namespace, object, workloadOf, type Part } from "../predict/builders.js";

/** Pods and what makes pods → workloads. */

const FOO = namespace("foo", INJECTED);

function owned(kind: string, name: string, controller = true): object {
  return { ownerReferences: [{ apiVersion: "apps/v1", kind, name, uid: name, controller }] };
}

interface PodParts {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}

/** A pod of namespace foo that runs already, with a container `app`. */
function pod(name: string, parts: PodParts = {}): object {
  const spec = { containers: [{ name: "app" }], ...parts.spec };
  const status = { phase: "Running", podIP: "10.0.0.1", ...parts.status };
  return { ...object("v1", "Pod", `foo/${name}`, spec, { labels: { app: "a" }, ...parts.metadata }), status };
}

const PROXY = { name: "istio-proxy" };
const TEMPLATE = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "app" }] } };

/** `Kind/name` of all workloads. */
function names(...parts: Part[]): string[] {
  return mesh(...parts).workloads.map(({ kind, name }) => `${kind}/${name}`);
}

function only(...parts: Part[]): Workload {
  const { workloads } = mesh(...parts);
  expect(workloads).toHaveLength(1);
  return workloads[0]!;
}

describe("the workload of a pod", () => {
  it("is the pod itself where nothing owns it", () => expect(names(pod("a"))).toEqual(["Pod/a"]));

  it("is the top of its owners", () => {
    const set = object(
      "apps/v1",
      "ReplicaSet",
      "foo/a-1",
      { replicas: 1, template: TEMPLATE },
      owned("Deployment", "a"),
    );
    const one = pod("a-1-x", { metadata: owned("ReplicaSet", "a-1") });
    expect(names(one, set, deployment("foo/a"))).toEqual(["Deployment/a"]);
    expect(names(one, set)).toEqual(["Deployment/a"]);
  });

  it("is an owner that is not there", () => {
    expect(names(pod("a-0", { metadata: owned("StatefulSet", "a") }))).toEqual(["StatefulSet/a"]);
    expect(names(pod("a-x", { metadata: owned("Rollout", "a") }))).toEqual(["Rollout/a"]);
  });

  it("is the Deployment whose ReplicaSet is not there, by the hash that both names bear", () => {
    const labels = { app: "a", "pod-template-hash": "5d4f" };
    const one = (set: string): object => pod("a-5d4f-x", { metadata: { ...owned("ReplicaSet", set), labels } });
    expect(names(one("a-5d4f"))).toEqual(["Deployment/a"]);
    expect(names(one("a-other"))).toEqual(["ReplicaSet/a-other"]);
  });

  it("is never an owner that does not control it", () => {
    expect(names(pod("a", { metadata: owned("Deployment", "other", false) }))).toEqual(["Pod/a"]);
  });

  it("is an owner of its own namespace", () => {
    const elsewhere = object("apps/v1", "ReplicaSet", "bar/a-1", { template: TEMPLATE }, owned("Deployment", "other"));
    const one = pod("a-1-x", { metadata: owned("ReplicaSet", "a-1") });
    expect(names(one, elsewhere)).toEqual(["ReplicaSet/a-1", "Deployment/other"]);
  });

  it("is the CronJob of a Job", () => {
    const job = object("batch/v1", "Job", "foo/a-1", { template: TEMPLATE }, owned("CronJob", "a"));
    expect(names(pod("a-1-x", { metadata: owned("Job", "a-1") }), job)).toEqual(["CronJob/a"]);
  });

  it("is not there for pods that have ended or are being deleted", () => {
    expect(names(pod("a", { status: { phase: "Succeeded" } }), pod("b", { status: { phase: "Failed" } }))).toEqual([]);
    expect(names(pod("a", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }))).toEqual([]);
  });
});

describe("the kinds that make pods", () => {
  it.each([
    ["apps/v1", "Deployment"],
    ["apps/v1", "StatefulSet"],
    ["apps/v1", "DaemonSet"],
    ["apps/v1", "ReplicaSet"],
    ["v1", "ReplicationController"],
    ["batch/v1", "Job"],
  ])("%s %s", (apiVersion, kind) => {
    const found = only(FOO, object(apiVersion, kind, "foo/a", { template: TEMPLATE }));
    expect(found).toMatchObject({ kind, name: "a", namespace: "foo", containers: ["app"] });
    expect(found.pods).toMatchObject([{ dataPlane: "sidecar", path: ["spec", "template"], replicas: 1 }]);
  });

  it("a CronJob, whose template stands deeper", () => {
    const found = only(FOO, object("batch/v1", "CronJob", "foo/a", { jobTemplate: { spec: { template: TEMPLATE } } }));
    expect(found.pods[0]?.path).toEqual(["spec", "jobTemplate", "spec", "template"]);
    expect(found.pods[0]?.labels).toMatchObject({ app: "a" });
  });

  it("none of another group", () => {
    expect(names(object("example.com/v1", "Deployment", "foo/a", { template: TEMPLATE }))).toEqual([]);
    expect(names(object("apps/v1", "Deployment", "foo/a", {}))).toEqual([]);
  });
});

describe("pods and templates of one workload", () => {
  const replicaSet = (name: string, replicas: number, app: string): object =>
    object(
      "apps/v1",
      "ReplicaSet",
      `foo/${name}`,
      { replicas, template: { ...TEMPLATE, metadata: { labels: { app } } } },
      owned("Deployment", "a"),
    );
  const apps = (workload: Workload): (string | undefined)[] => workload.pods.map(({ labels }) => labels["app"]);

  it("pods say what it looks like where there are some", () => {
    const labels = { app: "running" };
    const one = pod("a-x", { metadata: { ...owned("Deployment", "a"), labels } });
    expect(apps(only(deployment("foo/a"), one))).toEqual(["running"]);
  });

  it("its own template does where there are none, and those of its ReplicaSets do not", () => {
    expect(apps(only(deployment("foo/a", { labels: { app: "own" } }), replicaSet("a-1", 1, "old")))).toEqual(["own"]);
  });

  it("the ReplicaSets that have pods do where its own is not there", () => {
    expect(apps(only(replicaSet("a-1", 0, "old"), replicaSet("a-2", 2, "new")))).toEqual(["new"]);
    expect(names(replicaSet("a-1", 0, "old"))).toEqual([]);
  });

  it("its own template stays where it has no replicas, with none that answer", () => {
    expect(only(deployment("foo/a", { replicas: 0 })).pods).toMatchObject([{ replicas: 0 }]);
    expect(only(deployment("foo/a", { replicas: 3 })).pods).toMatchObject([{ replicas: 3 }]);
  });

  const of = (name: string, ip: string, parts: PodParts = {}): object =>
    pod(name, {
      ...parts,
      metadata: { ...owned("StatefulSet", "a"), ...parts.metadata },
      status: { podIP: ip, ...parts.status },
    });

  it("pods that look the same are one shape with all addresses", () => {
    const labels = (n: number): object => ({ labels: { app: "a", "apps.kubernetes.io/pod-index": String(n) } });
    const found = only(of("a-0", "10.0.0.1", { metadata: labels(0) }), of("a-1", "10.0.0.2", { metadata: labels(1) }));
    expect(found.pods).toMatchObject([{ replicas: 2, addresses: ["10.0.0.1", "10.0.0.2"] }]);
  });

  it.each<[string, PodParts]>([
    ["labels", { metadata: { labels: { app: "a", version: "v2" } } }],
    ["the proxy", { spec: { containers: [{ name: "app" }, PROXY] } }],
    ["the service account", { spec: { serviceAccountName: "other" } }],
    ["the host's network", { spec: { hostNetwork: true } }],
    ["ports", { spec: { containers: [{ name: "app", ports: [{ containerPort: 8080 }] }] } }],
    ["annotations of Istio", { metadata: { annotations: { "traffic.sidecar.istio.io/excludeInboundPorts": "8080" } } }],
  ])("pods that differ in %s are two", (_, parts) => {
    expect(only(of("a-0", "10.0.0.1"), of("a-1", "10.0.0.2", parts)).pods).toHaveLength(2);
  });

  it.each<[string, object]>([
    ["of others", { "example.com/a": "1" }],
    ["that tell what was injected", { "sidecar.istio.io/status": "{}" }],
  ])("annotations %s mean no difference", (_, annotations) => {
    expect(only(of("a-0", "10.0.0.1"), of("a-1", "10.0.0.2", { metadata: { annotations } })).pods).toHaveLength(1);
  });

  it("a pod that is not ready answers no calls", () => {
    const conditions = (status: string): PodParts => ({ status: { conditions: [{ type: "Ready", status }] } });
    expect(only(pod("a", conditions("False"))).pods[0]?.replicas).toBe(0);
    expect(only(pod("a", conditions("True"))).pods[0]?.replicas).toBe(1);
  });

  it("its addresses are those that it has, each once", () => {
    const status = { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] };
    expect(only(pod("a", { status })).pods[0]?.addresses).toEqual(["10.0.0.1", "fd00::1"]);
    expect(only(pod("a", { status: { podIP: "" } })).pods[0]?.addresses).toEqual([]);
  });
});

describe("what stands between a pod and the network", () => {
  const plane = (...parts: Part[]): string => {
    const { dataPlane, because } = only(...parts).pods[0]!;
    return `${dataPlane} ${(because.path ?? []).join(".")}`.trim();
  };
  const containers = (...more: object[]): object => deployment("foo/a", { containers: [{ name: "app" }, ...more] });
  const spec = (more: object): object =>
    object("apps/v1", "Deployment", "foo/a", { template: { spec: { containers: [{ name: "app" }], ...more } } });

  it("a sidecar, where the namespace asks for one", () => {
    expect(plane(FOO, deployment("foo/a"))).toBe("sidecar metadata.labels.istio-injection");
    expect(plane(namespace("foo"), deployment("foo/a"))).toBe("none metadata");
    expect(plane(deployment("foo/a"))).toBe("none");
  });

  it("a sidecar, where the pod asks for one, and none, where it refuses", () => {
    const key = "sidecar.istio.io/inject";
    const path = `spec.template.metadata.labels.${key}`;
    expect(plane(deployment("foo/a", { labels: { [key]: "true" } }))).toBe(`sidecar ${path}`);
    expect(plane(FOO, deployment("foo/a", { labels: { [key]: "false" } }))).toBe(`none ${path}`);
  });

  it("a sidecar that was written into the template, or runs natively beside it", () => {
    expect(plane(containers(PROXY))).toBe("sidecar spec.template.spec.containers.1");
    expect(plane(spec({ initContainers: [{ ...PROXY, restartPolicy: "Always" }] }))).toBe(
      "sidecar spec.template.spec.initContainers.0",
    );
  });

  it("a gateway, which is a proxy and nothing else", () => {
    expect(plane(containers({ ...PROXY, args: ["proxy", "router"] }))).toBe("gateway spec.template.spec.containers.1");
    expect(plane(containers({ ...PROXY, args: ["proxy", "sidecar"] }))).toBe("sidecar spec.template.spec.containers.1");
    const annotations = { "inject.istio.io/templates": "gateway" };
    expect(plane(FOO, deployment("foo/a", { annotations }))).toBe("gateway metadata.labels.istio-injection");
    expect(plane(deployment("foo/a", { annotations }))).toBe("none");
  });

  it("ztunnel, where the namespace is in ambient and the pod gets no sidecar", () => {
    expect(plane(namespace("foo", AMBIENT), deployment("foo/a"))).toBe("ztunnel");
    expect(plane(namespace("foo", { ...AMBIENT, ...INJECTED }), deployment("foo/a"))).toBe(
      "sidecar metadata.labels.istio-injection",
    );
    const [system] = mesh(namespace("kube-system", AMBIENT), deployment("kube-system/a")).workloads;
    expect(system?.pods[0]?.dataPlane).toBe("none");
  });

  it("nothing for a pod that runs without a proxy already, whatever the namespace asks for by now", () => {
    expect(plane(FOO, pod("a"))).toBe("none spec.containers");
    expect(plane(FOO, pod("a", { spec: { containers: [{ name: "app" }, PROXY] } }))).toBe("sidecar spec.containers.1");
    expect(plane(FOO, object("v1", "Pod", "foo/a", { containers: [{ name: "app" }] }))).toBe(
      "sidecar metadata.labels.istio-injection",
    );
  });
});

describe("the labels that injection adds", () => {
  const TLS = "security.istio.io/tlsMode";
  const labels = (parts: Parameters<typeof deployment>[1], of = FOO): Readonly<Record<string, string>> =>
    only(of, deployment("foo/a", parts)).pods[0]?.labels ?? {};

  it("are those of the template", () => {
    expect(labels({})).toEqual({
      app: "a",
      [TLS]: "istio",
      "service.istio.io/canonical-name": "a",
      "service.istio.io/canonical-revision": "latest",
    });
    expect(labels({ labels: { "app.kubernetes.io/name": "n", version: "v2" } })).toMatchObject({
      "service.istio.io/canonical-name": "n",
      "service.istio.io/canonical-revision": "v2",
    });
  });
  it("leave the pod's own as they are", () => expect(labels({ labels: { [TLS]: "disabled" } })[TLS]).toBe("disabled"));
  it("are not added where nothing is injected", () => {
    expect(labels({}, namespace("foo"))).toEqual({ app: "a" });
    expect(labels({ containers: [{ name: "app" }, PROXY] })).toEqual({ app: "a" });
    expect(labels({}, namespace("foo", AMBIENT))).toEqual({ app: "a" });
  });
});

describe("the rest of a pod", () => {
  it("the containers that call: the default first, the proxy never", () => {
    const containers = [{ name: "one" }, PROXY, { name: "two" }];
    expect(only(deployment("foo/a", { containers })).containers).toEqual(["one", "two"]);
    const first = (name: string): readonly string[] =>
      only(deployment("foo/a", { containers, annotations: { "kubectl.kubernetes.io/default-container": name } }))
        .containers;
    expect(first("two")).toEqual(["two", "one"]);
    expect(first("istio-proxy")).toEqual(["one", "two"]);
    expect(first("none")).toEqual(["one", "two"]);
  });

  it("its service account, under either name", () => {
    const account = (spec: object): string | undefined =>
      only(pod("a", { spec: { containers: [{ name: "app" }], ...spec } })).pods[0]?.serviceAccount;
    expect(account({ serviceAccountName: "x" })).toBe("x");
    expect(account({ serviceAccount: "x" })).toBe("x");
    expect(account({})).toBe("default");
  });

  it("the containers that run as the proxy's user", () => {
    const users = (spec: object): readonly string[] | undefined =>
      only(pod("a", { spec })).pods[0]?.proxyUserContainers;
    const as = (runAsUser: number): object => ({ securityContext: { runAsUser } });
    expect(
      users({
        containers: [
          { name: "a", ...as(1337) },
          { name: "b", ...as(1000) },
        ],
      }),
    ).toEqual(["a"]);
    expect(users({ ...as(1337), containers: [{ name: "a" }, { name: "b", ...as(1000) }, PROXY] })).toEqual(["a"]);
  });

  it("its ports, those of a native sidecar among them", () => {
    const spec = {
      containers: [{ name: "a", ports: [{ containerPort: 1, name: "x" }] }],
      initContainers: [{ name: "b", ports: [{ containerPort: 2 }] }],
    };
    expect(only(pod("a", { spec })).pods[0]?.ports).toMatchObject([
      { containerPort: 1, name: "x" },
      { containerPort: 2 },
    ]);
  });

  it("the line that it stands on", () => {
    const found = workloadOf(
      mesh(
        FOO,
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: foo}\nspec:\n  template:\n    spec:\n      containers: []",
      ),
      "foo/a",
    );
    const { object: of, path } = found.pods[0]!;
    expect([of.at.file, of.at.lineOf([...path, "spec", "containers"])]).toEqual(["mesh.yaml", 9]);
  });
});
