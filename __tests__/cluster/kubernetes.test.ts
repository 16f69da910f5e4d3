import type { Server } from "node:net";
import { describe, expect, it } from "vitest";
import { KubeError, type KubeObject } from "../../src/ports.js";
import { refOf } from "../../src/cluster/ref.js";
import { answers, type Fault } from "../fixtures/kube-api/index.js";
import { connected, namespace, policy } from "./connected.js";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
const configMap = (name: string, more: object = {}): KubeObject => ({
  ...CONFIG_MAP,
  metadata: { name, namespace: "foo" },
  ...more,
});
const ref = (name: string): Parameters<Awaited<ReturnType<typeof connected>>["kubernetes"]["get"]>[0] => ({
  ...CONFIG_MAP,
  namespace: "foo",
  name,
});

async function error(work: Promise<unknown>): Promise<KubeError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(KubeError);
  return thrown as KubeError;
}

describe("get", () => {
  it("gives an object with nothing dropped, and nothing for one that is not there", async () => {
    await using here = await connected();
    here.api.store.put({ ...configMap("a"), data: { x: "1" }, anything: { else: [1] } });
    expect(await here.kubernetes.get(ref("a"), here.signal)).toMatchObject({
      data: { x: "1" },
      anything: { else: [1] },
    });
    expect(await here.kubernetes.get(ref("none"), here.signal)).toBeUndefined();
  });

  it("gives nothing for a kind or a group that the server has not", async () => {
    await using here = await connected({ withoutGroups: ["security.istio.io"] });
    const unknown = { apiVersion: "v1", kind: "Thing", name: "a", namespace: "foo" };
    expect(await here.kubernetes.get(unknown, here.signal)).toBeUndefined();
    expect(
      await here.kubernetes.get({ ...policy("foo"), name: "default", namespace: "foo" }, here.signal),
    ).toBeUndefined();
    expect(await here.kubernetes.get({ ...unknown, apiVersion: "example.com/v1" }, here.signal)).toBeUndefined();
  });
});

describe("list", () => {
  it("gives all pages, of one namespace or all, each object with its kind", async () => {
    await using here = await connected();
    for (let index = 0; index < 1_101; index += 1) here.api.store.put(configMap(`c-${index}`));
    here.api.store.put({ ...CONFIG_MAP, metadata: { name: "other", namespace: "bar" } });
    const found = await here.kubernetes.list({ ...CONFIG_MAP, namespace: "foo" }, here.signal);
    expect(found).toHaveLength(1_101);
    expect(new Set(found.map(({ metadata }) => metadata.name)).size).toBe(1_101);
    expect(found[0]).toMatchObject(CONFIG_MAP);
    expect(here.api.requestsOf("GET", /configmaps$/u).map(({ query }) => query.get("limit"))).toEqual([
      "500",
      "500",
      "500",
    ]);
    expect(await here.kubernetes.list(CONFIG_MAP, here.signal)).toHaveLength(1_102);
  });

  it("takes selectors of labels and fields", async () => {
    await using here = await connected();
    for (const name of ["a", "b", "c"])
      here.api.store.put({
        ...CONFIG_MAP,
        metadata: { name, namespace: "foo", labels: name === "c" ? {} : { x: "1" } },
      });
    const names = async (what: object): Promise<string[]> =>
      (await here.kubernetes.list({ ...CONFIG_MAP, ...what }, here.signal)).map(({ metadata }) => metadata.name);
    expect(await names({ labels: "x=1" })).toEqual(["a", "b"]);
    expect(await names({ labels: "x=1", fields: "metadata.name=b" })).toEqual(["b"]);
  });

  it("is empty where there is nothing, and fails where the kind is not known", async () => {
    await using here = await connected();
    expect(await here.kubernetes.list({ ...CONFIG_MAP, namespace: "nowhere" }, here.signal)).toEqual([]);
    expect((await error(here.kubernetes.list({ apiVersion: "v1", kind: "Thing" }, here.signal))).status).toBe(404);
  });

  it("starts anew when the place in the list has expired", async () => {
    await using here = await connected();
    for (let index = 0; index < 600; index += 1) here.api.store.put(configMap(`c-${index}`));
    const gone = {
      status: 410,
      body: { kind: "Status", reason: "Expired", message: "The provided continue parameter is too old", code: 410 },
    };
    here.api.faults.add({ when: ({ query }) => query.has("continue"), times: 1, ...gone });
    expect(await here.kubernetes.list({ ...CONFIG_MAP, namespace: "foo" }, here.signal)).toHaveLength(600);
  });

  it("finds kinds that it does not know by one discovery a group", async () => {
    await using here = await connected();
    const kind = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" };
    await Promise.all([
      here.kubernetes.list(kind, here.signal),
      here.kubernetes.list({ ...kind, namespace: "foo" }, here.signal),
    ]);
    await here.kubernetes.list({ ...kind, kind: "RoleBinding" }, here.signal);
    const group = "/apis/rbac.authorization.k8s.io/v1";
    expect(here.api.requests.filter(({ method, path }) => method === "GET" && path === group)).toHaveLength(1);
    expect(here.api.requests.map(({ path }) => path)).toContain(`${group}/namespaces/foo/roles`);
  });

  it("asks again for a discovery that failed", async () => {
    await using here = await connected();
    const kind = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" };
    here.api.faults.add({ path: "/apis/rbac.authorization.k8s.io/v1", times: 1, ...answers.etcdTimeout() });
    await error(here.kubernetes.list(kind, here.signal));
    expect(await here.kubernetes.list(kind, here.signal)).toEqual([]);
  });
});

