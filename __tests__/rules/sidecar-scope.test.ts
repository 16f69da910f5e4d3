import { describe, expect, it } from "vitest";
import type { Service } from "../../src/rules/model.js";
import {
  exportedTo,
  imports,
  scopeOf,
  sees,
  sidecarFor,
  type EgressListener,
  type Sidecar,
  type SidecarSpec,
} from "../../src/rules/sidecar-scope.js";
import { meshObjectOf } from "../predict/builders.js";

/** istio-semantics.md, 3.4: what a client's proxy knows. */

const ROOT = "istio-system";
const CLIENT = { namespace: "foo", labels: { app: "sleep" } };
const MESH = { outboundTrafficPolicy: "ALLOW_ANY", object: null, defaultServiceExportTo: null } as const;

function sidecar(name: string, spec: SidecarSpec = {}, created = 1): Sidecar {
  return meshObjectOf("Sidecar", name, spec, created);
}

type Called = Pick<Service, "hostname" | "namespace" | "exportTo" | "object">;

function service(namespace: string, rest: Partial<Called> = {}): Called {
  const hostname = `httpbin.${namespace}.svc.cluster.local`;
  return { hostname, namespace, exportTo: null, object: meshObjectOf("Service", `${namespace}/httpbin`, {}), ...rest };
}

describe("the Sidecar that is for a workload", () => {
  const selecting = sidecar("foo/selecting", { workloadSelector: { labels: { app: "sleep" } } }, 9);
  const general = sidecar("foo/general", {}, 1);
  const root = sidecar(`${ROOT}/root`);
  const nameOf = (...all: Sidecar[]): string | undefined => sidecarFor(all, CLIENT, ROOT)?.name;

  it.each<[string, Sidecar[], string | undefined]>([
    ["is one that selects it, whatever the ages", [general, root, selecting], "selecting"],
    ["else one of its namespace without selector", [root, general], "general"],
    ["else the root namespace's", [root], "root"],
    ["never another namespace's", [sidecar("bar/a")], undefined],
    ["never one that selects others", [sidecar("foo/a", { workloadSelector: { labels: { app: "x" } } })], undefined],
    ["never a root one with a selector", [sidecar(`${ROOT}/a`, { workloadSelector: { labels: {} } })], undefined],
  ])("%s", (_, all, name) => expect(nameOf(...all)).toBe(name));

  it("is the oldest of its kind, then the first by name", () => {
    expect(nameOf(sidecar("foo/b", {}, 1), sidecar("foo/a", {}, 2))).toBe("b");
    expect(nameOf(sidecar("foo/b"), sidecar("foo/a"))).toBe("a");
    expect(nameOf(sidecar(`${ROOT}/b`, {}, 1), sidecar(`${ROOT}/a`, {}, 2))).toBe("b");
  });

  it("is the selecting one for a workload of the root namespace, too", () => {
    const own = sidecar(`${ROOT}/own`, { workloadSelector: { labels: { app: "sleep" } } });
    expect(sidecarFor([root, own], { ...CLIENT, namespace: ROOT }, ROOT)?.name).toBe("own");
  });
});

describe("unknown hosts", () => {
  const outbound = (spec: SidecarSpec | null, mesh: "ALLOW_ANY" | "REGISTRY_ONLY"): string =>
    scopeOf(spec === null ? null : sidecar("foo/a", spec), "foo", { ...MESH, outboundTrafficPolicy: mesh }).outbound;

  it("are as the mesh has them where no Sidecar says anything", () => {
    expect(outbound(null, "ALLOW_ANY")).toBe("ALLOW_ANY");
    expect(outbound(null, "REGISTRY_ONLY")).toBe("REGISTRY_ONLY");
    expect(outbound({}, "REGISTRY_ONLY")).toBe("REGISTRY_ONLY");
  });
  it("are as the Sidecar has them where it says something", () => {
    expect(outbound({ outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } }, "ALLOW_ANY")).toBe("REGISTRY_ONLY");
    expect(outbound({ outboundTrafficPolicy: { mode: "ALLOW_ANY" } }, "REGISTRY_ONLY")).toBe("ALLOW_ANY");
  });
  it("tell which of the two said so", () => {
    const own = sidecar("foo/a", { outboundTrafficPolicy: { mode: "ALLOW_ANY" } });
    expect(scopeOf(own, "foo", MESH).because[0]?.object).toBe(own);
    const config = meshObjectOf("ConfigMap", `${ROOT}/istio`, {});
    expect(scopeOf(null, "foo", { ...MESH, object: config }).because[0]?.object).toBe(config);
  });
});

describe("exportTo of a Service", () => {
  it.each<[string[] | null, boolean, boolean]>([
    [null, true, true],
    [["*"], true, true],
    [["."], true, false],
    [["~"], false, false],
    [["~", "foo", "."], false, false],
    [["~", "*"], true, true],
    [["foo"], false, true],
    [["bar", "foo"], true, true],
    [[".", "foo"], true, true],
  ])("%j of namespace bar: seen in bar %s, in foo %s", (exportTo, inBar, inFoo) => {
    const one = { namespace: "bar", exportTo };
    expect([exportedTo(one, "bar", MESH), exportedTo(one, "foo", MESH)]).toEqual([inBar, inFoo]);
  });

  it("is the mesh's where the Service has none", () => {
    const mesh = { defaultServiceExportTo: ["."] };
    expect(exportedTo({ namespace: "bar", exportTo: null }, "foo", mesh)).toBe(false);
    expect(exportedTo({ namespace: "bar", exportTo: null }, "bar", mesh)).toBe(true);
    expect(exportedTo({ namespace: "bar", exportTo: ["*"] }, "foo", mesh)).toBe(true);
  });
});

