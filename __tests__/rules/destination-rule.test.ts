import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  indexDestinationRules,
  policyFor,
  ruleForClient,
  rulesForHost,
  type DestinationRule,
  type DestinationRuleSpec,
  type MergedRule,
} from "../../src/rules/destination-rule.js";
import { meshObjectOf } from "../predict/builders.js";

/** As istio, pilot/pkg/model/push_context.go:destinationRule and destination_rule.go:mergeDestinationRule have it. */

const ROOT = "istio-system";
const MESH = { rootNamespace: ROOT, domain: "cluster.local", defaultDestinationRuleExportTo: null };
const HOST = "httpbin.bar.svc.cluster.local";
const SERVICE = { hostname: HOST, namespace: "bar" };
const CLIENT = { app: "sleep" };

type Rest = Omit<DestinationRuleSpec, "host"> & { readonly created?: number };

/** A rule for the host, named so that its name shows which one was taken. */
function rule(name: string, rest: Rest = {}, host = HOST): DestinationRule {
  const { created = 1, ...spec } = rest;
  return meshObjectOf("DestinationRule", name, { host, trafficPolicy: { tls: { mode: name } }, ...spec }, created);
}

function chosen(rules: readonly DestinationRule[], namespace = "foo", labels = CLIENT, mesh = MESH): MergedRule | null {
  const index = indexDestinationRules(rules, mesh);
  return ruleForClient(rulesForHost(index, namespace, SERVICE), { namespace, labels });
}

/** `NAMESPACE/NAME` of the first rule of the merged one that a client gets, or null. */
function nameOf(merged: MergedRule | null): string | null {
  return merged === null ? null : `${merged.first.namespace}/${merged.first.name}`;
}

const select = (labels: Record<string, string>): Rest => ({ workloadSelector: { matchLabels: labels } });

describe("the namespace of a rule", () => {
  const foo = rule("foo/a");
  const bar = rule("bar/a");
  const root = rule(`${ROOT}/a`);

  it.each<[string, DestinationRule[], string | null]>([
    ["the client's goes first", [root, bar, foo], "foo/a"],
    ["then the Service's", [root, bar], "bar/a"],
    ["then the root namespace's", [root], `${ROOT}/a`],
    ["no other counts", [rule("other/a")], null],
    ["a rule for another host doesn't count", [rule("foo/a", {}, "other.bar.svc.cluster.local")], null],
  ])("%s", (_, rules, name) => expect(nameOf(chosen(rules))).toBe(name));

  it("is the first with any rule for the host: a wildcard there hides an exact one elsewhere", () => {
    expect(nameOf(chosen([rule("foo/wide", {}, "*.cluster.local"), bar, root]))).toBe("foo/wide");
  });

  it("inherits nothing: a rule without TLS in the client's hides TLS in the Service's", () => {
    const pool = rule("foo/pool", { trafficPolicy: { loadBalancer: { simple: "RANDOM" } } });
    const merged = chosen([pool, bar]);
    expect(merged && policyFor(merged, 8000, null)?.tls).toBeNull();
  });
});

describe("a client in the root namespace", () => {
  const own = rule(`${ROOT}/own`, { exportTo: ["."] });
  it("finds its private rules first", () => {
    expect(nameOf(chosen([rule("bar/a"), own], ROOT))).toBe(`${ROOT}/own`);
  });
  it("takes one that names the root namespace alone for private", () => {
    expect(nameOf(chosen([rule("bar/a"), rule(`${ROOT}/own`, { exportTo: [ROOT] })], ROOT))).toBe(`${ROOT}/own`);
  });
  it("takes the Service's namespace before the root's public ones", () => {
    expect(nameOf(chosen([rule(`${ROOT}/public`), rule("bar/a")], ROOT))).toBe("bar/a");
    expect(nameOf(chosen([rule(`${ROOT}/public`)], ROOT))).toBe(`${ROOT}/public`);
  });
  it("alone sees its private rules", () => expect(nameOf(chosen([own]))).toBeNull());
});

