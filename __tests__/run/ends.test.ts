import { describe, expect, it } from "vitest";
import { clock } from "../../src/entry/world.js";
import type { Clock, KubeObject } from "../../src/ports.js";
import type { Report } from "../../src/report/document.js";
import { answers } from "../fixtures/kube-api/index.js";
import { MeshWorld } from "./world.js";

/** How runs end that do not go well: their exit code, what they say, and that they leave the cluster as it was. */

const STRICT_FOO = { mode: "strict-namespace", namespaces: "foo" };
const codes = ({ problems }: Report): string[] => problems.map(({ code }) => code);
const RUN = "mtls-gate.dev/run";

describe("a stream", () => {
  it("that is cut once is opened again: a pass in two attempts", async () => {
    await using world = await MeshWorld.start();
    const sleep = /foo\/pods\/sleep.*\/exec/u;
    world.api.faults.add({ path: sleep, times: 1, exec: { cutAfterStdoutBytes: 100 } });
    const { report, exit } = await world.run(STRICT_FOO);
    expect(exit).toBe(0);
    const attempts = report.phases.map(({ calls }) => calls.map(({ observed }) => observed?.attempts));
    expect(attempts).toEqual([
      [2, 1],
      [1, 1],
    ]);
  });

  it.each([
    ["is cut always", { exec: { cutAfterStdoutBytes: 40 } }],
    ["is cut before its status", { exec: { withoutStatus: "cut" as const, cutAfterStdoutBytes: 60 } }],
    ["is refused", { ...answers.unavailable() }],
  ])("that %s is an error, never a refused call", async (_, fault) => {
    await using world = await MeshWorld.start();
    world.api.faults.add({ path: /legacy\/pods\/.*\/exec/u, ...fault });
    const { report, exit } = await world.run(STRICT_FOO, {}, { settleTimeout: 2_000 });
    expect(exit).toBe(3);
    const legacy = report.phases.map(({ calls }) => calls[1]!);
    for (const { verdict, cause, observed } of legacy)
      expect([verdict, cause, observed]).toEqual(["error", "probe", null]);
    expect(codes(report)).toContain("no-result");
    expect(world.leftOvers()).toEqual([]);
  });

  it("that loses its status after the sentinel still counts", async () => {
    await using world = await MeshWorld.start();
    world.api.faults.add({ path: /legacy\/pods\/.*\/exec/u, exec: { withoutStatus: "close" } });
    const { report } = await world.run(STRICT_FOO, {}, { settleTimeout: 2_000 });
    expect(report.phases[1]!.calls[1]!.observed?.code).toBe("000");
  });
});

describe("a client", () => {
  it("without curl has no result, with the reason", async () => {
    await using world = await MeshWorld.start();
    world.intercept = ({ namespace }, [program, , script = "", name, nonce], _stdin, out) => {
      if (namespace !== "legacy" || program !== "sh") return undefined;
      expect([script.includes("curl -V"), name]).toEqual([true, "mtls-gate"]);
      out.stdout.write(`{"hello":"${nonce}","curl":null,"scratch":false}\n{"end":"${nonce}"}\n`);
      return 0;
    };
    const { report, exit } = await world.run(STRICT_FOO);
    expect(exit).toBe(3);
    expect(report.problems.map(({ message }) => message)).toContain(
      "phase control: a call has no result: the container has no curl",
    );
    expect(world.leftOvers()).toEqual([]);
  });

  it("without a shell has no result, with the reason, and is asked once a round", async () => {
    await using bare = await MeshWorld.start({ local: { path: "/nowhere" } });
    const { report, exit } = await bare.run(STRICT_FOO);
    expect(exit).toBe(3);
    expect(report.counts).toMatchObject({ error: 4 });
    expect(report.problems[0]?.message).toMatch(/no result: .*"sh": executable file not found/u);
    expect(bare.streams()).toBe(report.phases.reduce((sum, { rounds }) => sum + 2 * rounds, 0));
  });

  it("whose pod is hostile cannot forge a result", async () => {
    await using world = await MeshWorld.start();
    world.intercept = ({ namespace }, [program], _stdin, out) => {
      if (namespace !== "legacy" || program !== "sh") return undefined;
      for (const id of ["0", "0e"]) out.stdout.write(`{"id":"${id}","nonce":"","code":"000","exit":56,"seconds":0}\n`);
      out.stdout.write('{"end":""}\n{"id":"0","code":"000","exit":56}\n');
      return 0;
    };
    const { report, exit } = await world.run(STRICT_FOO);
    expect(exit).toBe(3);
    expect(report.phases.map(({ calls }) => calls[1]?.verdict)).toEqual(["error", "error"]);
  });
});

