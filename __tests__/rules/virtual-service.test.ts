import { describe, expect, it } from "vitest";
import {
  hostsOf,
  routeHttp,
  routeTcp,
  virtualServicesFor,
  type HttpMatch,
  type HttpRoute,
  type RoutedRequest,
  type Routed,
  type TcpRoute,
  type TlsRoute,
  type VirtualService,
  type VirtualServiceSpec,
} from "../../src/rules/virtual-service.js";
import { meshObjectOf } from "../predict/builders.js";

const DOMAIN = "cluster.local";
const HOST = "httpbin.bar.svc.cluster.local";
const CLIENT = { namespace: "foo", labels: { app: "sleep", version: "v1" } };
const MESH = { defaultVirtualServiceExportTo: null };
const REQUEST: RoutedRequest = {
  port: 8000,
  method: "GET",
  path: "/status/200?a=1&b=",
  authority: "httpbin.bar:8000",
  headers: { "x-token": "abc", "x-empty": "" },
};

function virtualService(name: string, spec: VirtualServiceSpec, created = 1): VirtualService {
  return meshObjectOf("VirtualService", name, { hosts: [HOST], ...spec }, created);
}

/** A route to a host named `to`, outside the mesh, so that it stands as it is written. */
function route(to: string, match?: HttpMatch | readonly HttpMatch[], rest: HttpRoute = {}): HttpRoute {
  const all = match === undefined ? [] : Array.isArray(match) ? (match as HttpMatch[]) : [match as HttpMatch];
  return { route: [{ destination: { host: `${to}.org` } }], ...(match === undefined ? {} : { match: all }), ...rest };
}

/** Where a request goes: hosts without `.org`, with port and subset where the route has some; `direct` for none. */
function text(routed: Routed | null): string {
  if (routed === null) return "direct";
  if (routed.kind === "unknown") return "unknown";
  const { sometimes } = { sometimes: null, ...routed };
  if (routed.kind === "answer") return String(routed.code);
  const where = routed.destinations.map(({ host, port, subset }) =>
    [
      host.replace(/\.org$/u, ""),
      ...(port === null ? [] : [`:${port}`]),
      ...(subset === null ? [] : [`/${subset}`]),
    ].join(""),
  );
  return [...where, ...(sometimes === null ? [] : [`(${sometimes})`])].join(" ");
}

interface Who {
  readonly request?: Partial<RoutedRequest>;
  readonly client?: typeof CLIENT;
  readonly host?: string;
}

function routed(all: readonly VirtualService[], who: Who = {}): Routed | null {
  const { request = {}, client = CLIENT, host = HOST } = who;
  return routeHttp(all, host, { ...REQUEST, ...request }, client, DOMAIN);
}

/** Where one VirtualService with these routes leads. */
function goes(http: readonly HttpRoute[], who: Who = {}): string {
  return text(routed([virtualService("bar/a", { http })], who));
}

/** Whether a match takes the request. */
function takes(match: HttpMatch, request: Partial<RoutedRequest> = {}): string {
  const found = goes([route("yes", match), route("no")], { request });
  return found;
}

describe("which VirtualServices a client's proxy knows", () => {
  const names = (
    all: VirtualService[],
    namespace = "foo",
    mesh: Parameters<typeof virtualServicesFor>[2] = MESH,
  ): string[] => virtualServicesFor(all, namespace, mesh).map((one) => `${one.namespace}/${one.name}`);

  it.each<[string, string[] | undefined, boolean]>([
    ["bar", undefined, true],
    ["bar", [], true],
    ["bar", ["*"], true],
    ["bar", ["foo"], true],
    ["bar", ["."], false],
    ["bar", ["other"], false],
    ["bar", ["~"], false],
    ["foo", ["."], true],
    ["foo", ["foo"], true],
    ["foo", ["bar"], false],
    ["foo", ["bar", "."], true],
  ])("one of %s, exported to %j: known in foo is %s", (namespace, exportTo, known) => {
    const one = virtualService(`${namespace}/a`, exportTo === undefined ? {} : { exportTo });
    expect(names([one])).toEqual(known ? [`${namespace}/a`] : []);
  });

  it("are its own private ones first, then those for it by name, then the public ones, each by age", () => {
    const all = [
      virtualService("bar/public", {}, 1),
      virtualService("foo/public", {}, 2),
      virtualService("bar/named", { exportTo: ["foo"] }, 3),
      virtualService("foo/new", { exportTo: ["."] }, 5),
      virtualService("foo/old", { exportTo: ["foo"] }, 4),
    ];
    expect(names(all)).toEqual(["foo/old", "foo/new", "bar/named", "bar/public", "foo/public"]);
  });

  it("go by the mesh where they are exported to nobody in particular", () => {
    const mesh = { defaultVirtualServiceExportTo: ["."] };
    expect(names([virtualService("bar/a", {})], "foo", mesh)).toEqual([]);
    expect(names([virtualService("foo/a", {})], "foo", mesh)).toEqual(["foo/a"]);
  });

  it.each<[string[] | undefined, boolean]>([
    [undefined, true],
    [[], true],
    [["mesh"], true],
    [["bar/ingress", "mesh"], true],
    [["bar/ingress"], false],
  ])("with gateways %j: known is %s", (gateways, known) => {
    expect(names([virtualService("bar/a", gateways === undefined ? {} : { gateways })])).toEqual(
      known ? ["bar/a"] : [],
    );
  });
});

