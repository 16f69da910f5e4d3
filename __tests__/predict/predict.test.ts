import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Predicted } from "../../src/mesh/call.js";
import type { Inventory } from "../../src/mesh/inventory.js";
import { readObjects } from "../../src/mesh/objects.js";
import { readInventory } from "../../src/mesh/read-inventory.js";
import { demoExpectation, type Strict } from "../../src/judge/demo-expectations.js";
import { meets } from "../../src/judge/judge.js";
import {
  deployment,
  destinationRule,
  INJECTED,
  mesh,
  namespace,
  object,
  outcomeOf,
  peerAuthentication,
  predict,
  reasonsOf,
  service,
  textOf,
  WORLD,
  workloadOf,
} from "./builders.js";
import { Predictor } from "../../src/predict/predict.js";

const WORKLOADS = ["foo", "bar", "legacy"].map((name) => `manifests/workloads/${name}.yaml`);
const NAMESPACE_STRICT = "manifests/policies/mtls-ns.yaml";
const MESH_STRICT = "manifests/policies/mtls-global.yaml";

function demo(...policies: string[]): Inventory {
  const read = [...WORKLOADS, ...policies].map((file) => readObjects(readFileSync(file, "utf8"), file));
  expect(read.flatMap(({ problems }) => problems)).toEqual([]);
  return readInventory({ source: "manifests", objects: read.flatMap(({ objects }) => objects) });
}

const url = (to: string): string => `http://httpbin.${to}:8000/ip`;
const pairs = ["foo", "bar", "legacy"].flatMap((from) => ["foo", "bar"].map((to) => [from, to] as const));

describe("the demo's phases", () => {
  const MTLS = "200 mtls";
  it.each<[string, string[], Strict, Record<string, string>]>([
    ["no policy", [], "none", { legacy: "200 plaintext 200 plaintext" }],
    ["foo STRICT", [NAMESPACE_STRICT], { namespaces: ["foo"] }, { legacy: "000/56 200 plaintext" }],
    ["the mesh STRICT", [NAMESPACE_STRICT, MESH_STRICT], "mesh", { legacy: "000/56 000/56" }],
    ["the mesh STRICT alone", [MESH_STRICT], "mesh", { legacy: "000/56 000/56" }],
  ])("%s: exactly what is documented", (_, policies, strict, wanted) => {
    const inventory = demo(...policies);
    const found = new Map<string, string>();
    for (const [from, to] of pairs) {
      const predicted = predict(inventory, `${from}/sleep`, url(to));
      found.set(from, `${found.get(from) ?? ""} ${textOf(predicted)}`.trim());
      const call = { from: { namespace: from }, to: { namespace: to } } as Parameters<typeof demoExpectation>[0];
      if (!("code" in predicted)) throw new Error(textOf(predicted));
      expect(meets(demoExpectation(call, strict, ["legacy"]), predicted)).toBe("yes");
    }
    expect(Object.fromEntries(found)).toEqual({ foo: `${MTLS} ${MTLS}`, bar: `${MTLS} ${MTLS}`, ...wanted });
  });

  it("tell the lines that decided a refusal", () => {
    const foo = readFileSync("manifests/workloads/foo.yaml", "utf8").split("\n");
    const lineOf = (text: string): number => foo.findIndex((line) => line.includes(text)) + 1;
    const policy = readFileSync(NAMESPACE_STRICT, "utf8").split("\n");
    const strict = policy.findIndex((line) => line.includes("mode: STRICT")) + 1;
    expect(reasonsOf(predict(demo(NAMESPACE_STRICT), "legacy/sleep", url("foo")))).toEqual([
      "injection: the client: neither the namespace nor the pod asks for a sidecar manifests/workloads/legacy.yaml:4",
      `protocol: port 8000 of the Service speaks http manifests/workloads/foo.yaml:${lineOf("- name: http")}`,
      `peer-authentication: mode STRICT for the namespace ${NAMESPACE_STRICT}:${strict}`,
      `inbound: STRICT: plaintext is refused ${NAMESPACE_STRICT}:${strict}`,
    ]);
  });

  it("tell the lines that decided mTLS", () => {
    const foo = readFileSync("manifests/workloads/foo.yaml", "utf8").split("\n");
    const label = foo.findIndex((line) => line.includes("istio-injection")) + 1;
    const reasons = reasonsOf(predict(demo(MESH_STRICT), "foo/sleep", url("bar")));
    expect(reasons[0]).toBe(
      `injection: the client: the namespace asks for sidecars manifests/workloads/foo.yaml:${label}`,
    );
    expect(reasons).toContain("auto-mtls: the endpoint has a sidecar: mTLS by itself");
    expect(reasons.some((one) => one.startsWith("peer-authentication: mode STRICT for the mesh"))).toBe(true);
  });
});

