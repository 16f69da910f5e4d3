import { describe, expect, it } from "vitest";
import {
  AMBIENT,
  authorizationPolicy,
  deployment,
  mesh,
  namespace,
  object,
  outcomeOf,
  peerAuthentication,
  service,
  WORLD,
} from "./builders.js";

/** Calls from, to and between pods that ztunnel captures. */

const AMB = [deployment("amb/sleep", { ports: [] }), deployment("amb/httpbin"), service("amb/httpbin")];
const BASE = [...WORLD, namespace("amb", AMBIENT), ...AMB];
const TO_AMB = "http://httpbin.amb:8000/";

/** What amb, foo (with sidecars) and legacy (with nothing) get of amb's httpbin. */
function outcomes(...parts: object[]): string[] {
  const inventory = mesh(...BASE, ...parts);
  return ["amb", "foo", "legacy"].map((from) => outcomeOf(inventory, `${from}/sleep`, TO_AMB));
}

describe("a pod that ztunnel captures", () => {
  const REFUSED = "000/52 | 000/56";
  it.each<[string, object[], string]>([
    ["no policy", [], "200 plaintext"],
    ["STRICT of the namespace", [peerAuthentication("amb/a", "STRICT")], REFUSED],
    ["STRICT of the mesh", [peerAuthentication("istio-system/a", "STRICT")], REFUSED],
    ["PERMISSIVE", [peerAuthentication("amb/a", "PERMISSIVE")], "200 plaintext"],
    ["DISABLE, which turns no HBONE off", [peerAuthentication("amb/a", "DISABLE")], "200 plaintext"],
    [
      "DISABLE over STRICT of the mesh",
      [peerAuthentication("istio-system/a", "STRICT"), peerAuthentication("amb/b", "DISABLE")],
      "200 plaintext",
    ],
  ])("%s", (_, policies, legacy) => {
    expect(outcomes(...policies)).toEqual(["200 hbone", "200 hbone", legacy]);
  });

  it("takes HBONE from sidecars whatever a DestinationRule says, but TLS of its own", () => {
    const rule = (mode: string): object =>
      object("networking.istio.io/v1", "DestinationRule", "amb/a", {
        host: "httpbin",
        trafficPolicy: { tls: { mode } },
      });
    expect(outcomes(rule("DISABLE"))).toEqual(["200 hbone", "200 hbone", "200 plaintext"]);
    expect(outcomes(rule("ISTIO_MUTUAL"))).toEqual(["200 hbone", "200 hbone", "200 plaintext"]);
    expect(outcomes(rule("SIMPLE"))[1]).toBe("(503)");
  });

  it("is denied without a code", () => {
    expect(outcomes(authorizationPolicy("amb/a", {}))).toEqual(["000/56", "(503)", REFUSED]);
  });

  it("is known by identity over HBONE alone", () => {
    const principals = ["cluster.local/ns/amb/sa/sleep"];
    const rules = [{ from: [{ source: { principals } }] }];
    expect(outcomes(authorizationPolicy("amb/a", { rules }))).toEqual(["200 hbone", "(503)", REFUSED]);
  });
});

describe("a client that ztunnel captures", () => {
  const to = (url: string, ...parts: object[]): string => outcomeOf(mesh(...BASE, ...parts), "amb/sleep", url);

  it("sends plaintext to sidecars and to pods without anything", () => {
    expect(to("http://httpbin.foo:8000/")).toBe("200 plaintext");
    expect(to("http://httpbin.legacy:8000/")).toBe("200 plaintext");
    expect(to("http://httpbin.foo:8000/", peerAuthentication("foo/a", "STRICT"))).toBe("000/56");
  });
  it("goes by no DestinationRule", () => {
    const rule = { host: "httpbin.foo.svc.cluster.local", trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } } };
    expect(to("http://httpbin.foo:8000/", object("networking.istio.io/v1", "DestinationRule", "amb/a", rule))).toBe(
      "200 plaintext",
    );
  });
});

describe("a waypoint", () => {
  const listeners = [{ name: "mesh", port: 15008, protocol: "HBONE" }];
  const gateway = object("gateway.networking.k8s.io/v1", "Gateway", "amb/waypoint", {
    gatewayClassName: "istio-waypoint",
    listeners,
  });
  const through = (...parts: object[]): string[] => {
    const labels = { ...AMBIENT, "istio.io/use-waypoint": "waypoint" };
    const inventory = mesh(...WORLD, namespace("amb", labels), ...AMB, gateway, ...parts);
    return ["amb", "foo", "legacy"].map((from) => outcomeOf(inventory, `${from}/sleep`, TO_AMB));
  };
  const targetRefs = [{ kind: "Service", name: "httpbin" }];

  it("without policies changes nothing", () => {
    expect(through()).toEqual(["200 hbone", "200 hbone", "200 plaintext"]);
  });

  it("denies with a code, and those who go round it not at all", () => {
    const deny = authorizationPolicy("amb/a", { targetRefs, action: "DENY", rules: [{}] });
    expect(through(deny)).toEqual(["(403) hbone", "200 hbone", "200 plaintext"]);
    const paths = { targetRefs, action: "DENY", rules: [{ to: [{ operation: { paths: ["/x"] } }] }] };
    expect(through(authorizationPolicy("amb/a", paths))[0]).toBe("200 hbone");
  });

  it("is who the destination's ztunnel sees", () => {
    const only = (account: string): object =>
      authorizationPolicy("amb/a", {
        selector: { matchLabels: { app: "httpbin" } },
        rules: [{ from: [{ source: { principals: [`cluster.local/ns/amb/sa/${account}`] } }] }],
      });
    expect(through(only("sleep"))[0]).toBe("000/56");
    expect(through(only("waypoint"))[0]).toBe("200 hbone");
  });

  it("with routes of its own is not told of", () => {
    const routes = { hosts: ["httpbin"], http: [{ route: [{ destination: { host: "httpbin" } }] }] };
    const routed = object("networking.istio.io/v1", "VirtualService", "amb/a", routes);
    expect(through(routed)[0]).toBe("unknown: the waypoint has routes for the host");
  });
});