it("hosts are short for names in the VirtualService's namespace", () => {
  const one = virtualService("bar/a", { hosts: ["httpbin", "httpbin.bar", "*.org"] });
  expect(hostsOf(one, DOMAIN)).toEqual([HOST, "httpbin.bar", "*.org"]);
});

describe("the VirtualService for a host", () => {
  const at = (name: string, hosts: string[], to = name.split("/")[1] ?? ""): VirtualService =>
    virtualService(name, { hosts, http: [route(to)] });

  it.each<[string, VirtualService[], string]>([
    ["is the first that names it", [at("bar/one", [HOST]), at("bar/two", [HOST])], "one"],
    ["is none that names another", [at("bar/one", ["other.bar.svc.cluster.local"])], "direct"],
    ["is none that names it by halves", [at("bar/one", ["httpbin.bar"])], "direct"],
    ["is one with a wildcard", [at("bar/one", ["*.bar.svc.cluster.local"])], "one"],
    ["is the most specific wildcard", [at("bar/wide", ["*"]), at("bar/narrow", ["*.bar.svc.cluster.local"])], "narrow"],
    ["is the exact one before a wildcard", [at("bar/wide", ["*.bar.svc.cluster.local"]), at("bar/one", [HOST])], "one"],
    ["is the first of equal wildcards", [at("bar/a", ["*.local"]), at("bar/b", ["*.local"])], "a"],
  ])("%s", (_, all, to) => expect(text(routed(all))).toBe(to));

  it("is the next one where no route of the first can be for the client", () => {
    const first = virtualService("bar/first", { http: [route("first", { sourceNamespace: "other" })] });
    expect(text(routed([first]))).toBe("direct");
    expect(text(routed([first, at("bar/second", [HOST])]))).toBe("second");
  });

  it("is the first, and 404, where a route could be for the client and none matches", () => {
    const first = virtualService("bar/first", { http: [route("first", { uri: { exact: "/x" } })] });
    expect(text(routed([first, at("bar/second", [HOST])]))).toBe("404");
  });

  it("is passed over where it has no HTTP routes", () => {
    expect(text(routed([virtualService("bar/tcp", { tcp: [{}] }), at("bar/second", [HOST])]))).toBe("second");
  });
});

