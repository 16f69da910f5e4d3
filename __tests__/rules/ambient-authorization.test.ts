import { describe, expect, it } from "vitest";
import { ztunnelPolicies } from "../../src/rules/ambient-authorization.js";
import type {
  AuthorizationPolicy,
  AuthorizationPolicySpec,
  AuthorizationRule,
  OperationMatch,
  SourceMatch,
} from "../../src/rules/authorization-policy.js";
import { NOWHERE } from "../../src/rules/objects.js";

/** istio-semantics.md, 7, the part about ztunnel, and 8 in what is left to it; corrected by ztunnel's src/rbac.rs. */

function policy(spec: AuthorizationPolicySpec, rest: Partial<AuthorizationPolicy> = {}): AuthorizationPolicy {
  return {
    kind: "AuthorizationPolicy",
    namespace: "foo",
    name: "own",
    labels: {},
    annotations: {},
    created: 1,
    spec,
    at: NOWHERE,
    ...rest,
  };
}

const SOURCE: AuthorizationRule = { from: [{ source: { namespaces: ["foo"] } }] };
const GET: AuthorizationRule = { to: [{ operation: { methods: ["GET"] } }] };

/** The rules that are left of one policy; undefined where ztunnel does not get it. */
function left(spec: AuthorizationPolicySpec, rest: Partial<AuthorizationPolicy> = {}): unknown {
  const made = ztunnelPolicies([policy(spec, rest)]);
  return made.length === 0 ? undefined : made[0]!.spec.rules;
}

const allow = (...rules: AuthorizationRule[]): unknown => left({ rules });
const deny = (...rules: AuthorizationRule[]): unknown => left({ action: "DENY", rules });
const from = (...sources: SourceMatch[]): AuthorizationRule => ({ from: sources.map((source) => ({ source })) });
const to = (...operations: OperationMatch[]): AuthorizationRule => ({
  to: operations.map((operation) => ({ operation })),
});
const when = (key: string): AuthorizationRule => ({ when: [{ key, values: ["x"] }] });

describe("a policy never gets to a ztunnel", () => {
  it("with targetRefs, or a targetRef", () => {
    const ref = { kind: "Service", name: "httpbin" };
    expect(left({ rules: [SOURCE], targetRefs: [ref] })).toBeUndefined();
    expect(left({ rules: [SOURCE], targetRef: ref })).toBeUndefined();
    expect(left({ rules: [SOURCE], targetRefs: [] })).toEqual([SOURCE]);
  });

  it("with the action CUSTOM or AUDIT", () => {
    expect(left({ action: "CUSTOM", rules: [SOURCE], provider: { name: "x" } })).toBeUndefined();
    expect(left({ action: "AUDIT", rules: [SOURCE] })).toBeUndefined();
    expect(left({ action: "ALLOW", rules: [SOURCE] })).toEqual([SOURCE]);
    expect(left({ rules: [SOURCE] })).toEqual([SOURCE]);
  });

  it("on a dry run", () => {
    for (const value of ["true", "1", "T"]) {
      expect(left({ rules: [SOURCE] }, { annotations: { "istio.io/dry-run": value } })).toBeUndefined();
    }
    for (const value of ["false", "", "yes"]) {
      expect(left({ rules: [SOURCE] }, { annotations: { "istio.io/dry-run": value } })).toEqual([SOURCE]);
    }
  });

  it("with a selector that has no labels, which it attaches to nothing; without a selector it applies", () => {
    expect(left({ selector: {}, rules: [SOURCE] })).toBeUndefined();
    expect(left({ selector: { matchLabels: {} }, rules: [SOURCE] })).toEqual([SOURCE]);
    expect(left({ rules: [SOURCE] }, { namespace: "istio-system" })).toEqual([SOURCE]);
  });
});

describe("rules of connections stay as they are", () => {
  const rule: AuthorizationRule = {
    from: [
      { source: { principals: ["*"], notPrincipals: ["a"], namespaces: ["foo"], notNamespaces: ["bar"] } },
      {
        source: {
          serviceAccounts: ["x"],
          notServiceAccounts: ["y"],
          ipBlocks: ["10.0.0.0/8"],
          notIpBlocks: ["10.1.0.1"],
        },
      },
    ],
    to: [{ operation: { ports: ["8080"], notPorts: ["9090"] } }],
    when: ["source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port"].map((key) => ({
      key,
      values: ["x"],
      notValues: ["y"],
    })),
  };

  it("and a policy with nothing else is the same object", () => {
    for (const action of ["ALLOW", "DENY"]) {
      const same = policy({ action, rules: [rule, {}, null] });
      expect(ztunnelPolicies([same])[0]).toBe(same);
    }
  });

  it("as do policies without rules: ALLOW still allows nothing, DENY still denies nothing", () => {
    for (const spec of [{}, { rules: [] }, { action: "DENY" }]) {
      const same = policy(spec);
      expect(ztunnelPolicies([same])[0]).toBe(same);
    }
  });
});

