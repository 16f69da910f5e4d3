import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LabelSelector } from "../../src/rules/selectors.js";
import {
  decideMode,
  effectiveMode,
  policiesFor,
  type PeerAuthentication,
  type PeerAuthenticationSpec,
} from "../../src/rules/peer-authentication.js";
import { meshObject } from "../../src/mesh/mesh-object.js";
import { NOWHERE } from "../../src/rules/objects.js";

/** istio-semantics.md, 1, sentence by sentence. */

const ROOT = "istio-system";
const WORKLOAD = { namespace: "foo", labels: { app: "httpbin", version: "v1" } };

interface Rest {
  readonly name?: string;
  readonly created?: number;
  readonly selector?: LabelSelector;
  readonly portModes?: ReadonlyMap<number, string>;
}

function policy(namespace: string, mode: string | undefined, rest: Rest = {}): PeerAuthentication {
  const ports = Object.fromEntries([...(rest.portModes ?? [])].map(([port, of]) => [String(port), { mode: of }]));
  return {
    kind: "PeerAuthentication",
    namespace,
    name: rest.name ?? "default",
    labels: {},
    annotations: {},
    created: rest.created ?? 1,
    spec: {
      ...(mode === undefined ? {} : { mtls: { mode } }),
      ...(rest.selector === undefined ? {} : { selector: rest.selector }),
      ...(rest.portModes === undefined ? {} : { portLevelMtls: ports }),
    },
    at: NOWHERE,
  };
}

const OWN = { selector: { matchLabels: { app: "httpbin" } }, name: "own" };
const mode = (...policies: PeerAuthentication[]): string => effectiveMode(policies, WORKLOAD, 8080, ROOT);

describe("the mode of a workload", () => {
  it("starts PERMISSIVE", () => {
    expect(mode()).toBe("PERMISSIVE");
    expect(mode(policy("bar", "STRICT"))).toBe("PERMISSIVE");
  });

  it("is the mesh's, overlaid by the namespace's, overlaid by the workload's", () => {
    const mesh = policy(ROOT, "STRICT");
    const namespace = policy("foo", "DISABLE");
    const own = policy("foo", "PERMISSIVE", OWN);
    expect(mode(mesh)).toBe("STRICT");
    expect(mode(mesh, namespace)).toBe("DISABLE");
    expect(mode(mesh, namespace, own)).toBe("PERMISSIVE");
    expect(mode(own, namespace, mesh)).toBe("PERMISSIVE");
  });

  it("is overlaid only by what is set: missing mtls and UNSET inherit", () => {
    for (const unset of [undefined, "UNSET"]) {
      expect(mode(policy(ROOT, "STRICT"), policy("foo", unset), policy("foo", unset, OWN))).toBe("STRICT");
      expect(mode(policy(ROOT, unset))).toBe("PERMISSIVE");
    }
  });

  it("takes a selector that fits a part of the labels, and none that does not fit", () => {
    expect(mode(policy("foo", "STRICT", { selector: { matchLabels: { app: "other" } } }))).toBe("PERMISSIVE");
    expect(mode(policy("foo", "STRICT", { selector: { matchLabels: { app: "httpbin", version: "v2" } } }))).toBe(
      "PERMISSIVE",
    );
    expect(mode(policy("foo", "STRICT", { selector: { matchLabels: { app: "httpbin", version: "v1" } } }))).toBe(
      "STRICT",
    );
  });

  it("counts an empty selector as none", () => {
    for (const selector of [{}, { matchLabels: {} }]) {
      expect(mode(policy("foo", "STRICT", { selector }))).toBe("STRICT");
      expect(mode(policy(ROOT, "STRICT", { selector }))).toBe("STRICT");
    }
  });

  it("never takes a policy with a selector in the root namespace, for its own workloads neither", () => {
    const selected = policy(ROOT, "STRICT", OWN);
    expect(mode(selected)).toBe("PERMISSIVE");
    expect(effectiveMode([selected], { ...WORKLOAD, namespace: ROOT }, 8080, ROOT)).toBe("PERMISSIVE");
  });

  it("is the mesh's for workloads of the root namespace", () => {
    expect(effectiveMode([policy(ROOT, "STRICT")], { ...WORKLOAD, namespace: ROOT }, 8080, ROOT)).toBe("STRICT");
  });

  it("takes the root namespace from where it is told", () => {
    expect(effectiveMode([policy("mesh-root", "STRICT")], WORKLOAD, 8080, "mesh-root")).toBe("STRICT");
    expect(effectiveMode([policy(ROOT, "STRICT")], WORKLOAD, 8080, "mesh-root")).toBe("PERMISSIVE");
  });
});

