import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { dump } from "js-yaml";
import { clock, realPorts } from "../src/entry/world.js";
import { explain } from "../src/explain-run.js";
import type { Outcome, Predicted } from "../src/mesh/call.js";
import type { Suggestion } from "../src/predict/turn.js";
import type { Explanation } from "../src/report/explain.js";
import { readArguments } from "../src/settings/cli-arguments.js";
import { demoManifests, file, kubectl, mesh } from "./local-mesh.js";

/**
 * What `explain` says of a call and suggests for it, on the real mesh: the call first does what was predicted, then each
 * suggestion is applied as it is printed and the call does what was predicted of that.
 */

const NAMES = { foo: "x-foo", bar: "x-bar", legacy: "x-legacy" };
const HTTPBIN = "http://httpbin.x-foo:8000/headers";
const SETTLES_MS = 40_000;

const quiet = {
  info: nothing,
  warning: nothing,
  progress: nothing,
  group: async <T>(_: string, work: () => Promise<T>) => await work(),
};

function nothing(): void {
  // The test runner tells what there is to tell.
}

async function explained(from: string, url: string, ...more: string[]): Promise<Explanation> {
  const request = readArguments(["explain", "--from", from, "--to", url, ...more], "1");
  if (request.kind !== "explain") throw new Error(JSON.stringify(request));
  return await explain(request.options, { ...realPorts(), clock, log: quiet }, new AbortController().signal);
}

interface Seen {
  readonly code: string;
  readonly exit: number;
  readonly mtls: boolean;
}

/** One call with curl; the server repeats the headers that it got, among them what its sidecar says of the client. */
async function call(from: string, url: string): Promise<Seen> {
  const [namespace = "", workload = ""] = from.split("/");
  const curl = ["curl", "-s", "--max-time", "5", "-w", String.raw`\n%{http_code} %{exitcode}`, url];
  // A shell in between: kubectl makes an error of curl's exit code.
  const script = `${curl.map((word) => `'${word}'`).join(" ")} || true`;
  const out = await kubectl(["-n", namespace, "exec", `deploy/${workload}`, "-c", workload, "--", "sh", "-c", script]);
  const lines = out.trimEnd().split("\n");
  const [code = "", exit = ""] = (lines.at(-1) ?? "").split(" ");
  return { code, exit: Number(exit), mtls: /x-forwarded-client-cert/iu.test(lines.slice(0, -1).join("\n")) };
}

function fits(predicted: Predicted, seen: Seen): boolean {
  if ("unknown" in predicted) return false;
  const all: readonly Outcome[] = "anyOf" in predicted ? predicted.anyOf : [predicted];
  return all.some(
    ({ code, exit, arrives, transport }) =>
      code === seen.code && exit === seen.exit && (arrives !== true || seen.mtls === (transport === "mtls")),
  );
}

/** Calls until three answers in a row are as predicted. */
async function becomes(from: string, url: string, predicted: Predicted): Promise<void> {
  const end = clock.now() + SETTLES_MS;
  let right = 0;
  while (right < 3) {
    const seen = await call(from, url).catch(String);
    right = typeof seen !== "string" && fits(predicted, seen) ? right + 1 : 0;
    if (right === 0 && clock.now() > end) {
      throw new Error(`seen ${JSON.stringify(seen)}, predicted ${JSON.stringify({ ...predicted, because: [] })}`);
    }
    await clock.sleep(300);
  }
}

async function rolledOut(): Promise<void> {
  for (const namespace of Object.values(NAMES)) {
    await kubectl(["-n", namespace, "rollout", "status", "deployment", "--timeout=120s"]);
  }
  // A pod that is on its way out may still answer.
  while ((await leaving()) !== "") await clock.sleep(500);
}

async function leaving(): Promise<string> {
  const names = "jsonpath={.items[?(@.metadata.deletionTimestamp)].metadata.name}";
  const pods = Object.values(NAMES).map((name) => kubectl(["-n", name, "get", "pods", "-o", names]));
  return (await Promise.all(pods)).join("").trim();
}

const KINDS = "peerauthentications,authorizationpolicies,destinationrules,virtualservices,sidecars";

/** The demo's three namespaces without any policy. */
async function demo(): Promise<void> {
  for (const namespace of Object.values(NAMES)) await kubectl(["-n", namespace, "delete", KINDS, "--all"]);
  await kubectl(["apply", "-f", "-"], await demoManifests(NAMES));
  await rolledOut();
}

async function apply({ object, restarts }: Suggestion): Promise<void> {
  await kubectl(["apply", "-f", "-"], dump(object));
  if (restarts !== undefined) await kubectl(["-n", restarts, "rollout", "restart", "deployment"]);
  if (restarts !== undefined || object.kind === "Deployment") await rolledOut();
}

/** What is applied for the suggestion is taken back, and the world is as it was explained. */
async function takeBack({ object, change, before, restarts }: Suggestion): Promise<void> {
  const { kind, metadata } = object;
  if (change === "add") {
    await kubectl(["-n", metadata.namespace ?? "", "delete", kind, metadata.name]);
    return;
  }
  await kubectl(["apply", "-f", "-"], dump(before));
  if (restarts !== undefined) await kubectl(["-n", restarts, "rollout", "restart", "deployment"]);
  if (restarts !== undefined || kind === "Deployment") await rolledOut();
}