describe("in ALLOW", () => {
  it("a rule with any field of HTTP is dropped whole, whatever else it has", () => {
    const operations: OperationMatch[] = [
      { hosts: ["a"] },
      { notHosts: ["a"] },
      { methods: ["GET"] },
      { notMethods: ["GET"] },
      { paths: ["/"] },
      { notPaths: ["/"] },
    ];
    const sources: SourceMatch[] = [
      { remoteIpBlocks: ["10.0.0.1"] },
      { notRemoteIpBlocks: ["10.0.0.1"] },
      { requestPrincipals: ["*"] },
      { notRequestPrincipals: ["*"] },
    ];
    for (const one of operations)
      expect(allow(to({ ports: ["80"] }, { ports: ["81"], ...one }), SOURCE)).toEqual([SOURCE]);
    for (const one of sources) expect(allow(from({ namespaces: ["a"] }, { namespaces: ["b"], ...one }))).toEqual([]);
  });

  it("the policy then may allow nothing, and is still there", () => {
    const made = ztunnelPolicies([policy({ rules: [GET] })]);
    expect(made).toHaveLength(1);
    expect(made[0]!.spec.rules).toEqual([]);
  });

  it("a condition on another key than those of connections drops the rule", () => {
    for (const key of ["connection.sni", "remote.ip", "request.headers[x]", "request.auth.principal"]) {
      expect(allow({ ...SOURCE, ...when(key) })).toEqual([]);
    }
    for (const key of ["source.trustDomain", "source.serviceAccount"])
      expect(allow({ ...SOURCE, ...when(key) })).toEqual([]);
  });
});

describe("in DENY", () => {
  it("what is left of a source or operation counts", () => {
    expect(deny(to({ ports: ["80"], methods: ["GET"] }))).toEqual([to({ ports: ["80"] })]);
    expect(deny(from({ namespaces: ["foo"], requestPrincipals: ["*"] }))).toEqual([from({ namespaces: ["foo"] })]);
    expect(deny(from({ namespaces: ["foo"], remoteIpBlocks: ["10.0.0.1"] }))).toEqual([from({ namespaces: ["foo"] })]);
  });

  it("one of which nothing is left matches nothing: a rule that has no others denies nothing", () => {
    expect(deny(GET)).toEqual([]);
    expect(deny(from({ notRequestPrincipals: ["*"] }))).toEqual([]);
    expect(deny({ ...SOURCE, ...GET })).toEqual([]);
    expect(deny(to({ methods: ["GET"] }, { ports: ["80"] }))).toEqual([to({ ports: ["80"] })]);
  });

  it("a condition on another key than those of connections matches nothing", () => {
    for (const key of ["connection.sni", "request.headers[x]", "source.trustDomain", "source.serviceAccount"]) {
      expect(deny({ ...SOURCE, ...when(key) })).toEqual([]);
    }
    expect(deny({ ...SOURCE, ...when("source.ip") })).toEqual([{ ...SOURCE, ...when("source.ip") }]);
  });
});

describe("trustDomains", () => {
  it("are lost without a word, in ALLOW too", () => {
    for (const of of [allow, deny]) {
      expect(of(from({ trustDomains: ["td"], namespaces: ["foo"] }))).toEqual([from({ namespaces: ["foo"] })]);
      expect(of(from({ notTrustDomains: ["td"], namespaces: ["foo"] }))).toEqual([from({ namespaces: ["foo"] })]);
    }
  });

  it("leave a source that matches nothing where they stand alone", () => {
    for (const of of [allow, deny]) {
      expect(of(from({ trustDomains: ["td"] }))).toEqual([]);
      expect(of(from({ trustDomains: ["td"] }, { namespaces: ["foo"] }))).toEqual([from({ namespaces: ["foo"] })]);
    }
  });
});

describe("an empty match or condition", () => {
  it("matches nothing, where an empty list of them is no restriction", () => {
    expect(deny({ from: [{ source: {} }] }, { to: [{}] }, { when: [{ key: "source.ip" }] })).toEqual([]);
    expect(deny({ from: [], to: [], when: [] })).toEqual([{ from: [], to: [], when: [] }]);
  });
});

describe("what is made", () => {
  const spec = {
    action: "DENY",
    rules: [GET, from({ trustDomains: ["td"] }, { namespaces: ["foo"], trustDomains: ["td"] })],
  };
  const at = { file: "policy.yaml", lineOf: (path: readonly unknown[]) => path.length };

  it("is still the policy that the user wrote, by kind, name and namespace", () => {
    const [made] = ztunnelPolicies([policy(spec, { at, labels: { a: "b" }, created: 7 })]);
    expect(made).toMatchObject({
      kind: "AuthorizationPolicy",
      namespace: "foo",
      name: "own",
      labels: { a: "b" },
      created: 7,
    });
    expect(made!.at.file).toBe("policy.yaml");
    expect(made!.spec.action).toBe("DENY");
  });

  it("finds the lines of the fields as the user wrote them", () => {
    const asked: unknown[] = [];
    const lineOf = (path: readonly unknown[]): number => asked.push(path);
    const [made] = ztunnelPolicies([policy(spec, { at: { lineOf } })]);
    expect(made!.at.file).toBeUndefined();
    for (const path of [
      ["spec", "rules", 0, "from", 0, "source", "namespaces", 0],
      ["spec", "rules", 0, "when", 0],
      ["spec", "rules", 0],
      ["spec", "rules"],
      ["metadata", "name"],
    ]) {
      made!.at.lineOf(path);
    }
    expect(asked).toEqual([
      ["spec", "rules", 1, "from", 1, "source", "namespaces", 0],
      ["spec", "rules", 1, "when", 0],
      ["spec", "rules", 1],
      ["spec", "rules"],
      ["metadata", "name"],
    ]);
  });

  it("is made once for a policy, and kept in order", () => {
    const one = policy(spec);
    const two = policy({ rules: [SOURCE] });
    const custom = policy({ action: "CUSTOM" });
    const [first, second, ...rest] = ztunnelPolicies([one, custom, two]);
    expect(rest).toEqual([]);
    expect(second).toBe(two);
    expect(ztunnelPolicies([custom, one])).toEqual([first]);
    expect(ztunnelPolicies([one])[0]).toBe(first);
  });
});