describe("writing", () => {
  it("applies with strict validation, as mtls-gate and without force", async () => {
    await using here = await connected();
    here.api.store.put(namespace("foo"));
    await here.kubernetes.apply(policy("foo") as KubeObject, { dryRun: false }, here.signal);
    const [request] = here.api.requestsOf("PATCH", /peerauthentications\/default$/u);
    expect(Object.fromEntries(request!.query)).toEqual({ fieldManager: "mtls-gate", fieldValidation: "Strict" });
    expect(request!.headers["content-type"]).toBe("application/apply-patch+yaml");
    expect(here.api.store.get({ ...policy("foo"), name: "default", namespace: "foo" })).toBeDefined();
  });

  it("changes nothing in a dry run", async () => {
    await using here = await connected();
    here.api.store.put(namespace("foo"));
    await here.kubernetes.apply(policy("foo") as KubeObject, { dryRun: true }, here.signal);
    expect(here.api.requests.at(-1)!.query.get("dryRun")).toBe("All");
    expect(here.api.store.get({ ...policy("foo"), name: "default", namespace: "foo" })).toBeUndefined();
  });

  it.each(["create", "replace"] as const)("validates strictly in %s", async (verb) => {
    await using here = await connected();
    here.api.store.put(namespace("foo"));
    await here.kubernetes.create(policy("foo") as KubeObject, here.signal);
    const there = (await here.kubernetes.get(refOf(policy("foo") as KubeObject), here.signal))!;
    const wrong = {
      ...there,
      metadata: { ...there.metadata, ...(verb === "create" ? { name: "other" } : {}) },
      spec: { mtsl: {} },
    };
    if (verb === "create") delete wrong.metadata.resourceVersion;
    const refused = await error(here.kubernetes[verb](wrong, here.signal));
    expect(refused.message).toContain("mtsl");
    expect(refused.status).toBe(400);
  });

  it("creates what is not there, and conflicts with what is", async () => {
    await using here = await connected();
    here.api.store.put(namespace("foo"));
    expect((await here.kubernetes.create(configMap("a"), here.signal)).metadata.uid).toBeDefined();
    expect(await error(here.kubernetes.create(configMap("a"), here.signal))).toMatchObject({
      status: 409,
      reason: "AlreadyExists",
    });
  });

  it("replaces only what has not changed meanwhile", async () => {
    await using here = await connected();
    const old = here.api.store.put(configMap("a"));
    here.api.store.update(ref("a"), (one) => (one["data"] = { x: "1" }));
    expect(await error(here.kubernetes.replace(old, here.signal))).toMatchObject({ status: 409, reason: "Conflict" });
  });

  it("patches by operations", async () => {
    await using here = await connected();
    here.api.store.put({ ...configMap("a"), data: { x: "1" } });
    const patched = await here.kubernetes.patch(
      ref("a"),
      [{ op: "replace", path: "/data/x", value: "2" }],
      here.signal,
    );
    expect(patched["data"]).toEqual({ x: "2" });
    expect(here.api.requests.at(-1)!.headers["content-type"]).toBe("application/json-patch+json");
  });

  it("deletes in the background, only the object that is meant, and does not mind that it is gone", async () => {
    await using here = await connected();
    const object = here.api.store.put(configMap("a"));
    expect(await error(here.kubernetes.delete(ref("a"), { uid: "another" }, here.signal))).toMatchObject({
      status: 409,
    });
    await here.kubernetes.delete(ref("a"), { uid: object.metadata.uid! }, here.signal);
    expect(here.api.requests.at(-1)!.body).toMatchObject({
      propagationPolicy: "Background",
      preconditions: { uid: object.metadata.uid },
    });
    await here.kubernetes.delete(ref("a"), {}, here.signal);
    expect(here.api.store.get(ref("a"))).toBeUndefined();
  });
});

