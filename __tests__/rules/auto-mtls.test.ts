import { describe, expect, it } from "vitest";
import { decideUpstream, type UpstreamCluster, type UpstreamEndpoint } from "../../src/rules/auto-mtls.js";
import type { ChosenPolicy, ClientTls } from "../../src/rules/destination-rule.js";
import type { DecidedMode, MtlsMode } from "../../src/rules/peer-authentication.js";
import { meshObjectOf } from "../predict/builders.js";

/** istio-semantics.md, 3.2, 3.3 and 10, sentence by sentence. */

const of = meshObjectOf("DestinationRule", "foo/rule", {});

function decided(mode: MtlsMode): DecidedMode {
  return { mode, because: { rule: "peer-authentication", says: `it is ${mode}` } };
}

const CLUSTER: UpstreamCluster = {
  hostname: "httpbin.bar.svc.cluster.local",
  enableAutoMtls: true,
  external: false,
  originalDestination: false,
  allEndpointsTake: true,
  namespaceMode: decided("PERMISSIVE"),
};
const MESHED: UpstreamEndpoint = { tlsMode: true, mode: decided("PERMISSIVE") };
const BARE: UpstreamEndpoint = { tlsMode: false, mode: decided("PERMISSIVE") };

function policy(tls: ClientTls | null, rest: Partial<ChosenPolicy> & { told?: ClientTls } = {}): ChosenPolicy {
  const path = ["spec", "trafficPolicy", "tls"];
  const { told = tls, ...more } = rest;
  return {
    tls: tls === null ? null : { tls, of, path },
    endpointTls: told === null ? null : { tls: told, of, path },
    passthrough: false,
    of,
    path: ["spec", "trafficPolicy"],
    hasSelector: false,
    ...more,
  };
}

const transport = (...parts: Parameters<typeof decideUpstream>): string => decideUpstream(...parts).transport;

describe("an explicit mode", () => {
  it.each<[ClientTls, string]>([
    [{ mode: "DISABLE" }, "plaintext"],
    [{}, "plaintext"],
    [{ mode: "SIMPLE" }, "tls"],
    [{ mode: "MUTUAL" }, "tls"],
    [{ mode: "ISTIO_MUTUAL" }, "mtls"],
  ])("%j: %s to every endpoint, sidecar or not, whatever the clients see", (tls, wanted) => {
    const clusters: Partial<UpstreamCluster>[] = [
      {},
      { external: true },
      { enableAutoMtls: false },
      { originalDestination: true, allEndpointsTake: false },
      { namespaceMode: decided("DISABLE") },
    ];
    for (const cluster of clusters) {
      for (const endpoint of [MESHED, BARE, { tlsMode: true, mode: decided("DISABLE") }]) {
        expect(transport(policy(tls), { ...CLUSTER, ...cluster }, endpoint)).toBe(wanted);
      }
    }
  });

  it("ISTIO_MUTUAL insists on names only where it lists some", () => {
    const names = (tls: ClientTls): readonly string[] | null => decideUpstream(policy(tls), CLUSTER, MESHED).names;
    expect(names({ mode: "ISTIO_MUTUAL" })).toBeNull();
    expect(names({ mode: "ISTIO_MUTUAL", subjectAltNames: [] })).toBeNull();
    expect(names({ mode: "ISTIO_MUTUAL", subjectAltNames: ["spiffe://a"] })).toEqual(["spiffe://a"]);
    expect(names({ mode: "DISABLE", subjectAltNames: ["spiffe://a"] })).toBeNull();
  });

  it.each<[string, ClientTls, boolean, string]>([
    ["SIMPLE without selector", { mode: "SIMPLE", credentialName: "secret" }, false, "plaintext"],
    ["MUTUAL without selector", { mode: "MUTUAL", credentialName: "secret" }, false, "plaintext"],
    ["with a selector", { mode: "SIMPLE", credentialName: "secret" }, true, "tls"],
    ["of a ConfigMap", { mode: "SIMPLE", credentialName: "configmap://ca" }, false, "tls"],
    ["empty", { mode: "SIMPLE", credentialName: "" }, false, "tls"],
  ])("credentialName, %s", (_, tls, hasSelector, wanted) => {
    expect(transport(policy(tls, { hasSelector }), CLUSTER, BARE)).toBe(wanted);
  });

  it("tells the field that decided", () => {
    const [only] = decideUpstream(policy({ mode: "DISABLE" }), CLUSTER, MESHED).because;
    expect(only).toMatchObject({ rule: "destination-rule", object: of });
    expect(only?.path).toEqual(["spec", "trafficPolicy", "tls", "mode"]);
  });
});

