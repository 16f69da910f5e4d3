import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readObjects } from "../../src/mesh/objects.js";
import { run } from "../../src/run.js";
import type { RunPorts } from "../../src/run.js";
import { settingsFrom } from "../../src/settings/settings-from.js";
import { demoWorld, leftOvers } from "../demo-world.js";
import type { DemoWorld } from "../demo-world.js";
import { clock, keptPorts } from "./ports.js";

/** The whole of a run, with the real client and the real probe script, on a server that plays a cluster and can fail. */

const ROOT = join(import.meta.dirname, "..", "..");

interface World extends DemoWorld {
  /** Lines of the log, as they come. */
  readonly log: string[];
  run(raw: Record<string, string>, files?: Record<string, string>, more?: Partial<RunPorts>): ReturnType<typeof run>;
}

async function world(options: { readyAfterMs?: number } = {}): Promise<World> {
  const { api, [Symbol.asyncDispose]: dispose } = await demoWorld(options);
  const log: string[] = [];
  return {
    api,
    log,
    run: async (raw, texts = {}, more = {}) =>
      await run(settingsFrom({ cluster: "current", kubeconfig: api.kubeconfigPath, ...raw }), {
        ...keptPorts(log, texts),
        ...more,
      }),
    [Symbol.asyncDispose]: dispose,
  };
}

const DEMO = { namespaces: "foo" };
const PLAN = `clients:
  - {namespace: foo, workload: sleep}
  - {namespace: legacy, workload: sleep}
destinations:
  - {url: "http://httpbin.foo:8000/ip"}
expect:
  - {from: "*", to: "*", code: 200}
`;
const POLICY =
  "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: foo}\nspec: {mtls: {mode: PERMISSIVE}}\n";
const OWN = { mode: "policies", manifests: "mesh.yaml", policies: "policy.yaml", plan: "plan.yaml" };
const MESH = ["foo", "legacy"]
  .map((name) => readFileSync(join(ROOT, "manifests", "workloads", `${name}.yaml`), "utf8"))
  .join("---\n");

/** Puts the objects of a manifest, as somebody else would, and waits until their pods are ready. */
async function kubectlApply({ api }: World, text: string): Promise<void> {
  for (const { object } of readObjects(text, "mesh.yaml").objects) api.store.put(object);
  const ready = (): boolean =>
    api.store
      .list({ apiVersion: "apps/v1", kind: "Deployment" })
      .every(({ status }) => (status as { readyReplicas?: number } | undefined)?.readyReplicas === 1);
  while (!ready()) await clock.sleep(20);
}