describe("trouble", () => {
  const get = /configmaps\/a$/u;
  it.each<[string, Partial<Fault>, number[]]>([
    ["throttling, as long as the server says", answers.tooManyRequests(3), [3000]],
    ["throttling, not for longer than ten seconds", answers.tooManyRequests(60), [200]],
    ["an overloaded server", answers.unavailable(), [200]],
    ["a proxy's timeout", { status: 504, body: "" }, [200]],
    ["a connection that is cut", { destroy: "before-headers" }, [200]],
    ["an answer that is cut", { destroy: "after-headers" }, [200]],
    ["an answer that is cut in the middle", { truncate: 10 }, [200]],
  ])("is outlived: %s", async (_, fault, sleeps) => {
    await using here = await connected();
    here.api.store.put(configMap("a"));
    here.api.faults.add({ path: get, times: 1, ...fault });
    expect(await here.kubernetes.get(ref("a"), here.signal)).toBeDefined();
    expect(here.clock.sleeps).toEqual(sleeps);
  });

  it("is told when it stays, after five attempts with longer and longer pauses", async () => {
    await using here = await connected();
    here.api.faults.add({ path: get, ...answers.unavailable() });
    expect(await error(here.kubernetes.get(ref("a"), here.signal))).toMatchObject({
      status: 503,
      reason: "ServiceUnavailable",
      message: "the server is currently unable to handle the request",
    });
    expect(here.api.requests).toHaveLength(5);
    expect(here.clock.sleeps).toEqual([200, 400, 800, 1600]);
  });

  it("of another kind is told at once", async () => {
    await using here = await connected();
    for (const fault of [
      answers.unauthorized(),
      answers.forbidden("configmaps"),
      answers.etcdTimeout(),
      { status: 502, body: "<html>" },
    ]) {
      here.api.requests.length = 0;
      here.api.faults.clear();
      here.api.faults.add({ path: get, ...fault });
      expect((await error(here.kubernetes.get(ref("a"), here.signal))).status).toBe(fault.status);
      expect(here.api.requests).toHaveLength(1);
    }
  });

  it("is told in the words of what answered, when that is no API server", async () => {
    await using here = await connected();
    here.api.faults.add({ path: get, status: 502, body: `<html>${"x".repeat(999)}` });
    const { message } = await error(here.kubernetes.get(ref("a"), here.signal));
    expect(message).toMatch(/^HTTP 502: <html>x+$/u);
    expect(message.length).toBeLessThan(320);
    here.api.faults.clear();
    here.api.faults.add({ path: get, status: 200, body: "<html>log in</html>" });
    expect(await error(here.kubernetes.get(ref("a"), here.signal))).toMatchObject({ status: 0, reason: "BadAnswer" });
  });

  it("does not make a write happen twice", async () => {
    await using here = await connected();
    here.api.store.put(namespace("foo"));
    here.api.faults.add({ method: "POST", times: 1, destroy: "after-handling" });
    expect((await error(here.kubernetes.create(configMap("a"), here.signal))).status).toBe(0);
    expect(here.api.requestsOf("POST", /configmaps/u)).toHaveLength(1);
    here.api.faults.add({ method: "POST", times: 1, ...answers.unavailable() });
    expect((await error(here.kubernetes.create(configMap("b"), here.signal))).status).toBe(503);
  });

  it("of throttling is outlived by every write, since nothing was done", async () => {
    await using here = await connected();
    here.api.store.put(namespace("foo"));
    here.api.faults.add({ method: "POST", times: 1, ...answers.tooManyRequests(1) });
    expect((await here.kubernetes.create(configMap("a"), here.signal)).metadata.name).toBe("a");
  });

  it("is no hindrance to deleting what went with the answer that was lost", async () => {
    await using here = await connected();
    const { metadata } = here.api.store.put(configMap("a"));
    here.api.faults.add({ method: "DELETE", times: 1, destroy: "after-handling" });
    await here.kubernetes.delete(ref("a"), { uid: metadata.uid! }, here.signal);
    expect(here.api.requestsOf("DELETE", get)).toHaveLength(2);
  });

  it("is called what it is where nothing answers", async () => {
    const here = await connected();
    const { url } = here.api;
    await here.api.close();
    const { status, reason, message } = await error(here.kubernetes.version(here.signal));
    expect([status, reason]).toEqual([0, "Unreachable"]);
    expect(message).toContain(`${url} does not answer: `);
    expect(message).toMatch(/ECONNREFUSED/u);
  });
});