describe("the conditions of a match", () => {
  it.each<[string, HttpMatch, string]>([
    ["none", {}, "yes"],
    ["an exact path, without the query", { uri: { exact: "/status/200" } }, "yes"],
    ["a path with its query", { uri: { exact: "/status/200?a=1&b=" } }, "no"],
    ["a path in other case", { uri: { exact: "/STATUS/200" } }, "no"],
    ["a path in other case, ignored", { uri: { exact: "/STATUS/200" }, ignoreUriCase: true }, "yes"],
    ["a prefix", { uri: { prefix: "/stat" } }, "yes"],
    ["a prefix in other case, ignored", { uri: { prefix: "/STAT" }, ignoreUriCase: true }, "yes"],
    ["a prefix in the middle", { uri: { prefix: "status" } }, "no"],
    ["an expression for the whole path", { uri: { regex: "/status/\\d+" } }, "yes"],
    ["an expression for a part of it", { uri: { regex: "/status" } }, "no"],
    ["an expression, its case never ignored", { uri: { regex: "/STATUS/\\d+" }, ignoreUriCase: true }, "no"],
    ["a method", { method: { exact: "GET" } }, "yes"],
    ["another method", { method: { exact: "POST" } }, "no"],
    ["the authority with its port", { authority: { exact: "httpbin.bar:8000" } }, "yes"],
    ["the authority without its port", { authority: { exact: "httpbin.bar" } }, "no"],
    ["the scheme", { scheme: { exact: "http" } }, "yes"],
    ["another scheme", { scheme: { exact: "https" } }, "no"],
    ["a header", { headers: { "x-token": { exact: "abc" } } }, "yes"],
    ["a header in other case", { headers: { "X-Token": { exact: "abc" } } }, "yes"],
    ["a header's other value", { headers: { "x-token": { exact: "ABC" } } }, "no"],
    ["a header that is there", { headers: { "x-empty": {} } }, "yes"],
    ["a header that is not there", { headers: { "x-none": {} } }, "no"],
    ["a header that is not there, as empty", { headers: { "x-none": { exact: "" } } }, "no"],
    ["the pseudo-header of the method", { headers: { ":method": { exact: "GET" } } }, "yes"],
    ["the pseudo-header of the path, with its query", { headers: { ":path": { exact: "/status/200?a=1&b=" } } }, "yes"],
    ["the header Host", { headers: { Host: { exact: "httpbin.bar:8000" } } }, "yes"],
    ["without a header", { withoutHeaders: { "x-none": {} } }, "yes"],
    ["without a header that is there", { withoutHeaders: { "x-token": {} } }, "no"],
    ["without a value of a header", { withoutHeaders: { "x-token": { exact: "other" } } }, "yes"],
    ["without the value of a header", { withoutHeaders: { "x-token": { exact: "abc" } } }, "no"],
    ["without an empty one, where it is missing", { withoutHeaders: { "x-none": { exact: "" } } }, "no"],
    ["without any value, where it is missing", { withoutHeaders: { "x-none": { regex: "*" } } }, "yes"],
    ["a parameter", { queryParams: { a: { exact: "1" } } }, "yes"],
    ["a parameter's other value", { queryParams: { a: { exact: "2" } } }, "no"],
    ["an empty parameter", { queryParams: { b: { exact: "" } } }, "yes"],
    ["a parameter that is not there", { queryParams: { c: {} } }, "no"],
    ["all of several", { method: { exact: "GET" }, uri: { prefix: "/" } }, "yes"],
    ["not all of several", { method: { exact: "GET" }, uri: { prefix: "/x" } }, "no"],
    ["an expression that cannot be read", { uri: { regex: "(?U)a+" } }, "unknown"],
    ["one that cannot be read, and one that fails", { uri: { regex: "(?U)a+" }, method: { exact: "PUT" } }, "no"],
    ["a claim of a token, without one", { headers: { "@request.auth.claims.sub": { exact: "x" } } }, "no"],
  ])("%s", (_, match, answer) => expect(takes(match)).toBe(answer));

  it("a claim of a token that is there is unknown", () => {
    const match: HttpMatch = { headers: { "@request.auth.claims.sub": { exact: "x" } } };
    expect(takes(match, { headers: { authorization: "Bearer x" } })).toBe("unknown");
  });

  it("any of several matches is enough", () => {
    const several = [{ method: { exact: "PUT" } }, { method: { exact: "GET" } }];
    expect(goes([route("yes", several), route("no")])).toBe("yes");
  });

  it("the first route that takes the request counts", () => {
    expect(goes([route("one", { method: { exact: "PUT" } }), route("two"), route("three")])).toBe("two");
    expect(goes([route("one"), route("two", { method: { exact: "GET" } })])).toBe("one");
  });
});

describe("who a route can be for", () => {
  it.each<[string, HttpMatch, string]>([
    ["the port", { port: 8000 }, "yes"],
    ["another port", { port: 9000 }, "no"],
    ["any port", { port: 0 }, "yes"],
    ["the client's labels", { sourceLabels: { app: "sleep" } }, "yes"],
    ["other labels", { sourceLabels: { app: "other" } }, "no"],
    ["the client's namespace", { sourceNamespace: "foo" }, "yes"],
    ["another namespace", { sourceNamespace: "bar" }, "no"],
    ["no namespace", { sourceNamespace: "" }, "yes"],
    ["the gateway mesh", { gateways: ["mesh"] }, "yes"],
    ["another gateway", { gateways: ["ingress"] }, "no"],
    ["the gateway mesh, whatever the labels", { gateways: ["mesh"], sourceLabels: { app: "other" } }, "yes"],
  ])("%s", (_, match, answer) => expect(takes(match)).toBe(answer));
});

