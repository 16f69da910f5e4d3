import { describe, expect, it } from "vitest";
import type { Report } from "../../src/report/document.js";
import { inhabited, MeshWorld } from "./world.js";

/** Each mode from start to end, on a mesh that is played: what it finds, and that it leaves the cluster as it was. */

const cells = (report: Report, phase: string): string[] =>
  report.phases
    .find(({ name }) => name === phase)!
    .calls.map(
      ({ from, to, observed }) =>
        `${from.namespace}>${to.namespace ?? ""} ${observed?.code ?? "-"} ${observed?.transport ?? "-"}`,
    );

const MESHED = ["foo>foo", "foo>bar", "bar>foo", "bar>bar"].map((pair) => `${pair} 200 mtls`);

describe("mode migration", () => {
  it("passes with eighteen calls in three phases, and leaves the cluster as it was", async () => {
    await using world = await MeshWorld.start();
    const before = world.api.store.everything().length;
    const { report, exit } = await world.run();
    expect(report.problems).toEqual([]);
    expect({ exit, verdict: report.verdict, counts: report.counts }).toEqual({
      exit: 0,
      verdict: "pass",
      counts: { calls: 18, pass: 18, mismatch: 0, unproven: 0, error: 0 },
    });
    expect(
      report.phases.map(({ name, control, applied }) => [
        name,
        control,
        applied.map((one) => `${one.namespace}/${one.name}`),
      ]),
    ).toEqual([
      ["permissive", false, []],
      ["strict-namespace", false, ["foo/default"]],
      ["strict-mesh", false, ["istio-system/default"]],
    ]);
    expect(cells(report, "permissive")).toEqual([...MESHED, "legacy>foo 200 plaintext", "legacy>bar 200 plaintext"]);
    expect(cells(report, "strict-namespace")).toEqual([...MESHED, "legacy>foo 000 -", "legacy>bar 200 plaintext"]);
    expect(cells(report, "strict-mesh")).toEqual([...MESHED, "legacy>foo 000 -", "legacy>bar 000 -"]);
    expect(report.mesh).toMatchObject({
      source: "cluster",
      rootNamespace: "istio-system",
      istio: "1.31.2",
      kubernetes: "v1.36.3",
    });
    for (const { rounds, settledMs } of report.phases) {
      expect(rounds).toBe(3);
      expect(settledMs).toBeGreaterThanOrEqual(0);
    }
    expect(world.streams()).toBe(3 * 3 * 3);
    expect(world.leftOvers()).toEqual([]);
    expect(world.api.store.everything()).toHaveLength(before);
  });

  it("finds a namespace that lets plaintext in although it is made STRICT", async () => {
    await using world = await MeshWorld.start();
    world.behave = (from) => (from === "legacy" ? "answer" : undefined);
    const { report, exit } = await world.run({ namespaces: "foo" });
    expect(exit).toBe(1);
    expect(report.counts).toMatchObject({ calls: 6, mismatch: 2, pass: 4 });
    expect(report.phases[1]!.calls[1]).toMatchObject({
      verdict: "mismatch",
      cause: "mesh",
      predicted: { code: "000", exit: 56 },
      observed: { code: "200" },
    });
    expect(world.leftOvers()).toEqual([]);
  });

  it("cannot tell when the proxies never hold the policy", async () => {
    await using world = await MeshWorld.start();
    world.holding = false;
    const { report, exit } = await world.run({ namespaces: "foo" }, {}, { settleTimeout: 2000 });
    expect(exit).toBe(3);
    expect(report.phases[0]!.calls.every(({ verdict }) => verdict === "pass")).toBe(true);
    for (const phase of report.phases.slice(1)) {
      expect(phase.settledMs).toBeNull();
      expect(phase.calls.map(({ verdict, cause }) => `${verdict} ${cause}`)).toEqual(
        Array(2).fill("unproven not-settled"),
      );
    }
    const message = report.problems.find(({ code }) => code === "not-settled")?.message;
    expect(message).toMatch(
      /the sidecar of foo\/httpbin-\S+ holds PERMISSIVE for port 8080, where the policies say STRICT/u,
    );
  });

  it("cannot tell a refusal from a client that reaches nothing at all", async () => {
    await using world = await MeshWorld.start();
    world.behave = (from) => (from === "legacy" ? "reset" : undefined);
    const { report, exit } = await world.run({ namespaces: "foo" });
    expect(exit).toBe(3);
    const legacy = report.phases.flatMap(({ calls }) => calls).filter(({ from }) => from.namespace === "legacy");
    expect(legacy.map(({ verdict, cause }) => `${verdict} ${cause}`)).toEqual(Array(3).fill("unproven control"));
  });

  it("never takes a 200 for mTLS where nothing showed it", async () => {
    await using world = await MeshWorld.start();
    world.behave = (_from, _to, { url }) => (url === "/headers" ? "rbac-denied" : undefined);
    const { report, exit } = await world.run({ mode: "permissive", namespaces: "foo" });
    expect(exit).toBe(3);
    expect(report.phases[1]!.calls.map(({ verdict, cause }) => `${verdict} ${cause}`)).toEqual(
      Array(2).fill("unproven transport"),
    );
  });
});