describe("a run that is stopped", () => {
  it("within a phase cleans up, says so, and keeps what it has found", async () => {
    await using world = await MeshWorld.start();
    const stop = new AbortController();
    world.holding = false;
    const running = world.run(STRICT_FOO, { signal: stop.signal });
    await world.until("phase strict-namespace");
    while (world.policy("foo") === undefined) await clock.sleep(5);
    stop.abort(new Error("SIGTERM came"));
    const { report, exit } = await running;
    expect(exit).toBe(3);
    expect(codes(report)).toEqual(["stopped", "calls-missing"]);
    expect(report.problems[0]?.message).toContain("SIGTERM came");
    expect(report.phases.map(({ name }) => name)).toEqual(["control"]);
    expect(world.leftOvers()).toEqual([]);
    expect(world.policy("foo")).toBeUndefined();
  });

  it("before it begins touches nothing", async () => {
    await using world = await MeshWorld.start();
    const { report, exit } = await world.run(STRICT_FOO, { signal: AbortSignal.abort(new Error("too late")) });
    expect(exit).toBe(3);
    expect(codes(report)).toEqual(["stopped"]);
    expect(world.api.requests).toEqual([]);
  });
});

describe("a run that takes too long", () => {
  it("says so, from within the roll-out", async () => {
    await using world = await MeshWorld.start({ api: { controllers: { readyAfterMs: 60_000 } } });
    const { report, exit } = await world.run(STRICT_FOO, {}, { timeout: 600 });
    expect(exit).toBe(3);
    expect(codes(report)).toEqual(["timeout"]);
    expect(report.problems[0]?.message).toBe("the run took longer than its timeout of 0.6 s");
    expect(world.leftOvers()).toEqual([]);
  });

  it("says so, from within a phase", async () => {
    await using world = await MeshWorld.start();
    world.holding = false;
    const { report, exit } = await world.run(STRICT_FOO, {}, { timeout: 3_000 });
    expect(exit).toBe(3);
    expect(codes(report)).toEqual(["timeout", "calls-missing"]);
    expect(world.leftOvers()).toEqual([]);
  });

  it("gives the roll-out a time of its own, and tells why pods are not ready", async () => {
    await using world = await MeshWorld.start();
    world.api.controllers.behave({ namespace: "foo", name: "httpbin", waiting: "ImagePullBackOff" });
    const { report, exit } = await world.run(STRICT_FOO, {}, { rolloutTimeout: 300 });
    expect(exit).toBe(3);
    expect(codes(report)).toEqual(["rollout", "rollout"]);
    expect(report.problems[0]).toMatchObject({ where: { kind: "Deployment", namespace: "foo", name: "httpbin" } });
    expect(report.problems[0]?.message).toMatch(/0 of 1 pods are ready, after 0 s\n.*ImagePullBackOff/u);
    expect(report.problems[1]).toMatchObject({ where: { kind: "Service", name: "httpbin" } });
    expect(world.leftOvers()).toEqual([]);
  });
});

/** A clock whose heartbeats do not take ten seconds. */
const hasty: Clock = { ...clock, sleep: async (ms, signal) => clock.sleep(ms >= 10_000 ? 20 : ms, signal) };