describe("exportTo in the client's own namespace", () => {
  it.each<[string[], boolean]>([
    [[], true],
    [["*"], true],
    [["."], true],
    [["foo"], true],
    [["bar", "foo"], true],
    [["bar"], false],
    [["~"], false],
  ])("%j: applies is %s", (exportTo, applies) => {
    expect(chosen([rule("foo/a", { exportTo })]) !== null).toBe(applies);
  });
});

describe("exportTo in the Service's namespace", () => {
  it.each<[string[], boolean]>([
    [[], true],
    [["*"], true],
    [["foo"], true],
    [["other", "foo"], true],
    [["."], false],
    [["bar"], false],
    [["other"], false],
    [["bar", "other"], false],
  ])("%j: reaches foo is %s", (exportTo, reaches) => {
    expect(chosen([rule("bar/a", { exportTo })]) !== null).toBe(reaches);
  });

  it("hides the less specific rules where the most specific is exported to others", () => {
    const exact = rule("bar/exact", { exportTo: ["other", "more"] });
    const wide = rule("bar/wide", {}, "*.bar.svc.cluster.local");
    expect(chosen([exact, wide])).toBeNull();
    expect(nameOf(chosen([exact, wide, rule(`${ROOT}/a`)]))).toBe(`${ROOT}/a`);
  });

  it("doesn't hide them where the most specific is private", () => {
    const exact = rule("bar/exact", { exportTo: ["."] });
    expect(nameOf(chosen([exact, rule("bar/wide", {}, "*.bar.svc.cluster.local")]))).toBe("bar/wide");
  });

  it("is the mesh's where a rule has none", () => {
    const mesh = { ...MESH, defaultDestinationRuleExportTo: ["."] as never };
    expect(chosen([rule("bar/a")], "foo", CLIENT, mesh)).toBeNull();
    expect(nameOf(chosen([rule("foo/a")], "foo", CLIENT, mesh))).toBe("foo/a");
    expect(nameOf(chosen([rule("bar/a", { exportTo: ["*"] })], "foo", CLIENT, mesh))).toBe("bar/a");
    expect(nameOf(chosen([rule("bar/b"), rule(`${ROOT}/a`)], ROOT, CLIENT, mesh))).toBe(`${ROOT}/a`);
  });
});

describe("the host of a rule", () => {
  it.each<[string, string, boolean]>([
    ["bar", "httpbin", true],
    ["foo", "httpbin", false],
    ["bar", "HTTPBIN", true],
    ["foo", HOST, true],
    ["foo", "httpbin.bar", false],
    ["foo", "httpbin.bar.svc", false],
    ["foo", "*", true],
    ["foo", "*.bar.svc.cluster.local", true],
    ["foo", "*.foo.svc.cluster.local", false],
  ])("in %s, %s: is for it is %s", (namespace, host, meant) => {
    expect(chosen([rule(`${namespace}/a`, {}, host)]) !== null).toBe(meant);
  });

  it("is the longest wildcard, whatever the ages", () => {
    const wide = rule("foo/wide", { created: 1 }, "*.local");
    const narrow = rule("foo/narrow", { created: 2 }, "*.svc.cluster.local");
    expect(nameOf(chosen([wide, narrow]))).toBe("foo/narrow");
    expect(nameOf(chosen([narrow, wide]))).toBe("foo/narrow");
    expect(nameOf(chosen([narrow, rule("foo/exact", { created: 9 })]))).toBe("foo/exact");
  });
});