describe("the gate of the cluster", () => {
  it.each<[string, Partial<UpstreamCluster>, string]>([
    ["nothing closes it", {}, "mtls"],
    ["outside the mesh", { external: true }, "plaintext"],
    ["enableAutoMtls off", { enableAutoMtls: false }, "plaintext"],
    ["the namespace DISABLE", { namespaceMode: decided("DISABLE") }, "plaintext"],
    ["the namespace STRICT", { namespaceMode: decided("STRICT") }, "mtls"],
    ["some endpoint without mTLS", { allEndpointsTake: false }, "mtls"],
  ])("%s", (_, cluster, wanted) => {
    expect(transport(null, { ...CLUSTER, ...cluster }, MESHED)).toBe(wanted);
  });

  it("doesn't see that a workload is STRICT", () => {
    const cluster = { ...CLUSTER, namespaceMode: decided("DISABLE") };
    const found = decideUpstream(null, cluster, { tlsMode: true, mode: decided("STRICT") });
    expect(found.transport).toBe("plaintext");
    expect(found.because.map(({ says }) => says)).toContain("it is DISABLE");
  });
});

describe("the gate of the endpoint", () => {
  it.each<[string, boolean, MtlsMode, string]>([
    ["with the label", true, "PERMISSIVE", "mtls"],
    ["with the label, STRICT", true, "STRICT", "mtls"],
    ["with the label, DISABLE for its port", true, "DISABLE", "plaintext"],
    ["without the label", false, "PERMISSIVE", "plaintext"],
    ["without the label, STRICT", false, "STRICT", "plaintext"],
  ])("%s", (_, tlsMode, mode, wanted) => {
    expect(transport(null, CLUSTER, { tlsMode, mode: decided(mode) })).toBe(wanted);
  });

  it("lets the namespace's STRICT and the workload's DISABLE work together", () => {
    const cluster = { ...CLUSTER, namespaceMode: decided("STRICT") };
    expect(transport(null, cluster, { tlsMode: true, mode: decided("DISABLE") })).toBe("plaintext");
  });

  it("goes by the whole rule's TLS where the port's entry has none", () => {
    const told = (mode: string): string => transport(policy(null, { told: { mode } }), CLUSTER, BARE);
    expect(told("DISABLE")).toBe("plaintext");
    expect(told("SIMPLE")).toBe("plaintext");
    expect(told("ISTIO_MUTUAL")).toBe("mtls");
    expect(transport(policy(null, { told: { mode: "DISABLE" } }), CLUSTER, MESHED)).toBe("plaintext");
  });
});

describe("a cluster that connects to the address that was called", () => {
  const cluster = { ...CLUSTER, originalDestination: true };
  it("is mTLS to all where all endpoints take it, a workload's DISABLE unseen", () => {
    expect(transport(null, cluster, { tlsMode: true, mode: decided("DISABLE") })).toBe("mtls");
    expect(transport(null, cluster, BARE)).toBe("mtls");
  });
  it("is plaintext to all where one does not, or none is there", () => {
    expect(transport(null, { ...cluster, allEndpointsTake: false }, MESHED)).toBe("plaintext");
  });
  it("is plaintext where the namespace is DISABLE", () => {
    expect(transport(null, { ...cluster, namespaceMode: decided("DISABLE") }, MESHED)).toBe("plaintext");
  });
});

describe("a rule that sets no TLS", () => {
  it("leaves the transport to be found out, and is told", () => {
    const found = decideUpstream(policy(null), CLUSTER, MESHED);
    expect(found.transport).toBe("mtls");
    expect(found.because.map(({ rule }) => rule)).toEqual(["destination-rule", "auto-mtls"]);
    expect(transport(policy(null), CLUSTER, BARE)).toBe("plaintext");
    expect(decideUpstream(null, CLUSTER, MESHED).because.map(({ rule }) => rule)).toEqual(["auto-mtls"]);
  });
});