describe("a lease", () => {
  it("that another takes over ends the run within a phase", async () => {
    await using world = await MeshWorld.start();
    world.holding = false;
    const running = world.run(STRICT_FOO, { clock: hasty });
    await world.until("phase strict-namespace");
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: "legacy", name: "mtls-gate" };
    world.api.store.update(lease, ({ metadata }) => {
      metadata.labels = { [RUN]: "r-thief" };
    });
    const { report, exit } = await running;
    expect(exit).toBe(3);
    expect(codes(report)).toEqual(["lease-lost", "calls-missing"]);
    expect(report.problems[0]?.message).toContain("legacy/mtls-gate was taken away");
    // What the other run took is not ours to remove, but its namespace is ours and goes.
    expect(world.policy("foo")).toBeUndefined();
  });

  it("is renewed while the run goes on", async () => {
    await using world = await MeshWorld.start();
    const { exit } = await world.run(STRICT_FOO, { clock: hasty });
    expect(exit).toBe(0);
    expect(world.api.requestsOf("PUT", /\/leases\//u).length).toBeGreaterThan(2);
  });
});

describe("what is there already", () => {
  const strictest = {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: {
      name: "default",
      namespace: "foo",
      labels: { team: "a" },
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
      creationTimestamp: "2020-01-01T00:00:00Z",
    },
    spec: { mtls: { mode: "PERMISSIVE" } },
  };
  const foo = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "foo", labels: { "istio-injection": "enabled" } },
  };
  const comparable = (object: KubeObject | undefined): object => {
    const copy = structuredClone(object)!;
    delete copy.metadata.resourceVersion;
    delete copy.metadata["generation"];
    return copy;
  };

  it("is never replaced silently: all of it is named", async () => {
    await using world = await MeshWorld.start();
    world.api.store.put(foo);
    world.api.store.put(strictest);
    await clock.sleep(30);
    world.api.store.put({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "httpbin", namespace: "foo" },
      spec: {},
    });
    const before = world.api.store.everything().length;
    const { report, exit } = await world.run(STRICT_FOO);
    expect(exit).toBe(2);
    expect(report.problems.map(({ code, where }) => `${code} ${JSON.stringify(where)}`).sort()).toEqual([
      'exists {"kind":"PeerAuthentication","name":"default","namespace":"foo"}',
      'exists {"kind":"Service","name":"httpbin","namespace":"foo"}',
    ]);
    expect(world.api.store.everything()).toHaveLength(before);
    expect(world.ledgers).toEqual([]);
  });

  it("is changed in place when that is allowed, and put back as it was", async () => {
    await using world = await MeshWorld.start();
    world.api.store.put(foo);
    world.api.store.put(strictest, "somebody");
    const before = comparable(world.policy("foo"));
    let during: KubeObject | undefined;
    world.behave = () => {
      if (world.strict("foo")) during ??= world.policy("foo");
      return undefined;
    };
    const { report, exit } = await world.run({ ...STRICT_FOO, "allow-replace": "true" });
    expect(report.problems).toEqual([]);
    expect(exit).toBe(0);
    expect(comparable(world.policy("foo"))).toEqual(before);
    expect(world.api.requestsOf("DELETE", /peerauthentications/u)).toEqual([]);
    expect(JSON.parse(during?.metadata.annotations?.["mtls-gate.dev/original"] ?? "")).toMatchObject({
      labels: { team: "a" },
      spec: { mtls: { mode: "PERMISSIVE" } },
    });
    expect(world.api.store.get({ apiVersion: "v1", kind: "Namespace", name: "foo" })).toBeDefined();
    expect(world.leftOvers()).toEqual([]);
  });

  it("is put back though the API server fails for a moment", async () => {
    await using world = await MeshWorld.start();
    world.api.store.put(foo);
    world.api.store.put(strictest, "somebody");
    const before = comparable(world.policy("foo"));
    const restoring = ({ body }: { body: unknown }): boolean =>
      (body as KubeObject).metadata.annotations?.["mtls-gate.dev/original"] === undefined;
    world.api.faults.add({
      method: "PUT",
      path: /peerauthentications/u,
      when: restoring,
      times: 1,
      ...answers.unavailable(),
    });
    world.api.faults.add({
      method: "PUT",
      path: /peerauthentications/u,
      when: restoring,
      times: 1,
      destroy: "after-handling",
    });
    const { report } = await world.run({ ...STRICT_FOO, "allow-replace": "true" });
    expect(report.problems).toEqual([]);
    expect(comparable(world.policy("foo"))).toEqual(before);
  });

  it.each([
    ["has ended and left it all", null],
    ["was killed", "2020-01-01T00:00:00.000000Z"],
  ])("is put back by the next run after one that %s", async (_, renewed) => {
    await using world = await MeshWorld.start();
    world.api.store.put(foo);
    world.api.store.put(strictest, "somebody");
    const before = comparable(world.policy("foo"));
    await world.run({ ...STRICT_FOO, "allow-replace": "true", cleanup: "never" }, { runId: "r-before" });
    expect(world.log.join("\n")).toContain("the next run on these namespaces removes it");
    expect(world.policy("foo")?.metadata.labels).toMatchObject({ [RUN]: "r-before" });
    for (const lease of world.api.store.list({ apiVersion: "coordination.k8s.io/v1", kind: "Lease" })) {
      if (renewed === null) continue;
      world.api.store.update({ ...lease, ...lease.metadata }, (one) => {
        (one["spec"] as Record<string, unknown>)["renewTime"] = renewed;
      });
    }
    const { report, exit } = await world.run({ mode: "permissive", namespaces: "foo" });
    expect(report.problems).toEqual([]);
    expect(exit).toBe(0);
    expect(world.log.join("\n")).toContain("sweeping what the run r-before left");
    expect(comparable(world.policy("foo"))).toEqual(before);
    expect(world.leftOvers()).toEqual([]);
  });

  it("of other workloads is not made STRICT unless that is meant, and their namespaces are named", async () => {
    await using world = await MeshWorld.start();
    for (const namespace of ["shop", "billing"]) {
      const labels = { "security.istio.io/tlsMode": "istio" };
      world.api.store.put({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "web", namespace, labels },
        spec: {},
      });
    }
    const { report, exit } = await world.run({ mode: "strict-mesh", namespaces: "foo" }, {}, { allowMeshWide: false });
    expect(exit).toBe(2);
    expect(codes(report)).toEqual(["mesh-wide"]);
    expect(report.problems[0]?.message).toContain("also those of billing, shop");
  });
});