describe("rules for the same host", () => {
  const modeAt = (rules: readonly DestinationRule[]): string | undefined => {
    const merged = chosen(rules);
    return merged === null ? undefined : policyFor(merged, 8000, null)?.tls?.tls.mode;
  };
  const without = (name: string, created: number): DestinationRule => {
    const { trafficPolicy, ...spec } = rule(name).spec;
    expect(trafficPolicy).toBeDefined();
    return { ...rule(name, { created }), spec };
  };

  it("give the oldest one's policy, whole", () => {
    const pool = rule("foo/pool", { created: 1, trafficPolicy: { loadBalancer: { simple: "RANDOM" } } });
    expect(modeAt([rule("foo/new", { created: 2 }), rule("foo/old", { created: 1 })])).toBe("foo/old");
    expect(modeAt([rule("foo/new", { created: 2 }), pool])).toBeUndefined();
  });

  it("give the first policy that there is", () => {
    expect(modeAt([without("foo/none", 1), rule("foo/second", { created: 2 })])).toBe("foo/second");
  });

  it("go by name where they are equally old", () => {
    expect(modeAt([rule("foo/b"), rule("foo/a")])).toBe("foo/a");
  });

  it("add subsets of new names, and keep the first of a name", () => {
    const subset = (name: string, version: string): NonNullable<DestinationRuleSpec["subsets"]>[number] => ({
      name,
      labels: { version },
    });
    const merged = chosen([
      rule("foo/old", { created: 1, subsets: [subset("v1", "1")] }),
      rule("foo/new", { created: 2, subsets: [subset("v1", "other"), subset("v2", "2")] }),
    ]);
    const found = [...(merged?.subsets ?? [])].map(([name, one]) => [name, one.subset.labels, one.of.name, one.index]);
    expect(found).toEqual([
      ["v1", { version: "1" }, "old", 0],
      ["v2", { version: "2" }, "new", 1],
    ]);
  });

  it("stay apart where they are exported to others, and the newest that is visible counts", () => {
    const all = rule("bar/all", { created: 1, exportTo: ["*"] });
    const some = rule("bar/some", { created: 2, exportTo: ["foo", "other"] });
    expect(nameOf(chosen([all, some], "foo"))).toBe("bar/some");
    expect(nameOf(chosen([all, some], "third"))).toBe("bar/all");
  });

  it("go into an older one that is exported to fewer, and are then nowhere by themselves", () => {
    const few = rule("bar/few", { created: 1, exportTo: ["x"], subsets: [{ name: "v1" }] });
    const more = rule("bar/more", { created: 2, exportTo: ["x", "foo"], subsets: [{ name: "v2" }] });
    const merged = chosen([few, more], "x");
    expect(nameOf(merged)).toBe("bar/few");
    expect([...(merged?.subsets.keys() ?? [])]).toEqual(["v1", "v2"]);
    expect(chosen([few, more], "foo")).toBeNull();
  });
});

describe("a workloadSelector", () => {
  const selecting = rule("foo/selecting", { ...select({ app: "sleep" }), created: 2 });
  const general = rule("foo/general", { created: 1 });

  it("goes before a rule without one, whatever the ages", () => {
    expect(nameOf(chosen([general, selecting]))).toBe("foo/selecting");
    expect(nameOf(chosen([general, selecting], "foo", { app: "other" }))).toBe("foo/general");
  });

  it("is for the client's pods, in the rule's own namespace only", () => {
    const elsewhere = rule("bar/selecting", select({ app: "sleep" }));
    expect(chosen([elsewhere])).toBeNull();
    expect(chosen([rule(`${ROOT}/selecting`, select({ app: "sleep" }))])).toBeNull();
  });

  it("wants all of its labels", () => {
    const both = rule("foo/both", select({ app: "sleep", version: "v1" }));
    expect(chosen([both])).toBeNull();
    expect(nameOf(chosen([both], "foo", { ...CLIENT, version: "v1" } as typeof CLIENT))).toBe("foo/both");
  });

  it("beats an unselected rule for the same host only: the most specific host is chosen first", () => {
    const wide = rule("foo/wide", select({ app: "sleep" }), "*.bar.svc.cluster.local");
    expect(nameOf(chosen([wide, general]))).toBe("foo/general");
  });

  it("hides the other namespaces' rules even from clients that it doesn't select", () => {
    expect(chosen([selecting, rule("bar/a"), rule(`${ROOT}/a`)], "foo", { app: "other" })).toBeNull();
  });

  it("is merged with an equal one, and never with a different one", () => {
    const same = rule("foo/same", { ...select({ app: "sleep" }), created: 3, subsets: [{ name: "v1" }] });
    const different = rule("foo/different", { ...select({ app: "other" }), created: 4, subsets: [{ name: "v2" }] });
    const merged = chosen([selecting, same, different]);
    expect(nameOf(merged)).toBe("foo/selecting");
    expect([...(merged?.subsets.keys() ?? [])]).toEqual(["v1"]);
    expect(nameOf(chosen([selecting, same, different], "foo", { app: "other" }))).toBe("foo/different");
  });

  it("takes into itself an unselected rule that is as private, which is then for nobody else", () => {
    const own = rule("foo/private", { exportTo: ["."], subsets: [{ name: "v1" }] });
    const merged = chosen([selecting, own]);
    expect([...(merged?.subsets.keys() ?? [])]).toEqual(["v1"]);
    expect(chosen([selecting, own], "foo", { app: "other" })).toBeNull();
  });

  it("is told in the policy", () => {
    const ofPolicy = (one: DestinationRule): boolean | undefined => {
      const merged = chosen([one]);
      return merged === null ? undefined : policyFor(merged, 8000, null)?.hasSelector;
    };
    expect(ofPolicy(selecting)).toBe(true);
    expect(ofPolicy(general)).toBe(false);
  });
});

