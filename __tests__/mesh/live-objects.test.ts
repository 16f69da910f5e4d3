import { describe, expect, it } from "vitest";
import { readLiveObjects, unreadableProblems, type LiveObjects } from "../../src/mesh/live-objects.js";
import { connected, namespace, policy, type Connected } from "../cluster/connected.js";
import { answers, putIstio } from "../fixtures/kube-api/index.js";

/** What decides calls, read from a cluster. */

async function world(options: Parameters<typeof connected>[0] = {}): Promise<Connected> {
  const here = await connected(options);
  putIstio(here.api.store, { meshConfig: "rootNamespace: root\n" });
  for (const name of ["foo", "bar", "root"]) {
    here.api.store.put(namespace(name));
    here.api.store.put(policy(name));
  }
  return here;
}

const read = (here: Connected, namespaces: string[] = [], rootNamespace?: string): Promise<LiveObjects> =>
  readLiveObjects(here.kubernetes, { namespaces, rootNamespace }, here.signal);

/** `NAMESPACE/NAME` of all objects of a kind. */
function of(kind: string, { objects }: LiveObjects): string[] {
  return objects
    .filter(({ object }) => object.kind === kind)
    .map(({ object: { metadata } }) =>
      metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`,
    )
    .sort();
}

const POLICIES = /peerauthentications$/u;
const ALL_POLICIES = /v1\/peerauthentications$/u;

describe("a cluster that may be read", () => {
  it("gives the objects of all namespaces, with MeshConfig, and nothing of where they stand", async () => {
    await using here = await world();
    const found = await read(here);
    expect(of("PeerAuthentication", found)).toEqual(["bar/default", "foo/default", "root/default"]);
    expect(of("Namespace", found)).toEqual(expect.arrayContaining(["bar", "foo", "root"]));
    expect(of("ConfigMap", found)).toEqual(["istio-system/istio"]);
    expect(of("Service", found)).toEqual(["istio-system/istiod"]);
    expect(found.unreadable).toEqual([]);
    expect(found.objects.every(({ at }) => at.file === undefined)).toBe(true);
    expect(found.istio).toBe("1.31.2");
    expect(found.kubernetes).not.toBe("");
  });

  it("is asked for each kind once, and for nothing that decides no call", async () => {
    await using here = await world();
    await read(here, ["foo"]);
    expect(here.api.requestsOf("GET", POLICIES)).toHaveLength(1);
    expect(here.api.requestsOf("GET", /secrets|events/u)).toEqual([]);
  });

  it("has no MeshConfig and no version where there is no Istio", async () => {
    await using here = await connected();
    here.api.store.put(policy("foo"));
    const found = await read(here);
    expect(found.istio).toBeNull();
    expect(of("ConfigMap", found)).toEqual([]);
    expect(of("PeerAuthentication", found)).toEqual(["foo/default"]);
  });
});

describe("a kind that the cluster does not have", () => {
  it("is empty, and no reason to stop", async () => {
    await using here = await connected({ withoutGroups: ["security.istio.io", "networking.istio.io"] });
    putIstio(here.api.store);
    const found = await read(here, ["foo"]);
    expect(of("PeerAuthentication", found)).toEqual([]);
    expect(of("Service", found)).toEqual(["istio-system/istiod"]);
    expect(found.unreadable).toEqual([]);
  });
});

describe("a kind that the rights do not allow to list", () => {
  it("is named where there are no namespaces to look into", async () => {
    await using here = await world();
    here.api.faults.add({ path: POLICIES, ...answers.forbidden("peerauthentications") });
    const found = await read(here);
    expect(of("PeerAuthentication", found)).toEqual([]);
    expect(found.unreadable).toEqual([
      {
        kind: "PeerAuthentication",
        why: "the rights do not allow to list PeerAuthentication: what depends on it is unknown",
      },
    ]);
  });

  it("is looked for in the namespaces and the root namespace, one by one", async () => {
    await using here = await world();
    here.api.faults.add({ path: ALL_POLICIES, ...answers.forbidden("peerauthentications") });
    const found = await read(here, ["foo"]);
    expect(of("PeerAuthentication", found)).toEqual(["foo/default", "root/default"]);
    expect(found.unreadable).toEqual([]);
  });

  it("is looked for in the root namespace that the user gives", async () => {
    await using here = await world();
    here.api.faults.add({ path: ALL_POLICIES, ...answers.forbidden("peerauthentications") });
    expect(of("PeerAuthentication", await read(here, ["foo"], "bar"))).toEqual(["bar/default", "foo/default"]);
  });

  it("is named for the namespaces that it cannot be listed in", async () => {
    await using here = await world();
    here.api.faults.add({ path: ALL_POLICIES, ...answers.forbidden("peerauthentications") });
    here.api.faults.add({
      path: /namespaces\/foo\/peerauthentications$/u,
      ...answers.forbidden("peerauthentications"),
    });
    const found = await read(here, ["foo", "bar"]);
    expect(of("PeerAuthentication", found)).toEqual(["bar/default", "root/default"]);
    expect(found.unreadable).toMatchObject([{ kind: "PeerAuthentication", namespace: "foo" }]);
  });

  it("is not looked for in namespaces where it has none", async () => {
    await using here = await world();
    here.api.faults.add({ path: "/api/v1/namespaces", ...answers.forbidden("namespaces") });
    expect((await read(here, ["foo"])).unreadable).toMatchObject([{ kind: "Namespace" }]);
  });

  it("is the mesh's settings where the ConfigMap may not be read", async () => {
    await using here = await world();
    here.api.faults.add({ path: /configmaps\/istio$/u, ...answers.forbidden("configmaps") });
    const found = await read(here);
    expect(of("ConfigMap", found)).toEqual([]);
    expect(found.unreadable).toMatchObject([{ kind: "ConfigMap", namespace: "istio-system" }]);
  });
});

it("a cluster that fails ends it", async () => {
  await using here = await world();
  here.api.faults.add({ path: POLICIES, status: 400, body: {} });
  await expect(read(here)).rejects.toMatchObject({ name: "KubeError", status: 400 });
});

it("one that fails where Istio is looked for ends it by that alone", async () => {
  const unhandled: unknown[] = [];
  const note = (thrown: unknown): void => void unhandled.push(thrown);
  process.on("unhandledRejection", note);
  await using here = await world();
  here.api.faults.add({ path: /configmaps\/istio$/u, status: 400, body: {} });
  await expect(read(here)).rejects.toMatchObject({ name: "KubeError", status: 400 });
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

describe("what could not be read", () => {
  it("is one warning for all of it, with each kind and namespace once", () => {
    const [problem, ...others] = unreadableProblems({
      unreadable: [
        { kind: "Pod", namespace: "foo", why: "" },
        { kind: "Pod", namespace: "bar", why: "" },
        { kind: "Sidecar", namespace: "foo", why: "" },
      ],
    });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ severity: "warning", code: "unreadable" });
    expect(problem?.message).toBe("the rights do not allow to read Pod, Sidecar (in foo, bar)");
  });
  it("names no namespaces where it is everywhere", () => {
    const [problem] = unreadableProblems({ unreadable: [{ kind: "Pod", why: "" }] });
    expect(problem?.message).toBe("the rights do not allow to read Pod");
  });
  it("is no warning where there is nothing", () => expect(unreadableProblems({ unreadable: [] })).toEqual([]));
});
