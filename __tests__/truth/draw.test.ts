import { describe, expect, it } from "vitest";
import { coverage } from "../../e2e/truth/coverage.js";
import { drawCase } from "../../e2e/truth/draw.js";
import { shrink } from "../../e2e/truth/shrink.js";
import { agreement } from "../../e2e/truth/predictor.js";
import type { SeenCall, SeenOutcome } from "../../e2e/truth/case.js";
import type { KubeObject } from "../../src/ports.js";

const CASES = 300;
const LEAST = 15;

/** The kinds and fields that sidecars obey, each of which a run has to show often enough to mean something. */
const FIELDS = [
  "Service with exportTo annotation",
  "Service.clusterIP=None",
  "Service.ports.appProtocol",
  "Service.type=ExternalName",
  "PeerAuthentication in the root namespace",
  "PeerAuthentication.selector",
  ...["STRICT", "PERMISSIVE", "DISABLE", "UNSET"].map((mode) => `PeerAuthentication.mtls.mode=${mode}`),
  "PeerAuthentication.portLevelMtls",
  ...["STRICT", "PERMISSIVE", "DISABLE", "UNSET"].map((mode) => `PeerAuthentication.portLevelMtls=${mode}`),
  "DestinationRule in the root namespace",
  ...["DISABLE", "ISTIO_MUTUAL", "SIMPLE"].map((mode) => `DestinationRule.trafficPolicy.tls.mode=${mode}`),
  ...["DISABLE", "ISTIO_MUTUAL", "SIMPLE"].map(
    (mode) => `DestinationRule.trafficPolicy.portLevelSettings.tls.mode=${mode}`,
  ),
  "DestinationRule.trafficPolicy.connectionPool",
  "DestinationRule.trafficPolicy.loadBalancer.simple=PASSTHROUGH",
  "DestinationRule.trafficPolicy.tls.credentialName",
  "DestinationRule.trafficPolicy.tls.subjectAltNames",
  "DestinationRule.subsets.trafficPolicy.tls.mode=DISABLE",
  "DestinationRule.subsets.trafficPolicy.tls.mode=ISTIO_MUTUAL",
  "DestinationRule.exportTo",
  "DestinationRule.workloadSelector",
  "AuthorizationPolicy in the root namespace",
  "AuthorizationPolicy.selector",
  ...["ALLOW", "DENY", "AUDIT"].map((action) => `AuthorizationPolicy.action=${action}`),
  ...["principals", "namespaces", "ipBlocks", "remoteIpBlocks", "requestPrincipals", "serviceAccounts"].flatMap(
    (field) => [field, opposite(field)].map((name) => `AuthorizationPolicy.rules.from.source.${name}`),
  ),
  ...["ports", "paths", "methods", "hosts"].flatMap((field) =>
    [field, opposite(field)].map((name) => `AuthorizationPolicy.rules.to.operation.${name}`),
  ),
  "AuthorizationPolicy.rules.when.values",
  "AuthorizationPolicy.rules.when.notValues",
  "RequestAuthentication",
  "RequestAuthentication.selector",
  "VirtualService in the root namespace",
  "VirtualService.exportTo",
  "VirtualService.http.route.destination.subset",
  "VirtualService.http.route.destination.port",
  "VirtualService.http.fault.abort",
  "VirtualService.http.directResponse",
  "VirtualService.http.redirect",
  "VirtualService.http.rewrite",
  ...["uri", "method", "headers", "sourceNamespace", "port", "sourceLabels"].map(
    (field) => `VirtualService.http.match.${field}`,
  ),
  "VirtualService.tcp",
  "Sidecar in the root namespace",
  "Sidecar.workloadSelector",
  "Sidecar.egress.hosts",
  "Sidecar.ingress",
  "Sidecar.outboundTrafficPolicy.mode=REGISTRY_ONLY",
  "Sidecar.outboundTrafficPolicy.mode=ALLOW_ANY",
  ...["DNS", "STATIC", "NONE"].map((resolution) => `ServiceEntry.resolution=${resolution}`),
  "ServiceEntry.location=MESH_INTERNAL",
  "ServiceEntry.location=MESH_EXTERNAL",
];

function opposite(field: string): string {
  return `not${field.charAt(0).toUpperCase()}${field.slice(1)}`;
}

