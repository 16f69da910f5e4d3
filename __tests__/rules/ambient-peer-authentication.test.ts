import { describe, expect, it } from "vitest";
import { ambientPlaintext } from "../../src/rules/ambient-peer-authentication.js";
import { NOWHERE } from "../../src/rules/objects.js";
import type { PeerAuthentication } from "../../src/rules/peer-authentication.js";
import type { LabelSelector } from "../../src/rules/selectors.js";

/** istio-semantics.md, 5, second point, and the last of 9. */

const ROOT = "istio-system";
const WORKLOAD = { namespace: "foo", labels: { app: "httpbin" } };
const OWN = { matchLabels: { app: "httpbin" } };

interface Rest {
  readonly name?: string;
  readonly created?: number;
  readonly selector?: LabelSelector;
  readonly ports?: ReadonlyMap<number, string>;
}

function policy(namespace: string, mode: string | undefined, rest: Rest = {}): PeerAuthentication {
  const { name = "default", created = 1, selector, ports } = rest;
  const entries = [...(ports ?? [])].map(([port, of]) => [String(port), { mode: of }]);
  return {
    kind: "PeerAuthentication",
    namespace,
    name,
    labels: {},
    annotations: {},
    created,
    spec: {
      ...(mode === undefined ? {} : { mtls: { mode } }),
      ...(selector === undefined ? {} : { selector }),
      ...(ports === undefined ? {} : { portLevelMtls: Object.fromEntries(entries) as Record<string, object> }),
    },
    at: NOWHERE,
  };
}

const mesh = (mode?: string): PeerAuthentication => policy(ROOT, mode);
const ofNamespace = (mode?: string): PeerAuthentication => policy("foo", mode);
const own = (mode: string | undefined, ...ports: (readonly [number, string])[]): PeerAuthentication =>
  policy("foo", mode, { name: "own", selector: OWN, ...(ports.length === 0 ? {} : { ports: new Map(ports) }) });

const refused = (port: number, ...policies: PeerAuthentication[]): boolean =>
  ambientPlaintext(policies, WORKLOAD, port, ROOT).refused;

describe("a connection without identity", () => {
  it("is taken where no policy says otherwise", () => {
    expect(refused(8080)).toBe(false);
    expect(refused(8080, policy("bar", "STRICT"))).toBe(false);
  });

  it("is refused by STRICT of the mesh, the namespace or the workload", () => {
    for (const strict of [mesh("STRICT"), ofNamespace("STRICT"), own("STRICT")]) {
      expect(refused(8080, strict)).toBe(true);
    }
  });

  it("is taken by PERMISSIVE and DISABLE alike, which override an inherited STRICT", () => {
    for (const open of ["PERMISSIVE", "DISABLE"]) {
      expect(refused(8080, mesh("STRICT"), ofNamespace(open))).toBe(false);
      expect(refused(8080, mesh("STRICT"), own(open))).toBe(false);
      expect(refused(8080, ofNamespace("STRICT"), own(open))).toBe(false);
    }
  });

  it("meets the inherited mode where the nearer one is unset", () => {
    for (const unset of [undefined, "UNSET"]) {
      expect(refused(8080, mesh("STRICT"), ofNamespace(unset), own(unset))).toBe(true);
      expect(refused(8080, mesh("STRICT"), ofNamespace("PERMISSIVE"), own(unset))).toBe(false);
    }
  });

  it("meets no policy with a selector in the root namespace", () => {
    const selected = policy(ROOT, "STRICT", { selector: OWN });
    expect(refused(8080, selected)).toBe(false);
    expect(ambientPlaintext([selected], { ...WORKLOAD, namespace: ROOT }, 8080, ROOT).refused).toBe(false);
  });

  it("meets the oldest policy of each level, whole", () => {
    const older = policy("foo", undefined, { name: "z", created: 1 });
    const newer = policy("foo", "STRICT", { name: "a", created: 2 });
    expect(refused(8080, newer, older)).toBe(false);
    const one = policy("foo", "PERMISSIVE", { name: "z", created: 1, selector: OWN });
    const two = policy("foo", "STRICT", { name: "a", created: 2, selector: OWN });
    expect(refused(8080, two, one)).toBe(false);
  });
});

