import { describe, expect, it } from "vitest";
import { patches, type Direction, type EnvoyFilterSpec } from "../../src/rules/envoy-filter.js";
import { meshObjectOf } from "../predict/builders.js";

const ROOT = "istio-system";
const WORKLOAD = { namespace: "foo", labels: { app: "httpbin", version: "v1" } };
type Patch = NonNullable<EnvoyFilterSpec["configPatches"]>[number];

function changes(spec: EnvoyFilterSpec, direction: Direction = "inbound", namespace = "foo"): number | null {
  return patches(meshObjectOf("EnvoyFilter", `${namespace}/filter`, spec), WORKLOAD, direction, ROOT);
}

/** A patch that removes a filter, which no one can call harmless. */
function patch(context?: string, rest: Partial<Patch> = {}): Patch {
  const match = context === undefined ? {} : { match: { context } };
  return { applyTo: "HTTP_FILTER", ...match, patch: { operation: "REMOVE" }, ...rest };
}

const both = (spec: EnvoyFilterSpec): (number | null)[] => [changes(spec, "inbound"), changes(spec, "outbound")];

describe("the context of a patch", () => {
  it.each<[string | undefined, number | null, number | null]>([
    [undefined, 0, 0],
    ["ANY", 0, 0],
    ["SIDECAR_INBOUND", 0, null],
    ["SIDECAR_OUTBOUND", null, 0],
    ["GATEWAY", null, null],
    ["WAYPOINT", null, null],
  ])("%s: inbound %s, outbound %s", (context, inbound, outbound) => {
    expect(both({ configPatches: [patch(context)] })).toEqual([inbound, outbound]);
  });

  it("is the index of the first patch that can change something", () => {
    const configPatches = [patch("GATEWAY"), patch("SIDECAR_OUTBOUND"), patch("SIDECAR_INBOUND")];
    expect(both({ configPatches })).toEqual([2, 1]);
  });

  it("without patches, changes nothing", () => expect(both({})).toEqual([null, null]));
});

describe("who a filter is for", () => {
  const configPatches = [patch()];
  it("is its own namespace, or all of them from the root", () => {
    expect(changes({ configPatches }, "inbound", "foo")).toBe(0);
    expect(changes({ configPatches }, "inbound", ROOT)).toBe(0);
    expect(changes({ configPatches }, "inbound", "bar")).toBeNull();
  });

  it("is the pods that its selector takes", () => {
    const selecting = (labels: Record<string, string>): number | null =>
      changes({ configPatches, workloadSelector: { labels } });
    expect(selecting({ app: "httpbin" })).toBe(0);
    expect(selecting({ app: "httpbin", version: "v1" })).toBe(0);
    expect(selecting({ app: "other" })).toBeNull();
    expect(selecting({ app: "httpbin", more: "1" })).toBeNull();
    expect(selecting({})).toBe(0);
    expect(changes({ configPatches, workloadSelector: { labels: { app: "other" } } }, "inbound", ROOT)).toBeNull();
  });

  it("is no sidecar where it has targetRefs", () => {
    expect(changes({ configPatches, targetRefs: [{ kind: "Gateway", name: "waypoint" }] })).toBeNull();
    expect(changes({ configPatches, targetRefs: [] })).toBe(0);
  });
});

describe("a harmless patch", () => {
  const ALPN = {
    name: "alpn",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config",
      on_request_headers: [{ object_key: "envoy.network.application_protocols" }],
    },
  };
  const withKey = (key: string): object => ({
    typed_config: {
      ...ALPN.typed_config,
      on_request_headers: [...ALPN.typed_config.on_request_headers, { object_key: key }],
    },
  });
  const insert = (value: object, rest: Partial<Patch> = {}, operation = "INSERT_BEFORE"): number | null =>
    changes({ configPatches: [patch("SIDECAR_INBOUND", { ...rest, patch: { operation, value } })] });

  it.each([
    "istio.stats",
    "istio.alpn",
    "istio.metadata_exchange",
    "envoy.filters.network.metadata_exchange",
    "envoy.filters.network.upstream.metadata_exchange",
    "envoy.filters.http.peer_metadata",
    "envoy.filters.http.grpc_stats",
  ])("adds %s", (name) => {
    expect(insert({ name })).toBeNull();
    expect(insert({ name }, { applyTo: "NETWORK_FILTER" })).toBeNull();
  });

  it.each(["INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST", "ADD"])("adds it by %s", (operation) => {
    expect(insert({ name: "istio.stats" }, {}, operation)).toBeNull();
  });

  it.each(["MERGE", "REMOVE", "REPLACE", ""])("never takes one away or changes it by %j", (operation) => {
    expect(insert({ name: "istio.stats" }, {}, operation)).toBe(0);
  });

  it("tells the server's proxy that HTTP is inside, and sets nothing else", () => {
    expect(insert(ALPN)).toBeNull();
    expect(insert(withKey("envoy.network.application_protocols"))).toBeNull();
    expect(insert(withKey("envoy.network.upstream_server_name"))).toBe(0);
    expect(insert({ typed_config: { "@type": ALPN.typed_config["@type"] } })).toBe(0);
  });

  it("is none where it is of another filter, or elsewhere", () => {
    expect(insert({ name: "envoy.filters.http.lua" })).toBe(0);
    expect(insert({ name: "istio.stats" }, { applyTo: "CLUSTER" })).toBe(0);
    expect(insert({})).toBe(0);
    expect(changes({ configPatches: [{ applyTo: "HTTP_FILTER" }] })).toBe(0);
  });

  it("doesn't make the next one harmless", () => {
    const stats = patch(undefined, { patch: { operation: "ADD", value: { name: "istio.stats" } } });
    expect(both({ configPatches: [stats, patch()] })).toEqual([1, 1]);
  });
});

it("a BOOTSTRAP patch is told once, of what a proxy sends", () => {
  expect(both({ configPatches: [patch(undefined, { applyTo: "BOOTSTRAP" })] })).toEqual([null, 0]);
});
