import { describe, expect, it } from "vitest";
import { mesh, object, outcomeOf, reasonsOf, predict, WORLD } from "./builders.js";

/** What no rule tells of: where it is on the way of a call, the outcome is unknown. */

const TO_FOO = "http://httpbin.foo:8000/";
const TO_LEGACY = "http://httpbin.legacy:8000/";

/** Whether calls foo → foo, legacy → foo, foo → legacy and legacy → legacy can be told: `1` where, `?` where not. */
function told(...obstacles: object[]): string {
  const inventory = mesh(...WORLD, ...obstacles);
  const calls = [TO_FOO, TO_LEGACY].flatMap((to) =>
    ["foo", "legacy"].map((from) => outcomeOf(inventory, `${from}/sleep`, to)),
  );
  return calls.map((one) => (one.startsWith("unknown") ? "?" : "1")).join("");
}

it("without an obstacle all can be told", () => expect(told()).toBe("1111"));

describe("a NetworkPolicy", () => {
  const network = (name: string, spec: object): object => object("networking.k8s.io/v1", "NetworkPolicy", name, spec);
  const app = (of: string): object => ({ podSelector: { matchLabels: { app: of } } });

  it.each<[string, string, object, string]>([
    ["for the servers of foo", "foo/a", app("httpbin"), "??11"],
    ["for all pods of foo, which is for what they receive", "foo/a", { podSelector: {} }, "??11"],
    ["for what all pods of foo send", "foo/a", { podSelector: {}, policyTypes: ["Egress"] }, "?1?1"],
    ["for what the client of foo sends, by its rules", "foo/a", { ...app("sleep"), egress: [{}] }, "?1?1"],
    ["for both", "foo/a", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }, "???1"],
    ["for what clients receive", "foo/a", app("sleep"), "1111"],
    ["for what servers send", "foo/a", { ...app("httpbin"), policyTypes: ["Egress"] }, "1111"],
    [
      "with rules for egress, but for ingress alone",
      "foo/a",
      { ...app("sleep"), egress: [], policyTypes: ["Ingress"] },
      "1111",
    ],
    ["for the servers of legacy", "legacy/a", app("httpbin"), "11??"],
    ["of another namespace", "bar/a", { podSelector: {} }, "1111"],
    ["without a selector", "foo/a", {}, "??11"],
  ])("%s", (_, name, spec, wanted) => expect(told(network(name, spec))).toBe(wanted));

  it("is named, with its place", () => {
    const predicted = predict(mesh(...WORLD, network("foo/a", app("httpbin"))), "legacy/sleep", TO_FOO);
    expect(predicted).toMatchObject({ unknown: "NetworkPolicy foo/a is for the pod, and networks are not predicted" });
    expect(reasonsOf(predicted).at(-1)).toMatch(/^obstacle: it is for the pod, .* mesh\.yaml:\d+$/u);
  });
});

describe("an EnvoyFilter", () => {
  const filter = (
    name: string,
    context: string,
    rest: object = {},
    patch: object = { operation: "REMOVE" },
  ): object => {
    const configPatches = [{ applyTo: "HTTP_FILTER", match: { context }, patch }];
    return object("networking.istio.io/v1alpha3", "EnvoyFilter", name, { configPatches, ...rest });
  };
  const labels = (app: string): object => ({ workloadSelector: { labels: { app } } });

  it.each<[string, object, string]>([
    ["for what foo's proxies receive", filter("foo/a", "SIDECAR_INBOUND"), "??11"],
    ["for what foo's proxies send", filter("foo/a", "SIDECAR_OUTBOUND"), "?1?1"],
    ["for anything in foo", filter("foo/a", "ANY"), "???1"],
    ["for the server", filter("foo/a", "ANY", labels("httpbin")), "??11"],
    ["for the client", filter("foo/a", "ANY", labels("sleep")), "?1?1"],
    ["for everyone, which is for proxies", filter("istio-system/a", "ANY"), "???1"],
    ["for gateways", filter("istio-system/a", "GATEWAY"), "1111"],
    ["for pods without a proxy", filter("legacy/a", "ANY"), "1111"],
    ["for another namespace", filter("bar/a", "ANY"), "1111"],
    [
      "that is harmless",
      filter("foo/a", "ANY", {}, { operation: "INSERT_BEFORE", value: { name: "istio.stats" } }),
      "1111",
    ],
  ])("%s", (_, one, wanted) => expect(told(one)).toBe(wanted));
});

describe("a WasmPlugin", () => {
  const plugin = (name: string, spec: object = {}): object =>
    object("extensions.istio.io/v1alpha1", "WasmPlugin", name, spec);
  const selector = (app: string): object => ({ selector: { matchLabels: { app } } });

  it.each<[string, object, string]>([
    ["of foo", plugin("foo/a"), "???1"],
    ["of the root namespace", plugin("istio-system/a"), "???1"],
    ["for the server", plugin("foo/a", selector("httpbin")), "??11"],
    ["for the client", plugin("foo/a", selector("sleep")), "?1?1"],
    ["for others", plugin("foo/a", selector("other")), "1111"],
    ["for a waypoint", plugin("foo/a", { targetRefs: [{ kind: "Gateway", name: "w" }] }), "1111"],
    ["of another namespace", plugin("bar/a"), "1111"],
  ])("%s", (_, one, wanted) => expect(told(one)).toBe(wanted));
});

describe("a route of the Gateway API", () => {
  const route = (name: string, ...parentRefs: object[]): object =>
    object("gateway.networking.k8s.io/v1", "HTTPRoute", name, { parentRefs });

  it.each<[string, object, string]>([
    ["of the Service", route("foo/a", { kind: "Service", name: "httpbin" }), "?111"],
    [
      "of the Service from another namespace",
      route("bar/a", { kind: "Service", name: "httpbin", namespace: "foo" }),
      "?111",
    ],
    ["of a Service of its own namespace", route("bar/a", { kind: "Service", name: "httpbin" }), "1111"],
    ["of a gateway", route("foo/a", { kind: "Gateway", name: "httpbin" }), "1111"],
    ["of several", route("foo/a", { kind: "Gateway", name: "x" }, { kind: "Service", name: "httpbin" }), "?111"],
  ])("%s", (_, one, wanted) => expect(told(one)).toBe(wanted));
});
