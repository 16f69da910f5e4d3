import { describe, expect, it } from "vitest";
import { readObjects } from "../../src/mesh/objects.js";
import { planStrict } from "../../src/predict/strict-plan.js";
import { STRICT_FILE, strictFiles } from "../../src/report/strict-files.js";
import { strictPlanJson, strictPlanText } from "../../src/report/strict-plan.js";
import type { StrictReport } from "../../src/report/strict-plan.js";
import { istio, meshOf, namespace, service, STRICT, workload, WORLD } from "../predict/turn-builders.js";

const PLAIN = { colour: false };
/** foo and bar alone: every client has a sidecar. */
const MESH = WORLD.filter((text) => !text.includes("legacy"));

function report(...texts: string[]): StrictReport {
  return { plan: planStrict(meshOf(...texts), ["foo", "bar", "legacy"]), problems: [] };
}

describe("the plan as text", () => {
  it("has a stage for each namespace, and for the mesh, with what to apply", () => {
    const text = strictPlanText(report(...MESH, namespace("legacy", "")), PLAIN);
    expect(text).toContain("The whole mesh can go STRICT without breaking a call: 2 namespaces, in 3 stages.\n");
    expect(text).toContain("No pods with a sidecar: legacy.\n");
    expect(text).toContain(`
Stage 2: namespace foo
  Of 4 calls, none breaks. Add PeerAuthentication foo/default:

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata:
      name: default
      namespace: foo
    spec:
      mtls:
        mode: STRICT

Stage 3: the whole mesh
  Of 8 calls, none breaks. Add PeerAuthentication istio-system/default:
`);
  });
  it("says who is in the way, why, and what the exceptions are", () => {
    const text = strictPlanText(report(...WORLD), PLAIN);
    expect(text).toContain("0 of 2 namespaces can be STRICT without breaking a call.\n");
    expect(text).toContain(`
Not yet: namespace foo
  Of 6 calls, 2 arrive now and would not under STRICT:
    Deployment legacy/sleep, Deployment legacy/httpbin:
      http://httpbin.foo:8000/
        now it arrives in plaintext (code 200, exit 0)
        then it does not arrive: the connection is reset (code 000, exit 56)
        At the server: STRICT: plaintext is refused.
  With exceptions for the ports`);
    expect(text).toContain("Add PeerAuthentication foo/httpbin-plaintext, add PeerAuthentication foo/default:\n");
    expect(text).toContain("A policy for the whole mesh has to wait until every namespace with a sidecar is STRICT.");
  });
  it("says what is STRICT already, and what still lets plaintext in", () => {
    const open = istio("PeerAuthentication", "foo/open", "{selector: {matchLabels: {app: a}}, mtls: {mode: DISABLE}}");
    const text = strictPlanText(report(...MESH, STRICT, open), PLAIN);
    expect(text).toContain("STRICT already: foo.\n");
    expect(text).toMatch(
      /Still lets plaintext in: PeerAuthentication foo\/open, mesh\.yaml:\d+: mode DISABLE for its pods\.\n/u,
    );
    const whole = STRICT.replace("namespace: foo", "namespace: istio-system");
    expect(strictPlanText(report(...MESH, whole), PLAIN)).toContain("2 namespaces, nothing is to be done.\n");
  });
  it("counts callers and calls that are too many to show", () => {
    const alike = Array.from({ length: 5 }, (_, index) => workload(`legacy/c${index}`));
    const ports = Array.from(
      { length: 5 },
      (_, index) => `{name: http-${index}, port: ${index + 1}, targetPort: 8080}`,
    );
    const text = strictPlanText(report(...WORLD, ...alike, service("foo/httpbin", "", ports.join(", "))), PLAIN);
    expect(text).toContain("Deployment legacy/c0, and 4 more workloads like these:\n");
    expect(text).toContain("      and 2 more destinations; --output json has them all\n");
  });
  it("says what cannot be told", () => {
    const filter = `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: own, namespace: foo}
spec: {podSelector: {matchLabels: {app: httpbin}}}\n`;
    const text = strictPlanText(report(...MESH, filter), PLAIN);
    expect(text).toContain("Of 4 calls it cannot be told: NetworkPolicy foo/own is for the pod");
    expect(text).not.toContain("No exceptions were found");
  });
  it("has no namespace to speak of where nothing is injected", () => {
    const text = strictPlanText(report(namespace("legacy", ""), workload("legacy/sleep")), PLAIN);
    expect(text).toMatch(/^No namespace that was looked at has pods with a sidecar\.\n/u);
  });
  it("is bold where colours are wanted, and lets nothing move the cursor", () => {
    expect(strictPlanText(report(...MESH), { colour: true })).toContain("\u001b[1mStage 1: namespace bar");
    const evil = { severity: "warning", code: "x", message: "a\u001b[2Jb" } as const;
    const text = strictPlanText({ ...report(...MESH), problems: [evil] }, PLAIN);
    expect(text).toContain("warning: a");
    expect(text).not.toContain("\u001b");
  });
});

describe("the plan as JSON", () => {
  it("has all that was found", () => {
    const document = JSON.parse(strictPlanJson(report(...WORLD, STRICT.replace("STRICT", "UNSET")))) as object;
    expect(document).toMatchObject({
      schema: "mtls-gate/strict-plan/v1",
      stages: [],
      namespaces: [
        { namespace: "bar", status: "blocked", breaks: [{ to: "http://httpbin.bar:8000/" }] },
        {
          namespace: "foo",
          status: "blocked",
          breaks: [{ from: ["Deployment legacy/sleep", "Deployment legacy/httpbin"], before: { code: "200" } }],
          exceptions: [{ change: "add" }, { change: "replace" }],
        },
      ],
      outside: ["legacy"],
      mesh: { status: "waits" },
      problems: [],
    });
  });
});

describe("the plan as files", () => {
  it("has a folder for each stage, which reads as it was meant", () => {
    const files = strictFiles(report(...MESH).plan);
    expect(files.map(({ path }) => path)).toEqual([
      "stage-1/PeerAuthentication-bar.yaml",
      "stage-2/PeerAuthentication-foo.yaml",
      "stage-3/PeerAuthentication-istio-system.yaml",
    ]);
    const { objects, problems } = readObjects(files[1]!.text, files[1]!.path);
    expect(problems).toEqual([]);
    expect(objects.map(({ object }) => object)).toMatchObject([
      {
        kind: "PeerAuthentication",
        metadata: { name: "default", namespace: "foo" },
        spec: { mtls: { mode: "STRICT" } },
      },
    ]);
  });
  it("has the exceptions apart, before the namespace's own policy", () => {
    const files = strictFiles(report(...WORLD).plan);
    expect(files.map(({ path }) => path)).toEqual([
      "exceptions/PeerAuthentication-bar.yaml",
      "exceptions/PeerAuthentication-foo.yaml",
    ]);
    expect(files.every(({ path }) => STRICT_FILE.test(path))).toBe(true);
    const { objects } = readObjects(files[1]!.text, files[1]!.path);
    expect(objects.map(({ object }) => object.metadata.name)).toEqual(["httpbin-plaintext", "default"]);
  });
});