describe("egress hosts", () => {
  const BAR = "httpbin.bar.svc.cluster.local";
  it.each<[string[], boolean]>([
    [["*/*"], true],
    [["bar/*"], true],
    [["foo/*"], false],
    [["./*"], false],
    [[`bar/${BAR}`], true],
    [[`*/${BAR}`], true],
    [["bar/other.bar.svc.cluster.local"], false],
    [["*/*.bar.svc.cluster.local"], true],
    [["*/*.foo.svc.cluster.local"], false],
    [["foo/*", "bar/*"], true],
    [[`*/HTTPBIN.bar.svc.cluster.local`], true],
    [["*/*", "~bar/*"], false],
    [["*/*", `~/${BAR}`], false],
    [["*/*", `~*/${BAR}`], false],
    [["*/*", "~foo/*"], true],
    [["*/*", "~bar/other.bar.svc.cluster.local"], true],
    [["bar/*", "~/*.bar.svc.cluster.local"], false],
    [["~foo/*"], false],
    [["~/*"], false],
    [[], false],
  ])("%j name httpbin.bar to foo: %s", (hosts, named) => {
    expect(imports(hosts, { hostname: BAR, namespace: "bar" }, "foo")).toBe(named);
  });

  it("with a dot are of the client's own namespace", () => {
    const own = { hostname: "httpbin.foo.svc.cluster.local", namespace: "foo" };
    expect(imports(["./*"], own, "foo")).toBe(true);
    expect(imports(["./*"], own, "bar")).toBe(false);
    expect(imports(["*/*", "~./*"], own, "foo")).toBe(false);
  });
});

/** `no`, `seen`, with the protocol of the listener where it has one, `no route` where HTTP has none; else `unknown`. */
function sight(egress: readonly EgressListener[] | null, port = 8000, what: Called = service("bar")): string {
  const of = egress === null ? null : sidecar("foo/a", { egress });
  const found = sees(scopeOf(of, "foo", MESH), what, port, MESH);
  if ("unknown" in found) return "unknown";
  if (!found.seen) return "no";
  return ["seen", ...(found.protocol === null ? [] : [found.protocol]), ...(found.routed ? [] : ["no route"])].join(
    " ",
  );
}

describe("what a proxy sees", () => {
  it("is everything that is exported to it, where no Sidecar narrows it", () => {
    expect(sight(null)).toBe("seen");
    expect(sight([])).toBe("seen");
    expect(sight(null, 8000, service("bar", { exportTo: ["."] }))).toBe("no");
  });

  it("is what the egress hosts name and is exported, both", () => {
    expect(sight([{ hosts: ["bar/*"] }])).toBe("seen");
    expect(sight([{ hosts: ["./*"] }])).toBe("no");
    expect(sight([{ hosts: ["bar/*"] }], 8000, service("bar", { exportTo: ["."] }))).toBe("no");
    expect(sight([{}])).toBe("no");
  });

  const own = (hosts: string[], protocol = "HTTP", number = 8000): EgressListener => ({
    hosts,
    port: { number, protocol, name: "x" },
  });

  it("is what the listener for the port names, in its protocol", () => {
    expect(sight([own(["bar/*"])])).toBe("seen http");
    expect(sight([own(["bar/*"], "TCP")])).toBe("seen tcp");
    expect(sight([{ hosts: ["bar/*"] }, own(["bar/*"])])).toBe("seen http");
    expect(sight([own(["bar/*"], "HTTPS")])).toBe("seen tcp");
    expect(sight([own(["bar/*"], "GRPC")])).toBe("seen http");
    expect(sight([own(["./*"])])).toBe("no");
    expect(sight([own(["bar/*"])], 9000)).toBe("no");
  });

  it("is found by connections, and not by HTTP, where the listener for the port leaves it out", () => {
    expect(sight([own(["./*"]), { hosts: ["bar/*"] }])).toBe("seen no route");
    expect(sight([own(["bar/*"]), { hosts: ["./*"] }])).toBe("seen http");
    expect(sight([own(["./*"], "HTTP", 9000), { hosts: ["bar/*"] }])).toBe("seen");
  });

  it("is unknown where the listener has an address of its own", () => {
    expect(sight([{ ...own(["bar/*"]), bind: "127.0.0.1" }])).toBe("unknown");
    expect(sight([{ ...own(["bar/*"]), captureMode: "NONE" }])).toBe("unknown");
    expect(sight([{ ...own(["bar/*"]), captureMode: "IPTABLES", bind: "" }])).toBe("seen http");
  });

  it("tells the field that decided", () => {
    const seen = (egress: EgressListener[], what = service("bar")): readonly (string | number)[] | undefined =>
      sees(scopeOf(sidecar("foo/a", { egress }), "foo", MESH), what, 8000, MESH).because.path;
    expect(seen([{ hosts: ["./*"] }])).toEqual(["spec", "egress", 0, "hosts"]);
    expect(seen([own([], "HTTP", 9000), { hosts: ["bar/*"] }])).toEqual(["spec", "egress", 1, "hosts"]);
    expect(seen([own(["bar/*"], "HTTP", 9000)])).toEqual(["spec", "egress"]);
    const hidden = service("bar", { exportTo: ["."] });
    expect(seen([{ hosts: ["bar/*"] }], hidden)).toEqual(["metadata", "annotations", "networking.istio.io/exportTo"]);
  });
});