describe("drawCase", () => {
  it("draws the same case for the same words, and another for others", () => {
    expect(drawCase("a", 3, 0)).toEqual(drawCase("a", 3, 0));
    expect(drawCase("a", 3, 0)).not.toEqual(drawCase("b", 3, 0));
    expect(drawCase("a", 3, 0)).not.toEqual(drawCase("a", 3, 1));
  });

  it.each(["one", "another", "a third", "a fourth"])(
    `has each kind and field in ${LEAST} of ${CASES} cases (seed %s)`,
    (seed) => {
      const counts = coverage(Array.from({ length: CASES }, (_, index) => drawCase(seed, index, 0).objects));

      expect(FIELDS.filter((field) => (counts.get(field) ?? 0) < LEAST)).toEqual([]);
    },
  );

  it("names every object of a case once", () => {
    const cases = Array.from({ length: 100 }, (_, index) => drawCase("names", index, 0).objects);

    for (const objects of cases) {
      const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe("agreement", () => {
  const seen = (...observed: Partial<SeenOutcome>[]): SeenCall => ({
    from: "a/sleep",
    method: "GET",
    url: "http://b:80/",
    observed: observed.map((one) => ({ code: "200", exit: 0, transport: "mtls", evidence: null, error: null, ...one })),
  });
  const says = (code: string | null, exit: number | null, transport: "mtls" | "plaintext" | null) => ({
    arrives: null,
    code,
    exit,
    transport,
  });

  it("wants code, exit and transport, where the prediction states them", () => {
    expect(agreement({ ...says("200", 0, "mtls"), because: [] }, seen({}))).toBe("agrees");
    expect(agreement({ ...says("200", 0, "plaintext"), because: [] }, seen({}))).toBe("disagrees");
    expect(agreement({ ...says("503", 0, "mtls"), because: [] }, seen({}))).toBe("disagrees");
    expect(agreement({ ...says("200", null, null), because: [] }, seen({}))).toBe("agrees");
    expect(agreement({ ...says("000", 56, null), because: [] }, seen({ code: "000", exit: 52 }))).toBe("disagrees");
  });

  it("takes a transport that nothing showed for any", () => {
    expect(agreement({ ...says("200", 0, "plaintext"), because: [] }, seen({ transport: "unproven" }))).toBe("agrees");
  });

  it("allows no outcome that is not predicted, and needs not all that are", () => {
    const two = { anyOf: [says("200", 0, "mtls"), says("503", 0, null)], because: [] };

    expect(agreement(two, seen({}))).toBe("agrees");
    expect(agreement(two, seen({}, { code: "503" }))).toBe("agrees");
    expect(agreement(two, seen({}, { code: "403" }))).toBe("disagrees");
  });

  it("lets answer and transport come from different pods only where there are several", () => {
    const two = { anyOf: [says("200", 0, "mtls"), says("503", 0, "plaintext")], because: [] };
    const apart = seen({ transport: "plaintext" });

    expect(agreement(two, apart)).toBe("disagrees");
    expect(agreement(two, { ...apart, several: true })).toBe("agrees");
  });

  it("counts what has not settled as unseen, and a call without prediction as a disagreement", () => {
    expect(agreement({ ...says("503", 0, null), because: [] }, { ...seen({}), unsettled: true })).toBe("unseen");
    expect(agreement(undefined, seen({}))).toBe("disagrees");
    expect(agreement({ unknown: "why", because: [] }, seen({}))).toBe("unknown");
  });
});

describe("shrink", () => {
  it("leaves what the condition needs and nothing else", async () => {
    const object = (kind: string, spec: object): KubeObject => ({
      apiVersion: "v1",
      kind,
      metadata: { name: kind.toLowerCase() },
      spec,
    });
    const objects = [
      object("A", { keep: { mode: "X", other: [1, 2] }, more: 1 }),
      object("B", { any: true }),
      object("C", { list: [{ a: 1 }, { b: 2, c: 3 }] }),
    ];
    const needs = ["X", '"b":2'];

    const smallest = await shrink(
      objects,
      async (some) => await Promise.resolve(needs.every((text) => JSON.stringify(some).includes(text))),
      10_000,
    );

    expect(smallest.map(({ spec }) => spec)).toEqual([{ keep: { mode: "X" } }, { list: [{ b: 2 }] }]);
  });
});
