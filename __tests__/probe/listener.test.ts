import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { heldMode, inboundChains } from "../../src/probe/listener.js";

/** The dumps are those of a real sidecar, reduced to what is read. */

type Chains = NonNullable<ReturnType<typeof inboundChains>>;

function real(mode: "strict" | "permissive"): Chains {
  const text = readFileSync(new URL(`fixtures/listener-${mode}.json`, import.meta.url), "utf8");
  const chains = inboundChains(text);
  if (chains === null) throw new Error("the fixture has an inbound listener");
  return chains;
}

describe("a real sidecar", () => {
  it("holds STRICT for its Service's port and for those that no Service declares", () => {
    expect(heldMode(real("strict"), 8080)).toBe("STRICT");
    expect(heldMode(real("strict"), 9999)).toBe("STRICT");
  });

  it("holds PERMISSIVE, although one of its chains passes TLS on unread", () => {
    expect(heldMode(real("permissive"), 8080)).toBe("PERMISSIVE");
    expect(heldMode(real("permissive"), 9999)).toBe("PERMISSIVE");
  });
});

describe("the chains of a port", () => {
  const own = { filter_chain_match: { destination_port: 8080 } };

  it("are DISABLE where none ends TLS", () => {
    expect(heldMode([own, ...real("strict")], 9999)).toBe("STRICT");
    expect(heldMode([own], 8080)).toBe("DISABLE");
  });

  it("count alone, whatever the chains that name no port say", () => {
    const without = real("strict").filter((chain) => chain.filter_chain_match?.destination_port !== 8080);
    expect(heldMode([own, ...without], 8080)).toBe("DISABLE");
  });

  it("are none where nothing is for the port", () => {
    expect(heldMode([], 8080)).toBeNull();
    expect(heldMode([own], 9090)).toBeNull();
    expect(heldMode([{ name: "other", filter_chain_match: {} }], 9090)).toBeNull();
  });

  it("do not take plaintext by passing TLS on", () => {
    const passed = { filter_chain_match: { destination_port: 8080, transport_protocol: "tls" } };
    expect(heldMode([passed], 8080)).toBeNull();
    expect(heldMode([passed, { ...passed, transport_socket: {} }], 8080)).toBe("STRICT");
  });
});

describe("a dump", () => {
  it.each([
    ["no JSON", "upstream connect error"],
    ["nothing", ""],
    ["null", "null"],
    ["no listener", '{"configs":[]}'],
    ["another listener", '{"configs":[{"name":"virtualOutbound","active_state":{"listener":{"filter_chains":[]}}}]}'],
    ["a listener that is not active", '{"configs":[{"name":"virtualInbound"}]}'],
  ])("that is %s has no chains", (_, text) => {
    expect(inboundChains(text)).toBeNull();
  });
});
