import { describe, expect, it } from "vitest";
import { CAPTURE_DEFAULTS, inboundCaptured, outboundCaptured, type CaptureDefaults } from "../../src/rules/capture.js";
import { meshObjectOf } from "../predict/builders.js";

/** istio-semantics.md, 4: which connections go through a pod's sidecar. */

type Annotations = Record<string, string>;
const TRAFFIC = "traffic.sidecar.istio.io/";

function pod(annotations: Annotations = {}): Parameters<typeof inboundCaptured>[0] {
  return { annotations, object: meshObjectOf("Deployment", "foo/httpbin", {}), path: ["spec", "template"] };
}
const annotated = (name: string, value: string): Parameters<typeof inboundCaptured>[0] =>
  pod({ [TRAFFIC + name]: value });

const inbound = (of: ReturnType<typeof pod>, port: number, defaults: Partial<CaptureDefaults> = {}): boolean | string =>
  inboundCaptured(of, port, { ...CAPTURE_DEFAULTS, ...defaults }).captured;

function outbound(
  of: ReturnType<typeof pod>,
  port: number,
  addresses: readonly string[] = [],
  defaults: Partial<CaptureDefaults> = {},
): boolean | string {
  return outboundCaptured(of, { port, addresses }, { ...CAPTURE_DEFAULTS, ...defaults }).captured;
}

describe("a connection to a pod", () => {
  it.each<[string, string, number, boolean]>([
    ["excludeInboundPorts", "8080", 8080, false],
    ["excludeInboundPorts", "8080", 8081, true],
    ["excludeInboundPorts", "80, 8080 ,9000", 8080, false],
    ["excludeInboundPorts", "8000-8100", 8080, false],
    ["excludeInboundPorts", "8000-8100", 8101, true],
    ["excludeInboundPorts", "", 8080, true],
    ["includeInboundPorts", "*", 8080, true],
    ["includeInboundPorts", "8080", 8080, true],
    ["includeInboundPorts", "8080", 8081, false],
    ["includeInboundPorts", "", 8080, false],
  ])("%s %j: port %i is captured: %s", (name, value, port, captured) => {
    expect(inbound(annotated(name, value), port)).toBe(captured);
  });

  it("is captured by default", () => expect(inbound(pod(), 8080)).toBe(true));

  it.each([15020, 15021, 15090])("to port %i never is", (port) => {
    expect(inbound(pod(), port)).toBe(false);
    expect(inbound(annotated("includeInboundPorts", String(port)), port)).toBe(false);
  });

  it("is not captured where its port is both included and excluded", () => {
    const both = pod({ [`${TRAFFIC}includeInboundPorts`]: "8080", [`${TRAFFIC}excludeInboundPorts`]: "8080" });
    expect(inbound(both, 8080)).toBe(false);
  });

  it("goes by the installation where the pod says nothing, and by the pod alone where it does", () => {
    const defaults = { excludeInboundPorts: "8080" };
    expect(inbound(pod(), 8080, defaults)).toBe(false);
    expect(inbound(annotated("excludeInboundPorts", ""), 8080, defaults)).toBe(true);
    expect(inbound(pod(), 8081, { includeInboundPorts: "8080" })).toBe(false);
  });

  it("tells the annotation that decided, or that the installation did", () => {
    const own = inboundCaptured(annotated("excludeInboundPorts", "8080"), 8080, CAPTURE_DEFAULTS);
    expect(own.because?.path).toEqual(["spec", "template", "metadata", "annotations", `${TRAFFIC}excludeInboundPorts`]);
    const defaults = inboundCaptured(pod(), 8080, { ...CAPTURE_DEFAULTS, excludeInboundPorts: "8080" });
    expect(defaults.because?.object).toBeUndefined();
    expect(defaults.because?.says).toContain("as the installation has it");
  });
});

describe("a connection that a pod opens", () => {
  it.each<[string, string, number, string[], boolean | string]>([
    ["excludeOutboundPorts", "8000", 8000, [], false],
    ["excludeOutboundPorts", "8000", 8001, [], true],
    ["excludeOutboundIPRanges", "10.0.0.0/8", 8000, ["10.1.2.3"], false],
    ["excludeOutboundIPRanges", "10.0.0.0/8", 8000, ["11.1.2.3"], true],
    ["excludeOutboundIPRanges", "10.1.2.3/32,10.1.2.4/32", 8000, ["10.1.2.4"], false],
    ["excludeOutboundIPRanges", "*", 8000, [], false],
    ["excludeOutboundIPRanges", "0.0.0.0/0", 8000, [], false],
    ["excludeOutboundIPRanges", "10.0.0.0/8", 8000, [], "unknown"],
    ["excludeOutboundIPRanges", "10.0.0.0/8", 8000, ["10.1.2.3", "11.1.2.3"], "unknown"],
    ["includeOutboundIPRanges", "10.0.0.0/8", 8000, ["10.1.2.3"], true],
    ["includeOutboundIPRanges", "10.0.0.0/8", 8000, ["11.1.2.3"], false],
    ["includeOutboundIPRanges", "10.0.0.0/8", 8000, [], "unknown"],
    ["includeOutboundIPRanges", "", 8000, ["10.1.2.3"], false],
    ["includeOutboundIPRanges", "fd00::/8", 8000, ["fd00::1"], true],
  ])("%s %j: to port %i of %j is captured: %s", (name, value, port, addresses, captured) => {
    expect(outbound(annotated(name, value), port, addresses)).toBe(captured);
  });

  it("is captured by default, the address known or not", () => {
    expect(outbound(pod(), 8000)).toBe(true);
    expect(outbound(pod(), 8000, ["10.1.2.3"])).toBe(true);
  });

  it("is captured by its port where its address is not included", () => {
    const ports = pod({
      [`${TRAFFIC}includeOutboundIPRanges`]: "10.0.0.0/8",
      [`${TRAFFIC}includeOutboundPorts`]: "8000",
    });
    expect(outbound(ports, 8000, ["11.1.2.3"])).toBe(true);
    expect(outbound(ports, 8001, ["11.1.2.3"])).toBe(false);
  });

  it("goes by the installation where the pod says nothing", () => {
    expect(outbound(pod(), 8000, [], { excludeOutboundPorts: "8000" })).toBe(false);
    expect(outbound(pod(), 8000, ["10.1.2.3"], { excludeIPRanges: "10.0.0.0/8" })).toBe(false);
    expect(outbound(pod(), 8000, ["11.1.2.3"], { includeIPRanges: "10.0.0.0/8" })).toBe(false);
    expect(outbound(annotated("excludeOutboundPorts", "1"), 8000, [], { excludeOutboundPorts: "8000" })).toBe(true);
  });
});

describe("interceptionMode", () => {
  it("NONE leaves it unknown what is captured", () => {
    const none = pod({ "sidecar.istio.io/interceptionMode": "NONE" });
    expect(inbound(none, 8080)).toBe("unknown");
    expect(outbound(none, 8000)).toBe("unknown");
  });
  it("REDIRECT and TPROXY change nothing", () => {
    for (const mode of ["REDIRECT", "TPROXY"]) {
      expect(inbound(pod({ "sidecar.istio.io/interceptionMode": mode }), 8080)).toBe(true);
    }
  });
});