describe("the outcome by scheme", () => {
  const ports = [
    { name: "http", port: 8000, targetPort: 8080 },
    { name: "tcp", port: 9000, targetPort: 8080 },
    { name: "grpc", port: 7000, targetPort: 8080 },
    { name: "x", port: 6000, targetPort: 8080 },
  ];
  const foo = (port: object, ...parts: object[]): Inventory =>
    mesh(...WORLD.slice(0, -2), service("foo/httpbin", { ports: [port] }), ...parts);
  const world = (...parts: object[]): Inventory => foo(ports[1]!, ...parts);
  const STRICT = peerAuthentication("foo/a", "STRICT");
  const DISABLED = destinationRule("foo/a", "httpbin", { mode: "DISABLE" });
  const [http, tcp, grpc, sniffed] = ports;

  it.each<[string, string, string]>([
    ["http", "000/56", "(503)"],
    ["ws", "000/56", "(503)"],
    ["grpc", "000/56", "(200) grpc 14"],
    ["tcp", "-/56", "-/56"],
  ])("%s refused by STRICT on an HTTP port: without a sidecar %s, by one %s", (scheme, bare, meshed) => {
    const inventory = foo(http!, STRICT, DISABLED);
    expect(outcomeOf(inventory, "legacy/sleep", `${scheme}://httpbin.foo:8000`)).toBe(bare);
    expect(outcomeOf(inventory, "foo/sleep", `${scheme}://httpbin.foo:8000`)).toBe(meshed);
  });

  it.each<[string, string, string]>([
    ["http", "000/56", "000/52 | 000/56"],
    ["ws", "000/56", "000/52 | 000/56"],
    ["https", "000/35 | 000/56 | 000/55 | 000/16", "000/35 | 000/56 | 000/55 | 000/16"],
    ["tcp", "-/56", "-/56"],
    ["tls", "-/35 | -/56 | -/55 | -/16", "-/35 | -/56 | -/55 | -/16"],
  ])("%s refused by STRICT on a TCP port: without a sidecar %s, by one %s", (scheme, bare, meshed) => {
    const inventory = world(STRICT, DISABLED);
    expect(outcomeOf(inventory, "legacy/sleep", `${scheme}://httpbin.foo:9000`)).toBe(bare);
    expect(outcomeOf(inventory, "foo/sleep", `${scheme}://httpbin.foo:9000`)).toBe(meshed);
  });

  it.each<[string, string, string]>([
    ["http", "200 plaintext", "200 mtls"],
    ["ws", "101 plaintext", "101 mtls"],
    ["tcp", "- plaintext", "- mtls"],
    ["grpc", "200 grpc 0 plaintext", "200 grpc 0 mtls"],
  ])("%s taken by a TCP port: without a sidecar %s, with one %s", (scheme, bare, meshed) => {
    expect(outcomeOf(world(), "legacy/sleep", `${scheme}://httpbin.foo:9000`)).toBe(bare);
    expect(outcomeOf(world(), "foo/sleep", `${scheme}://httpbin.foo:9000`)).toBe(meshed);
  });

  it("TLS that is the application's is not taken on an HTTP port", () => {
    const secure = { ports: [{ name: "https", containerPort: 8080 }] };
    const of = (port: object): Inventory =>
      mesh(
        namespace("foo", INJECTED),
        namespace("legacy"),
        deployment("legacy/sleep"),
        deployment("foo/httpbin", secure),
        service("foo/httpbin", { ports: [port] }),
      );
    expect(outcomeOf(of(http!), "legacy/sleep", "https://httpbin.foo:8000")).toBe("000/35");
    expect(outcomeOf(of(tcp!), "legacy/sleep", "https://httpbin.foo:9000")).toContain("200 tls");
    expect(outcomeOf(of(tcp!), "legacy/sleep", "tls://httpbin.foo:9000")).toContain("- tls");
    expect(outcomeOf(of(sniffed!), "legacy/sleep", "https://httpbin.foo:6000")).toContain("200 tls");
  });

  it("an application behind HTTP/2 may know HTTP/1.1 only", () => {
    expect(outcomeOf(foo(grpc!), "foo/sleep", "http://httpbin.foo:7000")).toBe("200 mtls | (502) mtls");
    expect(outcomeOf(foo(grpc!), "foo/sleep", "grpc://httpbin.foo:7000")).toBe("200 grpc 0 mtls");
    expect(outcomeOf(foo(grpc!), "legacy/sleep", "http://httpbin.foo:7000")).toBe("200 plaintext | (502) plaintext");
  });

  const deny = (rule: object): object =>
    object("security.istio.io/v1", "AuthorizationPolicy", "foo/deny", { action: "DENY", ...rule });
  it("a denial is a code where the chain speaks HTTP, and else the end of the connection", () => {
    const all = deny({ rules: [{}] });
    expect(outcomeOf(foo(http!, all), "foo/sleep", "http://httpbin.foo:8000")).toBe("(403) mtls");
    expect(outcomeOf(foo(http!, all), "legacy/sleep", "http://httpbin.foo:8000")).toBe("(403) plaintext");
    expect(outcomeOf(foo(http!, all), "foo/sleep", "grpc://httpbin.foo:8000")).toBe("(200) grpc 7 mtls");
    expect(outcomeOf(foo(tcp!, all), "legacy/sleep", "http://httpbin.foo:9000")).toBe("000/52");
    expect(outcomeOf(foo(tcp!, all), "foo/sleep", "tcp://httpbin.foo:9000")).toBe("-/56");
  });
});