describe("where a route leads", () => {
  const to = (...destinations: object[]): string => goes([{ route: destinations }]);
  const host = (name: string, rest: object = {}): object => ({ destination: { host: name, ...rest } });

  it("is the host in full, of the VirtualService's namespace", () => {
    expect(to(host("httpbin"))).toBe(HOST);
    expect(to(host("a.org", { port: { number: 9000 }, subset: "v1" }))).toBe("a:9000/v1");
  });

  it("is every destination with a weight", () => {
    expect(to({ ...host("a.org"), weight: 90 }, { ...host("b.org"), weight: 10 })).toBe("a b");
    expect(to({ ...host("a.org"), weight: 100 }, { ...host("b.org"), weight: 0 })).toBe("a");
    expect(to({ ...host("a.org"), weight: 1 }, host("b.org"))).toBe("a");
  });

  it("is an only destination, whatever its weight", () => {
    expect(to({ ...host("a.org"), weight: 0 })).toBe("a");
    expect(to(host("a.org"))).toBe("a");
  });

  it("is told with the route's name, its host and its place", () => {
    const found = routed([
      virtualService("bar/a", { http: [route("a", { method: { exact: "PUT" } }), route("b", {}, { name: "rest" })] }),
    ]);
    expect(found?.because.says).toBe("route 2 (rest) takes the request to b.org");
    expect(found?.because.path).toEqual(["spec", "http", 1, "match", 0]);
  });
});

describe("what a route answers by itself", () => {
  const abort = (httpStatus: number | undefined, value?: number): HttpRoute => ({
    fault: {
      abort: {
        ...(httpStatus === undefined ? { grpcStatus: "UNAVAILABLE" } : { httpStatus }),
        ...(value === undefined ? {} : { percentage: { value } }),
      },
    },
  });
  it.each<[string, HttpRoute, string]>([
    ["a redirect", { redirect: {} }, "301"],
    ["a redirect with a code", { redirect: { redirectCode: 307 } }, "307"],
    ["an answer of its own", { directResponse: { status: 418 } }, "418"],
    ["a fault for all", route("a", undefined, abort(503, 100)), "503"],
    ["a fault for some", route("a", undefined, abort(503, 50)), "a (503)"],
    ["a fault for none", route("a", undefined, abort(503, 0)), "a"],
    ["a fault without a share, which is for none", route("a", undefined, abort(503)), "a"],
    [
      "a fault with an empty share",
      route("a", undefined, { fault: { abort: { httpStatus: 503, percentage: {} } } }),
      "a",
    ],
    ["a fault of gRPC", route("a", undefined, abort(undefined, 100)), "unknown"],
    ["a fault of gRPC for none", route("a", undefined, abort(undefined, 0)), "a"],
    ["a fault that delays", route("a", undefined, { fault: { delay: {} } }), "unknown"],
    ["a fault for all before a redirect", { redirect: {}, ...abort(503, 100) }, "503"],
    ["a fault for some before a redirect", { redirect: {}, ...abort(503, 50) }, "unknown"],
    ["a fault for some before an answer", { directResponse: { status: 200 }, ...abort(503, 50) }, "unknown"],
    ["a delegate", { delegate: { name: "other" } }, "unknown"],
  ])("%s", (_, one, found) => expect(goes([one])).toBe(found));
});

describe("what the server gets", () => {
  const changed = (rest: HttpRoute, match?: HttpMatch): Partial<Extract<Routed, { kind: "destinations" }>> => {
    const found = routed([virtualService("bar/a", { http: [route("a", match, rest)] })]);
    if (found?.kind !== "destinations") throw new Error(text(found));
    return found;
  };

  it.each<[string, HttpMatch | undefined, string, string]>([
    ["in place of a prefix", { uri: { prefix: "/status" } }, "/x", "/x/200?a=1&b="],
    ["in place of a prefix with a slash", { uri: { prefix: "/status/" } }, "/", "/200?a=1&b="],
    ["in place of a whole path", { uri: { exact: "/status/200" } }, "/x", "/x?a=1&b="],
    ["without a match, in place of the first slash", undefined, "/x/", "/x/status/200?a=1&b="],
  ])("a new path %s", (_, match, uri, path) => expect(changed({ rewrite: { uri } }, match).path).toBe(path));

  it("a new authority, by rewrite or by the header", () => {
    expect(changed({ rewrite: { authority: "new.org" } }).authority).toBe("new.org");
    expect(changed({ headers: { request: { set: { Host: "set.org" } } } }).authority).toBe("set.org");
    expect(changed({ headers: { request: { set: { ":authority": "set.org" } } } }).authority).toBe("set.org");
  });

  it("neither where the route has none", () => {
    expect(changed({})).not.toHaveProperty("path");
    expect(changed({})).not.toHaveProperty("authority");
    expect(changed({}).headers).toEqual(REQUEST.headers);
  });

  it("headers that are set, added and removed, in any case", () => {
    const request = { set: { "X-Token": "new" }, add: { "X-More": "1" }, remove: ["X-Empty"] };
    expect(changed({ headers: { request } }).headers).toEqual({ "x-token": "new", "x-more": "1" });
  });
});