type Policy = NonNullable<DestinationRuleSpec["trafficPolicy"]>;

const at = (port: number, mode?: string): NonNullable<Policy["portLevelSettings"]>[number] => ({
  port: { number: port },
  ...(mode === undefined ? {} : { tls: { mode } }),
});

/** The mode, the mode that endpoints are told by, and the path of the first; `-` for none. */
function policyText(spec: Rest, port = 8000, subset: string | null = null): string[] | undefined {
  const merged = chosen([meshObjectOf("DestinationRule", "foo/a", { host: HOST, ...spec })]);
  const found = merged === null ? undefined : policyFor(merged, port, subset);
  if (found === undefined) return undefined;
  const { tls, endpointTls } = found;
  return [tls?.tls.mode ?? "-", endpointTls?.tls.mode ?? "-", (tls?.path ?? found.path).join(".")];
}

describe("a port's entry", () => {
  it("is found by the Service's port", () => {
    const trafficPolicy = { tls: { mode: "WHOLE" }, portLevelSettings: [at(8000, "PORT")] };
    expect(policyText({ trafficPolicy })).toEqual(["PORT", "PORT", "spec.trafficPolicy.portLevelSettings.0.tls"]);
    expect(policyText({ trafficPolicy }, 8080)).toEqual(["WHOLE", "WHOLE", "spec.trafficPolicy.tls"]);
  });

  it("replaces the whole policy: without TLS there, there is none, but endpoints fall back to the whole's", () => {
    const trafficPolicy = { tls: { mode: "DISABLE" }, portLevelSettings: [at(8000)] };
    expect(policyText({ trafficPolicy })).toEqual(["-", "DISABLE", "spec.trafficPolicy.portLevelSettings.0"]);
  });

  it("replaces the load balancer, too", () => {
    const passthrough = (policy: Policy): boolean | undefined => {
      const merged = chosen([rule("foo/a", { trafficPolicy: policy })]);
      return merged === null ? undefined : policyFor(merged, 8000, null)?.passthrough;
    };
    const PASSTHROUGH = { loadBalancer: { simple: "PASSTHROUGH" } };
    expect(passthrough(PASSTHROUGH)).toBe(true);
    expect(passthrough({ loadBalancer: { simple: "ROUND_ROBIN" } })).toBe(false);
    expect(passthrough({ ...PASSTHROUGH, portLevelSettings: [at(8000)] })).toBe(false);
    expect(passthrough({ portLevelSettings: [{ ...at(8000), ...PASSTHROUGH }] })).toBe(true);
  });
});