describe("an abort", () => {
  it("ends a request that is under way, with its reason", async () => {
    await using here = await connected();
    here.api.faults.add({ delayMs: 10_000 });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(here.kubernetes.get(ref("a"), stop.signal)).rejects.toThrow("enough");
  });

  it("ends the waiting for another attempt", async () => {
    await using here = await connected();
    here.api.faults.add({ ...answers.unavailable() });
    const stop = new AbortController();
    const sleep = here.clock.sleep.bind(here.clock);
    here.clock.sleep = async (ms, signal) => {
      stop.abort(new Error("enough"));
      await sleep(ms, signal);
    };
    await expect(here.kubernetes.get(ref("a"), stop.signal)).rejects.toThrow("enough");
    expect(here.api.requests).toHaveLength(1);
  });

  it("before it begins sends nothing", async () => {
    await using here = await connected();
    await expect(here.kubernetes.version(AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    expect(here.api.requests).toEqual([]);
  });
});

describe("the rest", () => {
  it("tells version, server and context", async () => {
    await using here = await connected({ version: "v1.30.1", context: "mine" });
    expect(await here.kubernetes.version(here.signal)).toBe("v1.30.1");
    expect([here.kubernetes.context, here.kubernetes.server]).toEqual(["mine", here.api.url]);
    here.api.faults.add({ path: "/version", status: 200, body: {} });
    expect(await here.kubernetes.version(here.signal)).toBe("unknown");
  });

  it("reads the last lines of a log", async () => {
    await using here = await connected();
    here.api.store.put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "foo" },
      spec: { containers: [{ name: "c" }] },
    });
    const target = { namespace: "foo", pod: "p", container: "c" };
    here.api.logs.set(target, "1\n2\n3\n");
    here.api.logs.set({ ...target, previous: true }, "old\n");
    expect(await here.kubernetes.logs(target, { tail: 2 }, here.signal)).toBe("2\n3\n");
    expect(await here.kubernetes.logs(target, { tail: 2, previous: true }, here.signal)).toBe("old\n");
  });

  it("asks for the rules of a namespace", async () => {
    await using here = await connected();
    const rules = [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }];
    here.api.access.set("foo", rules);
    here.api.access.incomplete = true;
    expect(await here.kubernetes.rules("foo", here.signal)).toEqual({ rules, incomplete: true });
    here.api.access.incomplete = false;
    expect(await here.kubernetes.rules("bar", here.signal)).toEqual({ rules: [], incomplete: false });
  });

  it("keeps its connections: twenty requests, one after the other, need no more than two", async () => {
    await using here = await connected();
    let opened = 0;
    (here.api as unknown as { server: Server }).server.on("secureConnection", () => (opened += 1));
    for (let index = 0; index < 20; index += 1) await here.kubernetes.get(ref("a"), here.signal);
    expect(opened).toBeLessThanOrEqual(2);
  });

  it("spells names so that none leads elsewhere", async () => {
    await using here = await connected();
    await here.kubernetes.get({ ...CONFIG_MAP, namespace: "a/../b", name: "x?y" }, here.signal);
    expect(here.api.requests[0]!.path).toBe("/api/v1/namespaces/a%2F..%2Fb/configmaps/x%3Fy");
  });
});