describe("who predicts", () => {
  it("refuses a URL that is none", () => {
    expect(outcomeOf(mesh(...WORLD), "foo/sleep", "nothing")).toMatch(/^unknown: the URL is no URL/u);
  });

  it("cannot tell where the client has no pods", () => {
    const inventory = mesh(...WORLD);
    const client = { ...workloadOf(inventory, "foo/sleep"), pods: [] };
    const request = { url: url("foo"), method: "GET", headers: {} };
    expect(new Predictor(inventory).predict(client, "sleep", request)).toEqual({
      unknown: "the client has no pods",
      because: [],
    });
  });

  it("takes the Host header for the request's own", () => {
    const rules = [{ to: [{ operation: { hosts: ["given.org"] } }] }];
    const policy = object("security.istio.io/v1", "AuthorizationPolicy", "foo/a", { rules });
    const inventory = mesh(...WORLD, policy);
    expect(outcomeOf(inventory, "legacy/sleep", url("foo"))).toBe("(403) plaintext");
    expect(outcomeOf(inventory, "legacy/sleep", url("foo"), { headers: { Host: "given.org" } })).toBe("200 plaintext");
  });

  it("leaves the scheme's own port out of the Host header", () => {
    const to = (hosts: string[]): Inventory => {
      const policy = { rules: [{ to: [{ operation: { hosts } }] }] };
      const ports = [{ name: "http", port: 80, targetPort: 8080 }];
      return mesh(
        ...WORLD.slice(0, -2),
        service("foo/httpbin", { ports }),
        object("security.istio.io/v1", "AuthorizationPolicy", "foo/a", policy),
      );
    };
    expect(outcomeOf(to(["httpbin.foo"]), "legacy/sleep", "http://httpbin.foo/")).toBe("200 plaintext");
    expect(outcomeOf(to(["httpbin.foo:80"]), "legacy/sleep", "http://httpbin.foo/")).toBe("(403) plaintext");
  });
});

describe("pods that differ", () => {
  const pod = (name: string, owner: string, address: string, meshed: boolean): object => ({
    ...object(
      "v1",
      "Pod",
      `foo/${name}`,
      { containers: [{ name: "app" }, ...(meshed ? [{ name: "istio-proxy" }] : [])] },
      {
        labels: { app: owner, ...(meshed ? { "security.istio.io/tlsMode": "istio" } : {}) },
        ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: owner, uid: owner, controller: true }],
      },
    ),
    status: { phase: "Running", podIP: address, conditions: [{ type: "Ready", status: "True" }] },
  });
  const STRICT = peerAuthentication("foo/a", "STRICT");
  const base = [namespace("foo", INJECTED), namespace("legacy"), deployment("legacy/sleep")];
  const servers = [
    ...base,
    service("foo/httpbin"),
    pod("h-1", "httpbin", "10.0.0.1", true),
    pod("h-2", "httpbin", "10.0.0.2", false),
  ];

  it("behind the destination give all of their outcomes", () => {
    expect(outcomeOf(mesh(...servers, STRICT), "legacy/sleep", url("foo"))).toBe("000/56 | 200 plaintext");
    expect(outcomeOf(mesh(...servers), "legacy/sleep", url("foo"))).toBe("200 plaintext");
  });

  const clients = [
    ...base,
    service("foo/httpbin"),
    deployment("foo/httpbin"),
    pod("s-1", "sleep", "10.0.0.1", true),
    pod("s-2", "sleep", "10.0.0.2", false),
  ];

  it("of the client give all of their outcomes, or the one whose address is known", () => {
    const inventory = mesh(...clients, STRICT);
    const from = (address?: string): string =>
      outcomeOf(inventory, "foo/sleep", url("foo"), address === undefined ? {} : { address });
    expect(from()).toBe("200 mtls | 000/56");
    expect(from("10.0.0.1")).toBe("200 mtls");
    expect(from("10.0.0.2")).toBe("000/56");
    expect(from("10.9.9.9")).toBe("200 mtls | 000/56");
  });

  it("are unknown where one of them is", () => {
    const denied = object("networking.k8s.io/v1", "NetworkPolicy", "foo/a", {
      podSelector: { matchLabels: { app: "httpbin" } },
    });
    expect(outcomeOf(mesh(...clients, denied), "foo/sleep", url("foo"))).toMatch(/^unknown: NetworkPolicy foo\/a/u);
  });

  it("that are alike say their reasons once", () => {
    const twice = (predicted: Predicted): string[] => {
      const all = reasonsOf(predicted);
      return all.filter((one, index) => all.indexOf(one) !== index);
    };
    const all = predict(mesh(...servers, STRICT), "legacy/sleep", url("foo"));
    expect(twice(all)).toEqual([]);
    const same = mesh(...servers.slice(0, -1), pod("h-3", "httpbin", "10.0.0.3", true), STRICT);
    expect(reasonsOf(predict(same, "legacy/sleep", url("foo"))).length).toBeLessThan(all.because.length);
  });
});