describe("routes of connections", () => {
  const destination = (to: string): TcpRoute => ({ route: [{ destination: { host: `${to}.org` } }] });
  type Connection = Parameters<typeof routeTcp>[2];
  const tcp = (spec: VirtualServiceSpec, connection: Partial<Connection> = {}): string => {
    const all = [virtualService("bar/a", spec)];
    return text(routeTcp(all, HOST, { port: 8000, tls: false, sni: null, ...connection }, CLIENT, DOMAIN));
  };

  it.each<[string, TcpRoute[], string]>([
    ["without a match", [destination("a")], "a"],
    ["for the port", [{ ...destination("a"), match: [{ port: 8000 }] }], "a"],
    ["for another port", [{ ...destination("a"), match: [{ port: 9000 }] }], "direct"],
    ["for the next in turn", [{ ...destination("a"), match: [{ port: 9000 }] }, destination("b")], "b"],
    ["for the client", [{ ...destination("a"), match: [{ sourceLabels: { app: "sleep" } }] }], "a"],
    ["for another client", [{ ...destination("a"), match: [{ sourceNamespace: "other" }] }], "direct"],
    ["for some addresses", [{ ...destination("a"), match: [{ destinationSubnets: ["10.0.0.0/8"] }] }], "unknown"],
    ["for some addresses or any", [{ ...destination("a"), match: [{ destinationSubnets: ["10.0.0.0/8"] }, {}] }], "a"],
    ["without a destination", [{ match: [] }, destination("b")], "b"],
  ])("TCP, %s", (_, routes, found) => expect(tcp({ tcp: routes })).toBe(found));

  it("go by weights", () => {
    const route = [
      { destination: { host: "a.org" }, weight: 1 },
      { destination: { host: "b.org" }, weight: 0 },
      { destination: { host: "c.org", subset: "v1", port: { number: 9 } }, weight: 3 },
    ];
    expect(tcp({ tcp: [{ route }] })).toBe("a c:9/v1");
  });

  it("are for hosts with a wildcard, too", () => {
    expect(tcp({ hosts: ["*.bar.svc.cluster.local"], tcp: [destination("a")] })).toBe("a");
    expect(tcp({ hosts: ["other.org"], tcp: [destination("a")] })).toBe("direct");
  });

  it("never go by HTTP routes", () => expect(tcp({ http: [route("a")] })).toBe("direct"));

  const tls = (sniHosts: string[] | undefined, sni: string | null): string => {
    const match = sniHosts === undefined ? [{}] : [{ sniHosts }];
    const one: TlsRoute = { ...destination("a"), match };
    return tcp({ tls: [one], tcp: [destination("never")] }, { tls: true, sni });
  };

  it.each<[string, string[] | undefined, string | null, string]>([
    ["the name", ["httpbin.bar"], "httpbin.bar", "a"],
    ["the name in other case", ["HTTPBIN.bar"], "httpbin.bar", "a"],
    ["another name", ["other"], "httpbin.bar", "direct"],
    ["a wildcard", ["*.bar"], "httpbin.bar", "a"],
    ["a name, where there is none", ["httpbin.bar"], null, "direct"],
    ["any name", undefined, null, "a"],
  ])("TLS, for %s", (_, sniHosts, sni, found) => expect(tls(sniHosts, sni)).toBe(found));

  it("of TLS are not for what is no TLS, nor the other way round", () => {
    expect(tcp({ tls: [destination("a")] })).toBe("direct");
    expect(tcp({ tcp: [destination("a")] }, { tls: true })).toBe("direct");
  });
});