function istio(kind: string, name: string, spec: string): string {
  const [namespace = "", own = ""] = name.split("/");
  const group = ["PeerAuthentication", "AuthorizationPolicy"].includes(kind) ? "security" : "networking";
  return `apiVersion: ${group}.istio.io/v1\nkind: ${kind}\nmetadata: {name: ${own}, namespace: ${namespace}}\nspec: ${spec}\n`;
}

const STRICT = istio("PeerAuthentication", "x-foo/default", "{mtls: {mode: STRICT}}");
const rule = (policy: string): string =>
  istio("DestinationRule", "x-foo/httpbin", `{host: httpbin, trafficPolicy: {${policy}}}`);
const route = (http: string): string =>
  istio("VirtualService", "x-foo/httpbin", `{hosts: [httpbin.x-foo.svc.cluster.local], http: [${http}]}`);

interface Case {
  readonly policies: readonly string[];
  readonly from: string;
  /** How many suggestions there are, each of which is applied. */
  readonly suggestions: number;
}

const CASES: Readonly<Record<string, Case>> = {
  "a client without sidecar, STRICT": { policies: [STRICT], from: "x-legacy/sleep", suggestions: 3 },
  "a DestinationRule with DISABLE, STRICT": {
    policies: [STRICT, rule("tls: {mode: DISABLE}")],
    from: "x-bar/sleep",
    suggestions: 3,
  },
  "names that are not the server's": {
    policies: [rule('tls: {mode: ISTIO_MUTUAL, subjectAltNames: ["spiffe://cluster.local/ns/x-foo/sa/other"]}')],
    from: "x-bar/sleep",
    suggestions: 2,
  },
  "DISABLE for the namespace, STRICT for the workload": {
    policies: [
      istio("PeerAuthentication", "x-foo/default", "{mtls: {mode: DISABLE}}"),
      istio("PeerAuthentication", "x-foo/own", "{selector: {matchLabels: {app: httpbin}}, mtls: {mode: STRICT}}"),
    ],
    from: "x-bar/sleep",
    suggestions: 3,
  },
  "a DENY policy": {
    policies: [
      istio(
        "AuthorizationPolicy",
        "x-foo/no-bar",
        "{action: DENY, rules: [{from: [{source: {namespaces: [x-bar]}}]}]}",
      ),
    ],
    from: "x-bar/sleep",
    suggestions: 1,
  },
  "an ALLOW policy for others": {
    policies: [istio("AuthorizationPolicy", "x-foo/own", "{rules: [{from: [{source: {namespaces: [x-foo]}}]}]}")],
    from: "x-bar/sleep",
    suggestions: 2,
  },
  "a Sidecar that does not name the host": {
    policies: [
      istio("Sidecar", "x-bar/default", '{egress: [{hosts: ["./*"]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}'),
    ],
    from: "x-bar/sleep",
    suggestions: 1,
  },
  "no route": {
    policies: [route("{match: [{uri: {prefix: /get}}], route: [{destination: {host: httpbin}}]}")],
    from: "x-bar/sleep",
    suggestions: 1,
  },
  "a fault": {
    policies: [
      route("{fault: {abort: {httpStatus: 503, percentage: {value: 100}}}, route: [{destination: {host: httpbin}}]}"),
    ],
    from: "x-bar/sleep",
    suggestions: 1,
  },
  "a subset that no rule has": {
    policies: [route("{route: [{destination: {host: httpbin, subset: v1}}]}")],
    from: "x-bar/sleep",
    suggestions: 2,
  },
  "a call that arrives in plaintext": { policies: [], from: "x-legacy/sleep", suggestions: 3 },
  "a call that arrives over mTLS": { policies: [], from: "x-bar/sleep", suggestions: 1 },
};

beforeAll(demo);

afterAll(async () => {
  await kubectl(["delete", "namespace", ...Object.values(NAMES), "--ignore-not-found"]);
});

describe("each suggestion turns the call", () => {
  afterEach(demo);

  it.each(Object.entries(CASES))("%s", { timeout: 600_000 }, async (_, { policies, from, suggestions }) => {
    if (policies.length > 0) await kubectl(["apply", "-f", "-"], policies.join("---\n"));
    const manifests = file("mesh.yaml", [await demoManifests(NAMES), ...policies].join("---\n"));
    const explanation = await explained(from, HTTPBIN, "--manifests", manifests);

    await becomes(from, HTTPBIN, explanation.predicted);
    expect(explanation.suggestions.length).toBe(suggestions);
    for (const one of explanation.suggestions) {
      await apply(one);
      await becomes(from, HTTPBIN, one.after);
      await takeBack(one);
      await becomes(from, HTTPBIN, explanation.predicted);
    }
  });
});

describe("in the cluster itself", () => {
  afterEach(demo);

  it("reads what is there, and a namespace's label turns its pods", { timeout: 600_000 }, async () => {
    await kubectl(["apply", "-f", "-"], STRICT);
    const { kubeconfig } = await mesh();
    const explanation = await explained("x-legacy/sleep", HTTPBIN, "--cluster", "current", "--kubeconfig", kubeconfig);

    await becomes("x-legacy/sleep", HTTPBIN, explanation.predicted);
    const label = explanation.suggestions.find(({ object }) => object.kind === "Namespace");
    expect(label?.restarts).toBe("x-legacy");
    await apply(label!);
    await becomes("x-legacy/sleep", HTTPBIN, label!.after);
  });
});