describe("an entry for a port", () => {
  it("opens it beside a workload's STRICT, PERMISSIVE or DISABLE", () => {
    for (const open of ["PERMISSIVE", "DISABLE"]) {
      expect(refused(8080, own("STRICT", [8080, open]))).toBe(false);
      expect(refused(9090, own("STRICT", [8080, open]))).toBe(true);
    }
  });

  it("closes it beside a workload's PERMISSIVE, DISABLE or unset mode", () => {
    for (const mode of ["PERMISSIVE", "DISABLE", "UNSET", undefined]) {
      expect(refused(8080, own(mode, [8080, "STRICT"]))).toBe(true);
      expect(refused(9090, own(mode, [8080, "STRICT"]))).toBe(false);
    }
  });

  it("opens it by PERMISSIVE where the workload inherits STRICT", () => {
    for (const strict of [mesh("STRICT"), ofNamespace("STRICT")]) {
      expect(refused(8080, strict, own(undefined, [8080, "PERMISSIVE"]))).toBe(false);
      expect(refused(9090, strict, own(undefined, [8080, "PERMISSIVE"]))).toBe(true);
    }
  });

  it("is ignored where the workload inherits STRICT and DISABLE stands alone", () => {
    for (const strict of [mesh("STRICT"), ofNamespace("STRICT")]) {
      expect(refused(8080, strict, own(undefined, [8080, "DISABLE"]))).toBe(true);
      expect(refused(8080, strict, own(undefined, [8080, "DISABLE"], [9090, "STRICT"]))).toBe(true);
    }
  });

  it("opens it by DISABLE too, beside a PERMISSIVE one", () => {
    expect(refused(8080, mesh("STRICT"), own(undefined, [8080, "DISABLE"], [9090, "PERMISSIVE"]))).toBe(false);
  });

  it("is lost where the mesh is STRICT and the workload PERMISSIVE or DISABLE: the STRICT port stays open", () => {
    for (const open of ["PERMISSIVE", "DISABLE"]) {
      expect(refused(8080, mesh("STRICT"), own(open, [8080, "STRICT"]))).toBe(false);
      expect(refused(8080, mesh("STRICT"), ofNamespace(), own(open, [8080, "STRICT"]))).toBe(false);
    }
  });

  it("closes the port where it is the namespace that is STRICT, or that is set at all", () => {
    expect(refused(8080, ofNamespace("STRICT"), own("PERMISSIVE", [8080, "STRICT"]))).toBe(true);
    expect(refused(8080, mesh("STRICT"), ofNamespace("STRICT"), own("PERMISSIVE", [8080, "STRICT"]))).toBe(true);
    expect(refused(8080, mesh("STRICT"), ofNamespace("PERMISSIVE"), own("PERMISSIVE", [8080, "STRICT"]))).toBe(true);
  });

  it("opens all ports where a namespace's policy without a mode stands between it and the mesh's STRICT", () => {
    const policies = [mesh("STRICT"), ofNamespace(), own(undefined, [8080, "PERMISSIVE"])];
    expect(refused(8080, ...policies)).toBe(false);
    expect(refused(9090, ...policies)).toBe(false);
  });

  it("changes nothing when it says UNSET, nor in a policy without a selector", () => {
    expect(refused(8080, own("STRICT", [8080, "UNSET"]))).toBe(true);
    expect(refused(8080, policy("foo", "STRICT", { ports: new Map([[8080, "PERMISSIVE"]]) }))).toBe(true);
  });
});

describe("an empty selector", () => {
  it("counts as none in a namespace, but hides the policy from the conversion of entries for ports", () => {
    const empty = policy("foo", "STRICT", { selector: {} });
    expect(refused(8080, empty)).toBe(true);
    expect(refused(9090, empty, own(undefined, [8080, "PERMISSIVE"]))).toBe(false);
    expect(refused(9090, ofNamespace("STRICT"), own(undefined, [8080, "PERMISSIVE"]))).toBe(true);
  });

  it("takes a policy of the root namespace out of the mesh, but for that namespace's own workloads", () => {
    const empty = policy(ROOT, "STRICT", { selector: {} });
    expect(refused(8080, empty)).toBe(false);
    expect(ambientPlaintext([empty], { ...WORKLOAD, namespace: ROOT }, 8080, ROOT).refused).toBe(true);
  });
});

/**
 * The same question by the long way: the DENY policies that istiod would make, as lists of what they match, and a ztunnel
 * that goes through them. A connection is its port and whether it has an identity.
 */
