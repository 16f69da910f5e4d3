import { describe, expect, it } from "vitest";
import { ambientTransport } from "../../src/rules/ambient-transport.js";
import type { TransportDestination } from "../../src/rules/ambient-transport.js";
import type { DataPlane } from "../../src/rules/model.js";

/** istio-semantics.md, 5, third and fourth point, and the rows of ztunnel in 6. */

const TUNNEL = { "networking.istio.io/tunnel": "http" };
const TLS_MODE = { "security.istio.io/tlsMode": "istio" };
const CAPTURED = { "ambient.istio.io/redirection": "enabled" };

function pod(dataPlane: DataPlane, labels: Record<string, string> = {}, annotations = {}): TransportDestination {
  return { dataPlane, labels, annotations };
}

const sends = (client: DataPlane, destination: TransportDestination, ambient = true): string =>
  ambientTransport({ dataPlane: client }, destination, { ambient }).transport;

describe("a ztunnel's client", () => {
  it("sends HBONE to a captured pod", () => {
    expect(sends("ztunnel", pod("ztunnel"))).toBe("hbone");
    expect(sends("ztunnel", pod("none", {}, CAPTURED))).toBe("hbone");
    expect(sends("ztunnel", pod("none", {}, { "ambient.istio.io/redirection": "pending" }))).toBe("plaintext");
  });

  it("sends HBONE to a sidecar with the label for it, one of a list too", () => {
    expect(sends("ztunnel", pod("sidecar", { ...TLS_MODE, ...TUNNEL }))).toBe("hbone");
    expect(sends("ztunnel", pod("sidecar", { ...TLS_MODE, "networking.istio.io/tunnel": "http3,http" }))).toBe("hbone");
  });

  it("sends plaintext to all others, never Istio's mutual TLS", () => {
    expect(sends("ztunnel", pod("sidecar", TLS_MODE))).toBe("plaintext");
    expect(sends("ztunnel", pod("sidecar", { ...TLS_MODE, "networking.istio.io/tunnel": "http3" }))).toBe("plaintext");
    expect(sends("ztunnel", pod("none"))).toBe("plaintext");
  });
});

describe("a sidecar", () => {
  it("sends HBONE to a captured pod where istiod runs with ambient", () => {
    expect(sends("sidecar", pod("ztunnel"))).toBe("hbone");
    expect(sends("sidecar", pod("ztunnel"), false)).toBe("legacy");
  });

  it("prefers mutual TLS with a sidecar, one that takes HBONE too", () => {
    expect(sends("sidecar", pod("sidecar", TLS_MODE))).toBe("legacy");
    expect(sends("sidecar", pod("sidecar", { ...TLS_MODE, ...TUNNEL }))).toBe("legacy");
  });

  it("goes by the label for mutual TLS alone: with it no HBONE goes to a captured pod, without it some to a sidecar", () => {
    expect(sends("sidecar", pod("ztunnel", TLS_MODE))).toBe("legacy");
    expect(sends("sidecar", pod("sidecar", { "security.istio.io/tlsMode": "disabled", ...TUNNEL }))).toBe("hbone");
  });

  it("sends HBONE to a waypoint", () => {
    expect(sends("sidecar", pod("none", { "gateway.istio.io/managed": "istio.io-mesh-controller" }))).toBe("hbone");
  });

  it("leaves a pod without a proxy to the rules without ambient", () => {
    expect(sends("sidecar", pod("none"))).toBe("legacy");
  });
});

describe("a client without a proxy", () => {
  it("sends plaintext to every pod", () => {
    for (const plane of ["sidecar", "ztunnel", "none"] as const) {
      expect(sends("none", pod(plane, { ...TLS_MODE, ...TUNNEL }, CAPTURED))).toBe("plaintext");
    }
  });
});

describe("the decision", () => {
  it("says why", () => {
    const why = (client: DataPlane, destination: TransportDestination, ambient: boolean): string =>
      ambientTransport({ dataPlane: client }, destination, { ambient }).because.says;
    expect(why("sidecar", pod("ztunnel"), false)).toContain("without ambient");
    expect(why("sidecar", pod("sidecar", TLS_MODE), true)).toContain("prefers Istio's mutual TLS");
    expect(why("ztunnel", pod("sidecar"), true)).toContain("whatever DestinationRules say");
    expect(ambientTransport({ dataPlane: "none" }, pod("none"), { ambient: true }).because.rule).toBe(
      "ambient-transport",
    );
  });
});