describe("a run", () => {
  it("passes where the mesh does as it should, and leaves nothing", async () => {
    await using here = await world();
    const { report, exit } = await here.run({ ...DEMO, mode: "permissive" });
    expect(report.problems).toEqual([]);
    expect(report.counts).toEqual({ calls: 4, pass: 4, mismatch: 0, unproven: 0, error: 0 });
    expect(exit).toBe(0);
    expect(leftOvers(here.api)).toEqual([]);
  });

  it("opens one stream a client pod and round", async () => {
    await using here = await world();
    const { report } = await here.run({ ...DEMO, mode: "permissive" });
    const streams = here.api
      .requestsOf("GET", /\/exec$/u)
      .filter(({ query }) => JSON.stringify([...query]).includes('"sh"'));
    expect(streams).toHaveLength(2 * report.phases.reduce((sum, { rounds }) => sum + rounds, 0));
  });

  it("refuses a policy with a misspelt field before a pod is called, with its line, and leaves nothing", async () => {
    await using here = await world();
    const texts = { "mesh.yaml": MESH, "plan.yaml": PLAN, "policy.yaml": POLICY.replace("mtls:", "mtsl:") };
    const { report, exit } = await here.run(OWN, texts);
    expect(exit).toBe(2);
    expect(report.phases).toEqual([]);
    expect(report.problems).toMatchObject([{ code: "apply", where: { file: "policy.yaml", line: 2 } }]);
    expect(report.problems[0]?.message).toContain("mtsl");
    expect(here.api.requestsOf("GET", /\/exec$/u)).toEqual([]);
    expect(leftOvers(here.api)).toEqual([]);
  });

  it("sends every apply with strict field validation and without force", async () => {
    await using here = await world();
    await here.run({ ...DEMO, mode: "permissive" });
    const applies = here.api
      .requestsOf("PATCH", /./u)
      .filter(({ headers }) => headers["content-type"] === "application/apply-patch+yaml");
    expect(applies.length).toBeGreaterThan(0);
    for (const { query } of applies) {
      expect(Object.fromEntries(query)).toMatchObject({ fieldValidation: "Strict", fieldManager: "mtls-gate" });
      expect(query.has("force")).toBe(false);
    }
  });

  it("names the holder when another run is at work", async () => {
    await using here = await world();
    const now = new Date().toISOString().replace("Z", "000Z");
    here.api.store.put({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "mtls-gate", namespace: "foo", labels: { "mtls-gate.dev/run": "r-other" } },
      spec: { holderIdentity: "somebody", leaseDurationSeconds: 40, renewTime: now, acquireTime: now },
    });
    const { report, exit } = await here.run({ ...DEMO, mode: "permissive" });
    expect(exit).toBe(2);
    expect(report.problems.map(({ code, message }) => `${code} ${message}`).join()).toMatch(
      /held .*somebody \(run r-other\)/u,
    );
  });

  it("sees what rights are missing, all of them at once, before it changes anything", async () => {
    await using here = await world();
    here.api.access.set("*", [{ verbs: ["get", "list"], apiGroups: ["*"], resources: ["*"] }]);
    const { report, exit } = await here.run({ ...DEMO, mode: "permissive" });
    expect(exit).toBe(2);
    expect(report.problems.map(({ code }) => code)).toEqual(["rights", "rights"]);
    expect(report.problems[0]?.message).toMatch(/create pods\/exec/u);
    expect(here.api.requestsOf("POST", /namespaces$/u)).toEqual([]);
  });

  it("needs no right on Namespaces where it creates none", async () => {
    await using here = await world();
    await kubectlApply(here, MESH);
    const all = { verbs: ["*"], apiGroups: ["*"] };
    here.api.access.set("*", [
      {
        ...all,
        resources: [
          ...["pods", "pods/exec", "services", "endpointslices", "leases", "deployments", "configmaps"],
          ...["peerauthentications", "authorizationpolicies", "requestauthentications", "destinationrules", "sidecars"],
          ...["virtualservices", "serviceentries", "workloadentries", "envoyfilters", "wasmplugins", "networkpolicies"],
        ],
      },
    ]);
    here.api.access.enforce = true;
    const texts = { "plan.yaml": PLAN, "policy.yaml": POLICY };
    const { report, exit } = await here.run({ mode: "policies", policies: "policy.yaml", plan: "plan.yaml" }, texts);
    expect(report.problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(exit).toBe(0);
    expect(leftOvers(here.api)).toEqual([]);
  });

  it("cleans up when it is stopped, and cannot tell", async () => {
    await using here = await world({ readyAfterMs: 60_000 });
    const stop = new AbortController();
    const running = here.run({ ...DEMO, mode: "permissive" }, {}, { signal: stop.signal });
    while (!here.log.includes("roll out")) await clock.sleep(20);
    stop.abort(new Error("enough"));
    const { report, exit } = await running;
    expect(exit).toBe(3);
    expect(report.problems.map(({ code }) => code)).toContain("stopped");
    expect(leftOvers(here.api)).toEqual([]);
  });

  it("cannot tell where a pod's stream breaks always, and counts the attempts", async () => {
    await using here = await world();
    here.api.faults.add({ path: /legacy\/pods\/.*\/exec/u, exec: { cutAfterStdoutBytes: 20 } });
    const { report, exit } = await here.run({ ...DEMO, mode: "permissive", "settle-timeout": "5s" });
    expect(exit).toBe(3);
    expect(report.counts).toMatchObject({ pass: 2, error: 2 });
    expect(report.problems.map(({ code }) => code)).toContain("no-result");
  });
});