describe("the DENY policies that istiod makes", () => {
  type Match = (connection: { readonly port: number; readonly identity: boolean }) => boolean;
  const MODES = [undefined, "UNSET", "STRICT", "PERMISSIVE", "DISABLE"];
  const OPEN = ["PERMISSIVE", "DISABLE"];
  const noIdentity: Match = ({ identity }) => !identity;

  interface World {
    readonly root: string | undefined;
    readonly parent: string | undefined;
    readonly mode: string;
    readonly ports: readonly (readonly [number, string])[];
  }

  /** Whether an entry that closes a port is taken for one that its parents say already. */
  function isSaid({ root, parent, mode }: World): boolean {
    if (mode === "STRICT" || (mode === "UNSET" && parent === "STRICT")) return true;
    return (parent === undefined || parent === "UNSET") && root === "STRICT";
  }

  /** Whether an entry that opens a port is taken for one that opens nothing. */
  function isNeedless({ root, parent, mode }: World): boolean {
    if (OPEN.includes(mode)) return true;
    return mode === "UNSET" && (parent === undefined ? root !== "STRICT" : parent !== "STRICT");
  }

  /** Groups of which one has to match, of matches that all have to; none for a policy that is not made. */
  function converted(world: World): Match[][] {
    const { root, parent, mode, ports } = world;
    const closing = isSaid(world) ? [] : ports.filter(([, of]) => of === "STRICT");
    const opening = isNeedless(world) ? [] : ports.filter(([, of]) => OPEN.includes(of));
    if (mode === "STRICT" && opening.length === 0) return [];
    const strictRoot = root === "STRICT" && [undefined, "UNSET", "STRICT"].includes(parent);
    const merged = (strictRoot || parent === "STRICT") && opening.length > 0;
    const last = [
      ...(mode === "STRICT" || merged ? [noIdentity] : []),
      ...opening.map(
        ([port]): Match =>
          (one) =>
            one.port !== port,
      ),
    ];
    const groups = closing.map(([port]): Match[] => [noIdentity, (one) => one.port === port]);
    return last.length > 0 ? [...groups, last] : groups;
  }

  function attached(world: World): Match[][] {
    const { root, parent, mode, ports } = world;
    const has = (...modes: string[]): boolean => ports.some(([, of]) => modes.includes(of));
    const nearest = [mode, parent, root].find((one) => one !== undefined && one !== "UNSET");
    const all = nearest === "STRICT";
    const exception = mode === "STRICT" ? OPEN : mode === "UNSET" && all ? ["PERMISSIVE"] : ["STRICT"];
    if (has(...exception)) return converted(world);
    return all ? [[noIdentity]] : [];
  }

  const worlds = MODES.flatMap((root) =>
    MODES.flatMap((parent) =>
      ["UNSET", "STRICT", "PERMISSIVE", "DISABLE"].flatMap((mode) =>
        MODES.flatMap((a) =>
          MODES.map((b): World => {
            const entries = [[8080, a] as const, [9090, b] as const];
            const ports = entries.flatMap(([port, of]) => (of === undefined ? [] : [[port, of] as const]));
            return { root, parent, mode, ports };
          }),
        ),
      ),
    ),
  );

  const denies = (world: World, port: number, identity: boolean): boolean =>
    attached(world).some((group) => group.every((match) => match({ port, identity })));

  it("refuse the same ports without identity, in all cases", () => {
    for (const world of worlds) {
      const policies = [
        ...(world.root === undefined ? [] : [mesh(world.root)]),
        ...(world.parent === undefined ? [] : [ofNamespace(world.parent)]),
        own(world.mode, ...world.ports),
      ];
      for (const port of [8080, 9090, 80]) {
        expect([world, port, refused(port, ...policies)]).toEqual([world, port, denies(world, port, false)]);
      }
    }
  });

  it("never refuse an identity, so HBONE is on in every mode", () => {
    for (const world of worlds) {
      for (const port of [8080, 9090, 80]) expect([world, denies(world, port, true)]).toEqual([world, false]);
    }
  });
});

describe("the decision", () => {
  const because = (port: number, ...policies: PeerAuthentication[]): object => {
    const { rule, says, object, path } = ambientPlaintext(policies, WORKLOAD, port, ROOT).because;
    return { rule, says, object: object?.name, path };
  };
  const rule = "ambient-peer-authentication";

  it("names the policy whose mode decides", () => {
    const path = ["spec", "mtls", "mode"];
    expect(because(8080, mesh("STRICT"))).toMatchObject({ rule, object: "default", path });
    expect(because(8080, mesh("STRICT"), own("DISABLE"))).toMatchObject({ rule, object: "own", path });
    expect(because(8080)).toMatchObject({ rule, object: undefined });
  });

  it("names the entry for the port, and says where it is lost", () => {
    const path = ["spec", "portLevelMtls", "8080", "mode"];
    expect(because(8080, own("STRICT", [8080, "DISABLE"]))).toMatchObject({ object: "own", path });
    const lost = because(8080, mesh("STRICT"), own("PERMISSIVE", [8080, "STRICT"]));
    expect(lost).toMatchObject({ object: "own", path });
    expect(lost).toHaveProperty("says", expect.stringContaining("still takes connections without identity"));
    const ignored = because(8080, mesh("STRICT"), own(undefined, [8080, "DISABLE"]));
    expect(ignored).toHaveProperty("says", expect.stringContaining("still refuses connections without identity"));
  });

  it("names the entries for other ports where they take the STRICT mode away", () => {
    const path = ["spec", "portLevelMtls"];
    const policies = [mesh("STRICT"), ofNamespace(), own(undefined, [8080, "PERMISSIVE"])];
    expect(because(9090, ...policies)).toMatchObject({ object: "own", path });
  });
});