describe("clean-up", () => {
  it.each([
    ["never", true, true],
    ["on-success", true, false],
    ["on-success", false, true],
    ["always", false, false],
  ])("%s, after a run that passed: %s, leaves things: %s", async (cleanup, passes, leaves) => {
    await using world = await MeshWorld.start();
    if (!passes) world.behave = (from) => (from === "legacy" ? "answer" : undefined);
    const { exit } = await world.run({ ...STRICT_FOO, cleanup });
    expect(exit).toBe(passes ? 0 : 1);
    expect(world.leftOvers().length > 0).toBe(leaves);
  });

  it("that cannot remove all tells what is left, and the run is no pass", async () => {
    await using world = await MeshWorld.start();
    world.api.faults.add({
      method: "DELETE",
      path: /peerauthentications/u,
      ...answers.forbidden("peerauthentications"),
    });
    const { report, exit } = await world.run(STRICT_FOO);
    expect(exit).toBe(3);
    expect(report.problems).toMatchObject([
      { code: "left-over", where: { kind: "PeerAuthentication", namespace: "foo", name: "default" } },
    ]);
  });

  it("is remembered before anything is created", async () => {
    await using world = await MeshWorld.start();
    let writes = -1;
    await world.run(STRICT_FOO, {
      remember: () => {
        writes = world.api.requests.filter(
          ({ method, path }) => method !== "GET" && !path.endsWith("rulesreviews"),
        ).length;
      },
    });
    expect(writes).toBe(0);
  });

  it("is done when the cluster fails in the middle", async () => {
    await using world = await MeshWorld.start();
    world.api.faults.add({
      method: "PATCH",
      path: /peerauthentications/u,
      when: ({ query }) => !query.has("dryRun"),
      ...answers.etcdTimeout(),
    });
    const { report, exit } = await world.run(STRICT_FOO);
    expect(exit).toBe(3);
    expect(codes(report)).toEqual(["apply", "calls-missing"]);
    expect(report.phases.map(({ name }) => name)).toEqual(["control"]);
    expect(world.leftOvers()).toEqual([]);
  });
});

describe("a cluster that is not fit", () => {
  it("is told of: no Istio", async () => {
    await using world = await MeshWorld.start();
    world.api.store.remove({ apiVersion: "apps/v1", kind: "Deployment", namespace: "istio-system", name: "istiod" });
    const { report, exit } = await world.run(STRICT_FOO);
    expect([exit, codes(report)]).toEqual([2, ["no-istio"]]);
  });

  it("is told of: no API server", async () => {
    await using world = await MeshWorld.start();
    const { kubeconfigPath: kubeconfig } = world.api;
    world.api.faults.add({ destroy: "before-headers" });
    const { report, exit } = await world.run(
      { ...STRICT_FOO, kubeconfig },
      { clock: { ...clock, sleep: () => Promise.resolve() } },
    );
    expect([exit, codes(report)]).toEqual([3, ["unreachable"]]);
  });

  it("is told of: credentials that are refused", async () => {
    await using world = await MeshWorld.start();
    world.api.faults.add({ ...answers.unauthorized() });
    const { report, exit } = await world.run(STRICT_FOO);
    expect([exit, codes(report)]).toEqual([2, ["credentials"]]);
  });

  it("is told of: no such kubeconfig or context", async () => {
    await using world = await MeshWorld.start();
    const no = await world.run({ ...STRICT_FOO, kubeconfig: "/nowhere/config" });
    expect([no.exit, codes(no.report)]).toEqual([2, ["kubeconfig"]]);
    const other = await world.run({ ...STRICT_FOO, context: "other" });
    expect([other.exit, other.report.problems[0]?.hint]).toEqual([2, "its contexts are: fixture"]);
  });
});