describe("a subset's policy", () => {
  const subset = (trafficPolicy?: Policy): NonNullable<Rest["subsets"]> => [
    { name: "other", trafficPolicy: { tls: { mode: "OTHER" } } },
    { name: "v1", ...(trafficPolicy === undefined ? {} : { trafficPolicy }) },
  ];
  const whole = { tls: { mode: "WHOLE" } };

  it("counts where a route leads to the subset, and only there", () => {
    const spec = { trafficPolicy: whole, subsets: subset({ tls: { mode: "SUBSET" } }) };
    expect(policyText(spec, 8000, "v1")).toEqual(["SUBSET", "SUBSET", "spec.subsets.1.trafficPolicy.tls"]);
    expect(policyText(spec)).toEqual(["WHOLE", "WHOLE", "spec.trafficPolicy.tls"]);
  });

  it("is laid over the whole's, field by field", () => {
    const balanced = { loadBalancer: { simple: "RANDOM" } };
    expect(policyText({ trafficPolicy: whole, subsets: subset(balanced) }, 8000, "v1")).toEqual([
      "WHOLE",
      "WHOLE",
      "spec.trafficPolicy.tls",
    ]);
    expect(policyText({ trafficPolicy: whole, subsets: subset() }, 8000, "v1")).toEqual([
      "WHOLE",
      "WHOLE",
      "spec.trafficPolicy.tls",
    ]);
  });

  it("is laid over the whole's entry for the port", () => {
    const trafficPolicy = { ...whole, portLevelSettings: [at(8000, "PORT")] };
    expect(policyText({ trafficPolicy, subsets: subset({ loadBalancer: {} }) }, 8000, "v1")?.[0]).toBe("PORT");
    expect(policyText({ trafficPolicy, subsets: subset({ tls: { mode: "SUBSET" } }) }, 8000, "v1")?.[0]).toBe("SUBSET");
  });

  it("leaves nothing of the whole's where it has an entry for the port", () => {
    const entry = subset({ portLevelSettings: [at(8000)] });
    expect(policyText({ trafficPolicy: whole, subsets: entry }, 8000, "v1")).toEqual([
      "-",
      "WHOLE",
      "spec.subsets.1.trafficPolicy.portLevelSettings.0",
    ]);
    expect(policyText({ trafficPolicy: whole, subsets: entry }, 8080, "v1")?.[0]).toBe("WHOLE");
  });

  it("tells endpoints before the whole's does", () => {
    const entry = subset({ tls: { mode: "SUBSET" }, portLevelSettings: [at(8000)] });
    expect(policyText({ trafficPolicy: whole, subsets: entry }, 8000, "v1")?.slice(0, 2)).toEqual(["-", "SUBSET"]);
  });

  it("is none where there is no such subset", () => {
    expect(policyText({ trafficPolicy: whole }, 8000, "v9")).toBeUndefined();
  });
});

describe("of any rules", () => {
  const namespaces = fc.constantFrom("foo", "bar", ROOT, "other");
  const exportTo = fc.subarray(["*", ".", "foo", "bar", "other"]);
  const some = fc
    .uniqueArray(
      fc.record({
        namespace: namespaces,
        name: fc.constantFrom("a", "b", "c", "d"),
        host: fc.constantFrom(HOST, "*", "*.bar.svc.cluster.local"),
        exportTo,
        created: fc.nat(2),
        selects: fc.option(fc.constantFrom("sleep", "other"), { nil: undefined }),
      }),
      { selector: ({ namespace, name }) => `${namespace}/${name}`, maxLength: 8 },
    )
    .map((all) =>
      all.map(({ namespace, name, host, exportTo: to, created, selects }) =>
        rule(
          `${namespace}/${name}`,
          { exportTo: to, created, ...(selects === undefined ? {} : select({ app: selects })) },
          host,
        ),
      ),
    );

  it("the order in which they are read means nothing", () => {
    fc.assert(
      fc.property(
        some.chain((rules) => fc.tuple(fc.constant(rules), fc.shuffledSubarray(rules, { minLength: rules.length }))),
        namespaces,
        ([rules, shuffled], namespace) => {
          expect(nameOf(chosen(shuffled, namespace))).toBe(nameOf(chosen(rules, namespace)));
        },
      ),
    );
  });

  it("a client gets one of its own namespace, the Service's or the root's that is for it", () => {
    fc.assert(
      fc.property(some, namespaces, (rules, namespace) => {
        const merged = chosen(rules, namespace);
        if (merged === null) return;
        const { first } = merged;
        expect([namespace, "bar", ROOT]).toContain(first.namespace);
        const selector = first.spec.workloadSelector?.matchLabels;
        if (selector !== undefined) expect([first.namespace, selector]).toEqual([namespace, CLIENT]);
      }),
    );
  });
});