describe("of several policies on one level", () => {
  it("the oldest counts, on each level", () => {
    for (const [namespace, rest] of [
      [ROOT, {}],
      ["foo", {}],
      ["foo", OWN],
    ] as const) {
      const older = policy(namespace, "STRICT", { ...rest, name: "z", created: 1 });
      const newer = policy(namespace, "DISABLE", { ...rest, name: "a", created: 2 });
      expect(mode(newer, older)).toBe("STRICT");
      expect(mode(older, newer)).toBe("STRICT");
    }
  });

  it("the name decides between those of one age, those without an age too", () => {
    for (const created of [1, Infinity]) {
      expect(
        mode(policy("foo", "DISABLE", { name: "b", created }), policy("foo", "STRICT", { name: "a", created })),
      ).toBe("STRICT");
    }
    expect(
      mode(policy("foo", "DISABLE", { name: "a", created: Infinity }), policy("foo", "STRICT", { name: "b" })),
    ).toBe("STRICT");
  });

  it("the others are dropped whole: an oldest one that is UNSET is not filled up", () => {
    expect(mode(policy("foo", "UNSET", { created: 1 }), policy("foo", "STRICT", { name: "x", created: 2 }))).toBe(
      "PERMISSIVE",
    );
    const ports = new Map([[8080, "STRICT"]]);
    const second = policy("foo", "DISABLE", { ...OWN, name: "second", created: 2, portModes: ports });
    expect(mode(policy("foo", "UNSET", { ...OWN, created: 1 }), second)).toBe("PERMISSIVE");
  });

  it("only those count that select the workload", () => {
    const other = policy("foo", "DISABLE", { name: "a", created: 0, selector: { matchLabels: { app: "other" } } });
    expect(mode(other, policy("foo", "STRICT", { ...OWN, created: 5 }))).toBe("STRICT");
  });
});

describe("the mode of a port", () => {
  const ported = (mode: string | undefined, port: string, rest: Rest = OWN): PeerAuthentication =>
    policy("foo", mode, { ...rest, portModes: new Map([[8080, port]]) });

  it("is that of the workload's policy for the workload port", () => {
    expect(mode(ported("STRICT", "DISABLE"))).toBe("DISABLE");
    expect(effectiveMode([ported("STRICT", "DISABLE")], WORKLOAD, 8000, ROOT)).toBe("STRICT");
  });

  it("is the workload's, as resolved, where it is UNSET", () => {
    expect(mode(ported("STRICT", "UNSET"))).toBe("STRICT");
    expect(mode(policy(ROOT, "STRICT"), ported(undefined, "UNSET"))).toBe("STRICT");
  });

  it("is not asked for in a policy without a selector", () => {
    expect(mode(ported("STRICT", "DISABLE", {}))).toBe("STRICT");
  });
});

describe("the order of policies in a list", () => {
  it("never matters", () => {
    const modes = fc.constantFrom("STRICT", "PERMISSIVE", "DISABLE", "UNSET", undefined);
    const one = fc.record({
      namespace: fc.constantFrom("foo", "bar", ROOT),
      name: fc.constantFrom("a", "b", "c"),
      created: fc.constantFrom(1, 2, Infinity),
      own: fc.boolean(),
      mode: modes,
    });
    const list = fc.uniqueArray(one, { selector: ({ namespace, name }) => `${namespace}/${name}`, maxLength: 8 });
    fc.assert(
      fc.property(list, fc.infiniteStream(fc.nat()), (some, random) => {
        const policies = some.map(({ own, mode, ...rest }) =>
          policy(rest.namespace, mode, { ...(own ? OWN : {}), ...rest }),
        );
        const shuffled = policies
          .map((value) => ({ value, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ value }) => value);
        expect(mode(...shuffled)).toBe(mode(...policies));
      }),
    );
  });
});

describe("a PeerAuthentication of the API", () => {
  const read = meshObject<PeerAuthenticationSpec>({
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "own", namespace: "foo", creationTimestamp: "2026-01-02T03:04:05Z" },
    spec: {
      selector: { matchLabels: { app: "httpbin" } },
      mtls: { mode: "STRICT" },
      portLevelMtls: { "8080": { mode: "DISABLE" }, "9090": {} },
    },
  });

  it("is read with its age, its modes and those of its ports", () => {
    expect(read.created).toBe(Date.parse("2026-01-02T03:04:05Z"));
    expect(mode(read)).toBe("DISABLE");
    expect(effectiveMode([read], WORKLOAD, 9090, ROOT)).toBe("STRICT");
  });

  it("says which field of which object decided", () => {
    const { because } = decideMode(policiesFor([read], WORKLOAD, ROOT), 8080);
    expect(because).toMatchObject({
      rule: "peer-authentication",
      object: { name: "own" },
      path: ["spec", "portLevelMtls", "8080", "mode"],
    });
    expect(decideMode(policiesFor([read], WORKLOAD, ROOT), 1).because.path).toEqual(["spec", "mtls", "mode"]);
    expect(decideMode(policiesFor([], WORKLOAD, ROOT), 1).because.object).toBeUndefined();
  });

  it("is read without any of them", () => {
    const bare = { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata: { name: "x" } };
    expect(meshObject(bare)).toMatchObject({ namespace: "", created: Infinity, spec: {} });
  });
});
