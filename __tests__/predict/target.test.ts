import { describe, expect, it } from "vitest";
import type { Unreadable } from "../../src/mesh/inventory.js";
import { resolve } from "../../src/predict/target.js";
import { MeshView } from "../../src/predict/view.js";
import { deployment, meshWith, namespace, object, outcomeOf, mesh, service, serviceEntry, WORLD } from "./builders.js";

/** What a host name of a URL leads to. */

const pod = (name: string, podIP: string, spec: object = {}): object => ({
  ...object("v1", "Pod", name, { containers: [{ name: "app" }], ...spec }),
  status: { podIP },
});
const alias = (name: string, externalName: string): object =>
  object("v1", "Service", name, { type: "ExternalName", externalName });

const PARTS = [
  namespace("foo"),
  namespace("bar"),
  namespace("empty"),
  service("foo/httpbin", { clusterIP: "10.96.0.1", clusterIPs: ["10.96.0.1", "fd00::1"] }),
  service("bar/httpbin"),
  service("bar/only"),
  pod("foo/a", "10.0.0.1"),
  pod("foo/host", "192.168.0.1", { hostNetwork: true }),
  serviceEntry("foo/entry", {
    hosts: ["api.example.org", "*.example.net"],
    addresses: ["240.0.0.1"],
    ports: [{ number: 80 }],
  }),
  alias("foo/alias", "httpbin.bar.svc.cluster.local"),
  alias("foo/twice", "alias.foo.svc.cluster.local"),
  alias("foo/outside", "example.com"),
  alias("foo/one", "two.foo.svc.cluster.local"),
  alias("foo/two", "one.foo.svc.cluster.local"),
];

function text(host: string, from = "foo", unreadable: readonly Unreadable[] = []): string {
  const found = resolve(new MeshView(meshWith({ unreadable }, ...PARTS)), from, host);
  switch (found.kind) {
    case "service":
      return `${found.service.namespace}/${found.service.name}${found.alias === null ? "" : ` by ${found.alias.name}`}`;
    case "pod":
      return `pod ${found.pod.object.name}`;
    case "nothing":
      return "nothing";
    case "unknown":
      return `unknown: ${found.why}`;
  }
}

describe("a name", () => {
  it.each([
    ["httpbin", "foo/httpbin"],
    ["HTTPBin", "foo/httpbin"],
    ["httpbin.bar", "bar/httpbin"],
    ["httpbin.bar.svc", "bar/httpbin"],
    ["httpbin.bar.svc.cluster.local", "bar/httpbin"],
    ["httpbin.bar.svc.cluster.local.", "bar/httpbin"],
    ["api.example.org", "foo/entry"],
    ["any.example.net", "foo/entry"],
    ["example.net", "unknown: example.net is no host that the mesh knows"],
    ["only", "nothing"],
    ["httpbin.empty", "nothing"],
    ["httpbin.empty.svc.cluster.local", "nothing"],
    ["httpbin.other", "unknown: httpbin.other is no host that the mesh knows"],
    ["example.com", "unknown: example.com is no host that the mesh knows"],
    ["a.httpbin.foo", "unknown: a.httpbin.foo is no host that the mesh knows"],
  ])("%s leads a client of foo to %s", (host, found) => expect(text(host)).toBe(found));

  it("without namespace is of the client's", () => {
    expect(text("httpbin", "bar")).toBe("bar/httpbin");
    expect(text("only", "bar")).toBe("bar/only");
    expect(text("httpbin", "empty")).toBe("nothing");
  });

  it("may be there where Services could not be read", () => {
    const why = "no rights";
    expect(text("none.foo", "foo", [{ kind: "Service", why }])).toBe("unknown: no rights");
    expect(text("none.foo", "foo", [{ kind: "Service", namespace: "foo", why }])).toBe("unknown: no rights");
    expect(text("none.foo", "foo", [{ kind: "Service", namespace: "bar", why }])).toBe("nothing");
    expect(text("none.foo", "foo", [{ kind: "Pod", why }])).toBe("nothing");
  });
});

describe("an address", () => {
  it.each([
    ["10.96.0.1", "foo/httpbin"],
    ["fd00::1", "foo/httpbin"],
    ["240.0.0.1", "foo/entry"],
    ["10.0.0.1", "pod a"],
    ["192.168.0.1", "unknown: 192.168.0.1 is no address of the mesh"],
    ["10.9.9.9", "unknown: 10.9.9.9 is no address of the mesh"],
  ])("%s leads to %s", (address, found) => expect(text(address)).toBe(found));
});

describe("an ExternalName Service", () => {
  it.each([
    ["alias", "bar/httpbin by alias"],
    ["twice", "bar/httpbin by twice"],
    ["outside", "unknown: example.com is outside the mesh"],
    ["one", "unknown: the ExternalName Services lead in a circle"],
  ])("%s leads to %s", (host, found) => expect(text(host)).toBe(found));

  it("tells each step", () => {
    const { because } = resolve(new MeshView(mesh(...PARTS)), "foo", "twice");
    expect(because.map(({ says, path }) => `${says} ${path?.join(".") ?? ""}`)).toEqual([
      "ExternalName: it stands for alias.foo.svc.cluster.local spec.externalName",
      "ExternalName: it stands for httpbin.bar.svc.cluster.local spec.externalName",
    ]);
  });
});

describe("calls to them", () => {
  it("of a name that is no host's end at once", () => {
    expect(outcomeOf(mesh(...WORLD), "foo/sleep", "http://none.foo:8000/")).toBe("000/6");
  });
  it("of an alias are calls of what it stands for", () => {
    const inventory = mesh(...WORLD, alias("foo/alias", "httpbin.legacy.svc.cluster.local"));
    expect(outcomeOf(inventory, "foo/sleep", "http://alias.foo:8000/")).toBe("200 plaintext");
  });
  it("of a Service without pods get no answer", () => {
    const inventory = mesh(...WORLD, service("foo/nobody"));
    expect(outcomeOf(inventory, "foo/sleep", "http://nobody.foo:8000/")).toBe("(503)");
    expect(outcomeOf(inventory, "legacy/sleep", "http://nobody.foo:8000/")).toBe("000/7 | 000/28");
  });
  it("of a headless Service without pods find no name", () => {
    const inventory = mesh(...WORLD, service("foo/nobody", { clusterIP: "None" }));
    expect(outcomeOf(inventory, "legacy/sleep", "http://nobody.foo:8000/")).toBe("000/6");
  });
  it("of a workload without replicas are the same", () => {
    const inventory = mesh(...WORLD, service("foo/zero"), deployment("foo/zero", { replicas: 0 }));
    expect(outcomeOf(inventory, "foo/sleep", "http://zero.foo:8000/")).toBe("(503)");
  });
  it("of a port that the Service lacks are not answered", () => {
    expect(outcomeOf(mesh(...WORLD), "legacy/sleep", "http://httpbin.foo:9999/")).toBe("000/7 | 000/28");
  });
});