describe("the modes of one phase", () => {
  it.each([
    ["permissive", [], "200"],
    ["strict-namespace", ["foo/default"], "000"],
    ["strict-mesh", ["istio-system/default"], "000"],
  ])("%s takes a control round first", async (mode, applied, code) => {
    await using world = await MeshWorld.start();
    const { report, exit } = await world.run({ mode, namespaces: "foo", "strict-namespace": "foo" });
    expect(report.problems).toEqual([]);
    expect(exit).toBe(0);
    expect(report.phases.map(({ name, control }) => [name, control])).toEqual([
      ["control", true],
      [mode, false],
    ]);
    expect(report.phases[0]!.calls.every(({ expected }) => expected === null)).toBe(true);
    expect(report.phases[1]!.applied.map((one) => `${one.namespace}/${one.name}`)).toEqual(applied);
    expect(report.phases[1]!.calls[1]?.observed?.code).toBe(code);
    expect(world.leftOvers()).toEqual([]);
  });
});

const CLIENTS = "clients: [{namespace: foo, workload: sleep}, {namespace: legacy, workload: sleep}]\n";
const TO = 'destinations: [{url: "http://httpbin.foo:8000/ip"}]\n';
const STRICT = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: foo}
spec: {mtls: {mode: STRICT}}
`;

describe("mode policies", () => {
  it("applies the user's policies to workloads that are there, and takes them away again", async () => {
    await using world = await inhabited();
    const before = world.api.store.everything().map(({ object }) => `${object.kind} ${object.metadata.uid ?? ""}`);
    world.files["plan.yaml"] =
      `${CLIENTS}${TO}expect: [{from: legacy, code: "000", exit: 56}, {from: "*", code: 200, transport: mtls}]\n`;
    world.files["policy.yaml"] = STRICT;
    const { report, exit } = await world.run({ mode: "policies", plan: "plan.yaml", policies: "policy.yaml" });
    expect(report.problems).toEqual([]);
    expect(exit).toBe(0);
    expect(report.phases.map(({ name, applied }) => [name, applied.map((one) => `${one.file}:${one.line}`)])).toEqual([
      ["control", []],
      ["policies", ["policy.yaml:2"]],
    ]);
    expect(world.leftOvers()).toEqual([]);
    expect(world.api.store.everything().map(({ object }) => `${object.kind} ${object.metadata.uid ?? ""}`)).toEqual(
      before,
    );
  });

  it("ends with 1 where an expectation is wrong", async () => {
    await using world = await inhabited();
    world.files["plan.yaml"] = `${CLIENTS}${TO}expect: [{from: "*", code: 200}]\n`;
    world.files["policy.yaml"] = STRICT;
    const { report, exit } = await world.run({ mode: "policies", plan: "plan.yaml", policies: "policy.yaml" });
    expect(exit).toBe(1);
    expect(report.counts).toMatchObject({ mismatch: 1, pass: 3 });
    expect(world.leftOvers()).toEqual([]);
  });

  it("refuses a plan that says nothing of a call, before it changes anything", async () => {
    await using world = await inhabited();
    world.files["plan.yaml"] = `${CLIENTS}${TO}expect: [{from: foo, code: 200}]\n`;
    world.files["policy.yaml"] = STRICT;
    const { report, exit } = await world.run({ mode: "policies", plan: "plan.yaml", policies: "policy.yaml" });
    expect(exit).toBe(2);
    expect(report.problems.map(({ code, message }) => `${code}: ${message}`)).toContain(
      "unmatched-call: nothing in the plan's expect is about legacy/sleep to http://httpbin.foo:8000/ip in phase policies",
    );
    expect(world.policy("foo")).toBeUndefined();
    expect(world.leftOvers()).toEqual([]);
  });

  it("tells of everything that is wrong with all the files at once, and touches no cluster", async () => {
    await using world = await MeshWorld.start();
    world.files["plan.yaml"] = "clients: [{workload: sleep}]\n";
    world.files["policy.yaml"] = `${STRICT}---\nkind: PeerAuthentication\n`;
    world.files["twice.yaml"] = STRICT;
    const { report, exit } = await world.run({
      mode: "policies",
      plan: "plan.yaml",
      policies: "policy.yaml,twice.yaml,none.yaml",
    });
    expect(exit).toBe(2);
    expect(report.problems.map(({ code }) => code).sort()).toEqual([
      "duplicate-object",
      "invalid-input",
      "invalid-plan",
      "manifest-object",
    ]);
    expect(world.api.requests).toEqual([]);
  });
});

describe("mode audit", () => {
  it("only reads and calls", async () => {
    await using world = await inhabited();
    world.files["plan.yaml"] =
      `${CLIENTS}${TO}expect: [{from: legacy, code: 200, transport: plaintext}, {from: foo, transport: mtls}]\n`;
    const { report, exit } = await world.run({ mode: "audit", plan: "plan.yaml" });
    expect(report.problems).toEqual([]);
    expect(exit).toBe(0);
    expect(report.phases).toMatchObject([{ name: "audit", rounds: 2, applied: [] }]);
    const written = world.api.requests.filter(({ method, path }) => method !== "GET" && !path.endsWith("rulesreviews"));
    expect(written).toEqual([]);
    expect(world.ledgers).toHaveLength(1);
  });

  it("calls from every workload that can, and says which cannot", async () => {
    await using world = await inhabited();
    world.intercept = ({ pod }, [program], _stdin, out) => {
      if (!pod.startsWith("httpbin") || program !== "sh") return undefined;
      out.stderr.write("sh: not found");
      return 127;
    };
    const { report } = await world.run({ mode: "audit", namespaces: "foo,legacy" });
    expect(report.problems.map(({ code, where }) => `${code} ${JSON.stringify(where)}`)).toEqual([
      `not-a-client ${JSON.stringify({ kind: "Deployment", namespace: "foo", name: "httpbin" })}`,
    ]);
    expect(report.phases[0]!.calls.map(({ from, to }) => `${from.namespace}/${from.workload} ${to.url}`)).toEqual([
      "foo/sleep http://httpbin.foo:8000/",
      "legacy/sleep http://httpbin.foo:8000/",
    ]);
  });

  it("of nothing proves nothing", async () => {
    await using world = await MeshWorld.start();
    world.api.store.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "empty" } });
    const { report, exit } = await world.run({ mode: "audit", namespaces: "empty" });
    expect(exit).toBe(3);
    expect(report.problems.map(({ code }) => code)).toEqual(["no-calls"]);
  });
});
