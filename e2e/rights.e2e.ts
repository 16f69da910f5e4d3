import { readFileSync, writeFileSync } from "node:fs";
import { dump, loadAll } from "js-yaml";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { rolledOut } from "./demo-calls.js";
import { cli, demoManifests, file, helper, kubectl, kubectlJson, mesh, verdicts } from "./local-mesh.js";

/**
 * An audit by a user who has exactly the rights that `mtls-gate rbac audit` prints: it finds out all there is, leaves no
 * trace, and where one of the rights is missing it says so.
 */

const NAMES = { foo: "r-foo", bar: "r-bar", legacy: "r-legacy" };
const NAMESPACES = Object.values(NAMES).join(",");
const USER = "r-ci";
const STRICT = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: r-foo}
spec: {mtls: {mode: STRICT}}
`;

interface Role {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules: { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] }[];
}

let printed = "";
let kubeconfig = "";

/** A kubeconfig of the ServiceAccount, on the cluster of the administrator's. */
async function kubeconfigOfUser(): Promise<string> {
  const { kubeconfig: own } = await mesh();
  const config = await kubectlJson<{ clusters: object[] }>(["config", "view", "--raw", "--minify"]);
  const [cluster] = config.clusters as { name: string }[];
  const token = (await kubectl(["-n", USER, "create", "token", "mtls-gate", "--duration", "1h"])).trim();
  expect(readFileSync(own, "utf8")).not.toContain(token);
  return file(
    "kubeconfig",
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [cluster],
      users: [{ name: "audit", user: { token } }],
      contexts: [{ name: "audit", context: { cluster: cluster!.name, user: "audit" } }],
      "current-context": "audit",
    }),
  );
}

/** Those whose beat changes with time alone, or that tell of what happened: no part of what is there. */
const BEATS = ["events", "events.events.k8s.io", "nodes", "leases.coordination.k8s.io", "componentstatuses"];

/** istiod renews what it leads by ConfigMaps with this annotation. */
const LEADER = "control-plane.alpha.kubernetes.io/leader";

interface Metadata {
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Every object of the cluster, with its version. */
async function everything(): Promise<string[]> {
  const kinds = (await kubectl(["api-resources", "--verbs=list", "-o", "name"]))
    .split(/\s+/)
    .filter((one) => one !== "");
  const read = kinds.filter((one) => !BEATS.includes(one) && !one.endsWith(".metrics.k8s.io"));
  const { items } = await kubectlJson<{
    items: { kind: string; metadata: Metadata }[];
  }>(["get", read.join(","), "-A"]);
  return items
    .filter(({ metadata }) => metadata.annotations?.[LEADER] === undefined)
    .map(({ kind, metadata: { namespace = "", name, uid, resourceVersion } }) =>
      [kind, `${namespace}/${name}`, uid, resourceVersion].join(" "),
    )
    .sort();
}

/** The same when nothing changes any more: kubelet writes a pod's state a moment after the pod has come to it. */
async function everythingAtRest(): Promise<string[]> {
  let before = await everything();
  for (let tries = 0; tries < 15; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const now = await everything();
    if (now.join("\n") === before.join("\n")) return now;
    before = now;
  }
  throw new Error("the cluster does not come to rest");
}

/** Runs without one right, and has it back. */
async function without(resource: string, where: string | undefined): Promise<void> {
  const roles = (loadAll(printed) as Role[]).filter(({ kind }) => kind === "Role" || kind === "ClusterRole");
  const role = roles.find(({ metadata }) => metadata.namespace === where)!;
  const rules = role.rules.map((rule) => ({ ...rule, resources: rule.resources.filter((one) => one !== resource) }));
  expect(rules).not.toEqual(role.rules);
  await kubectl(["apply", "-f", "-"], dump({ ...role, rules: rules.filter(({ resources }) => resources.length > 0) }));
}

beforeAll(async () => {
  await kubectl(["apply", "-f", "-"], `${await demoManifests(NAMES)}---\n${STRICT}`);
  await kubectl(
    ["apply", "-f", "-"],
    `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${USER}}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: mtls-gate, namespace: ${USER}}\n`,
  );
  await rolledOut(Object.values(NAMES));
  const words = ["--namespaces", NAMESPACES, "--service-account", `${USER}/mtls-gate`, "--name", "r-audit"];
  const { exit, stdout, stderr } = await helper(["rbac", "audit", ...words]);
  expect(stderr).toBe("");
  expect(exit).toBe(0);
  printed = stdout;
  await kubectl(["apply", "-f", "-"], printed);
  kubeconfig = await kubeconfigOfUser();
});

afterAll(async () => {
  await kubectl(["delete", "-f", "-", "--ignore-not-found"], printed);
  await kubectl(["delete", "namespace", ...Object.values(NAMES), USER, "--ignore-not-found"]);
});

const CELLS = [
  "audit r-bar>r-bar pass",
  "audit r-bar>r-foo pass",
  "audit r-foo>r-bar pass",
  "audit r-foo>r-foo pass",
  "audit r-legacy>r-bar pass",
  "audit r-legacy>r-foo pass",
];

describe("with the rights that are printed", () => {
  it("the user may do what is printed, and nothing that changes an object", async () => {
    const asUser = ["--as", `system:serviceaccount:${USER}:mtls-gate`, "auth", "can-i"];
    const may = async (...words: string[]): Promise<string> =>
      (await kubectl([...asUser, ...words]).catch(() => "no")).trim().split("\n").at(-1)!;
    expect(await may("list", "pods", "-n", "r-foo")).toBe("yes");
    for (const verb of ["create", "patch", "update", "delete"]) {
      for (const kind of ["pods", "leases", "peerauthentications", "configmaps"]) {
        expect(`${verb} ${kind} ${await may(verb, kind, "-n", "r-foo")}`).toBe(`${verb} ${kind} no`);
      }
    }
    expect(await may("list", "pods", "-n", "istio-system")).toBe("no");
    expect(await may("get", "secrets", "-n", "r-foo")).toBe("no");
  });

  it("an audit passes, all three values of each call known, and leaves the cluster as it was", async () => {
    const before = await everythingAtRest();
    const { report, exit } = await cli(["audit", "--namespaces", NAMESPACES], { kubeconfig });
    const after = await everything();

    expect(report.problems.map(({ code }) => code).filter((code) => code !== "not-a-client")).toEqual([]);
    expect(exit).toBe(0);
    expect(verdicts(report).sort()).toEqual(CELLS);
    const calls = report.phases.flatMap((phase) => phase.calls);
    expect(calls.every(({ predicted }) => predicted !== null && !("unknown" in predicted))).toBe(true);
    expect(report.mesh.istio).not.toBeNull();
    expect(before.length).toBeGreaterThan(100);
    expect(after).toEqual(before);
  });

  it("what was observed is written as a plan, and an audit by that plan passes", async () => {
    const first = await cli(["audit", "--namespaces", NAMESPACES], { kubeconfig });
    const report = file("report.json", JSON.stringify(first.report));
    const { exit, stdout } = await helper(["expect", "--report", report]);
    expect(exit).toBe(0);
    expect(stdout.split("\n").filter((line) => line.startsWith("  - "))).toEqual([
      expect.stringMatching(/^ {2}- \{ from: r-legacy, to: r-foo, code: "000", exit: 5[26] \}$/u),
      "  - { from: r-legacy, code: 200, exit: 0, transport: plaintext }",
      '  - { from: "*", to: "*", code: 200, exit: 0, transport: mtls }',
    ]);
    const plan = file("plan.yaml", stdout);
    const second = await cli(["audit", "--namespaces", NAMESPACES, "--plan", plan], { kubeconfig });
    expect(second.exit).toBe(0);
    expect(second.report.phases.flatMap(({ calls }) => calls).every(({ expected }) => expected !== null)).toBe(true);

    writeFileSync(plan, stdout.replace('"000"', "200"));
    const wrong = await cli(["audit", "--namespaces", NAMESPACES, "--plan", plan], { kubeconfig });
    expect(wrong.exit).toBe(1);
    expect(verdicts(wrong.report)).toContain("audit r-legacy>r-foo mismatch policy");
  });
});

describe("with one right less", () => {
  afterEach(async () => {
    await kubectl(["apply", "-f", "-"], printed);
  });

  it("one that a run needs is refused by name, before a call is made", async () => {
    await without("pods/exec", "r-foo");
    const { report, exit } = await cli(["audit", "--namespaces", NAMESPACES], { kubeconfig });
    expect(exit).toBe(2);
    expect(report.problems.map(({ message }) => message)).toEqual([
      "rights are missing in namespace r-foo: get, create pods/exec",
    ]);
  });

  it("policies that cannot be read are named, and calls that they decide are unknown", async () => {
    await without("peerauthentications", "r-foo");
    const { report, exit } = await cli(["audit", "--namespaces", NAMESPACES], { kubeconfig });
    expect(report.problems.map(({ message }) => message)).toContain(
      "the rights do not allow to read PeerAuthentication (in r-foo)",
    );
    expect(exit).toBe(3);
    expect(verdicts(report).sort()).toEqual(
      CELLS.map((cell) => (cell.includes(">r-foo") ? cell.replace("pass", "unproven unknown") : cell)),
    );
  });

  it("routes that other namespaces can have are named, and calls of sidecars are unknown", async () => {
    await without("virtualservices", undefined);
    const { report, exit } = await cli(["audit", "--namespaces", NAMESPACES], { kubeconfig });
    expect(report.problems.map(({ message }) => message).join()).toContain("VirtualService");
    expect(exit).toBe(3);
    expect(verdicts(report).sort()).toEqual(
      CELLS.map((cell) => (cell.includes("r-legacy>") ? cell : cell.replace("pass", "unproven unknown"))),
    );
  });
});
