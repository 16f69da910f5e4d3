import { describe, expect, it } from "vitest";
import { meshWith, outcomeOf, predict, WORLD } from "./builders.js";

/** What could not be read and decides a call makes it unknown, and nothing else. */

const TO_FOO = "http://httpbin.foo:8000/";
const TO_LEGACY = "http://httpbin.legacy:8000/";
const why = "no rights";

/** foo → foo, legacy → foo, foo → legacy, legacy → legacy: `?` where unknown. */
function told(kind: string, namespace?: string): string {
  const unreadable = [{ kind, why, ...(namespace === undefined ? {} : { namespace }) }];
  const inventory = meshWith({ unreadable }, ...WORLD);
  return [TO_FOO, TO_LEGACY]
    .flatMap((to) => ["foo", "legacy"].map((from) => outcomeOf(inventory, `${from}/sleep`, to)))
    .map((one) => (one === `unknown: ${why}` ? "?" : "1"))
    .join("");
}

describe("a kind that sidecars of clients go by", () => {
  it.each(["DestinationRule", "VirtualService", "ServiceEntry", "ConfigMap"])("%s", (kind) => {
    expect(told(kind)).toBe("?1?1");
    expect(told(kind, "foo")).toBe("?1?1");
    expect(told(kind, "legacy")).toBe("11?1");
    expect(told(kind, "istio-system")).toBe("?1?1");
    expect(told(kind, "bar")).toBe("1111");
  });
});

describe("a kind that servers go by", () => {
  it.each([
    "PeerAuthentication",
    "AuthorizationPolicy",
    "RequestAuthentication",
    "WorkloadEntry",
    "Pod",
    "Service",
    "EndpointSlice",
  ])("%s", (kind) => {
    expect(told(kind)).toBe("????");
    expect(told(kind, "foo")).toBe("??11");
    expect(told(kind, "legacy")).toBe("11??");
    expect(told(kind, "istio-system")).toBe("????");
    expect(told(kind, "bar")).toBe("1111");
  });
});

describe("a kind that is for either side", () => {
  it.each(["Sidecar", "EnvoyFilter", "WasmPlugin", "NetworkPolicy"])("%s", (kind) => {
    expect(told(kind)).toBe("????");
    expect(told(kind, "foo")).toBe("???1");
    expect(told(kind, "legacy")).toBe("1???");
    expect(told(kind, "bar")).toBe("1111");
  });
});

it("any other kind decides nothing", () => expect(told("Secret")).toBe("1111"));

it("what the rules say so far is told with it", () => {
  const unreadable = [{ kind: "Sidecar", why }];
  const { because } = predict(meshWith({ unreadable }, ...WORLD), "foo/sleep", TO_FOO);
  expect(because[0]?.says).toBe("the client: the namespace asks for sidecars");
});
