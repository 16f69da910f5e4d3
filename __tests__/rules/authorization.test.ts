import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AuthorizationRule } from "../../src/rules/authorization-policy.js";
import { authorize, policiesForWorkload } from "../../src/rules/authorization.js";
import {
  allow,
  answers,
  custom,
  deny,
  from,
  MESH,
  PLAINTEXT,
  policy,
  REQUEST,
  ROOT,
  takes,
  TCP,
  to,
  when,
  WORKLOAD,
} from "./authorization-builders.js";

/** istio-semantics.md, 7 and 10, sentence by sentence. */

const GET = to({ methods: ["GET"] });
const POST = to({ methods: ["POST"] });
/** A rule of which it cannot be told whether it matches. */
const UNSURE = when({ key: "experimental.envoy.filters.network.mysql_proxy[db.table]", values: ["[update]"] });

describe("the policies for a workload", () => {
  const names = (...policies: ReturnType<typeof policy>[]): string[] =>
    policiesForWorkload(policies, WORKLOAD, ROOT).map((one) => `${one.namespace}/${one.name}`);

  it("are those of the root namespace and of its own, each oldest first", () => {
    expect(
      names(
        policy({}, { name: "b", created: 2 }),
        policy({}, { name: "a", created: Infinity }),
        policy({}, { name: "c", created: 1 }),
        policy({}, { name: "mesh", namespace: ROOT, created: 9 }),
        policy({}, { name: "other", namespace: "bar" }),
      ),
    ).toEqual(["istio-system/mesh", "foo/c", "foo/b", "foo/a"]);
  });

  it("are those whose selector takes its labels, in the root namespace too", () => {
    const selector = (matchLabels: Record<string, string>): object => ({ selector: { matchLabels } });
    expect(
      names(
        policy(selector({ app: "httpbin" }), { name: "own" }),
        policy(selector({ app: "httpbin", version: "v2" }), { name: "other" }),
        policy(selector({}), { name: "empty" }),
        policy(selector({ app: "httpbin" }), { name: "mesh", namespace: ROOT }),
        policy(selector({ app: "sleep" }), { name: "mesh-other", namespace: ROOT }),
      ),
    ).toEqual(["istio-system/mesh", "foo/empty", "foo/own"]);
  });

  it("are none with a target, in either way to write it", () => {
    const target = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "waypoint" };
    expect(names(policy({ targetRefs: [target] }), policy({ targetRef: target }))).toEqual([]);
    expect(names(policy({ targetRefs: [] }))).toEqual(["foo/policy"]);
  });

  it("are of the root namespace once where the workload is there", () => {
    const mesh = policy({}, { namespace: ROOT });
    expect(policiesForWorkload([mesh], { namespace: ROOT, labels: {} }, ROOT)).toEqual([mesh]);
  });
});

describe("the order of actions", () => {
  it("lets everything through where no policy applies", () => {
    expect(authorize([], REQUEST, MESH)).toEqual({
      answer: "allow",
      because: [{ rule: "authorization", says: "no AuthorizationPolicy applies" }],
    });
  });

  it("refuses where a DENY policy matches, whatever ALLOW says", () => {
    expect(answers([deny(GET)])).toBe("deny");
    expect(answers([allow({}), deny(GET)])).toBe("deny");
    expect(answers([allow(UNSURE), deny(GET)])).toBe("deny");
  });

  it("lets through where no DENY policy matches and there is no ALLOW policy", () => {
    expect(answers([deny(POST)])).toBe("allow");
  });

  it("lets through where one of the ALLOW policies matches, and refuses where none does", () => {
    expect(answers([allow(POST), allow(GET)])).toBe("allow");
    expect(answers([allow(POST), allow(to({ methods: ["PUT"] }))])).toBe("deny");
    expect(answers([allow(POST), deny(POST)])).toBe("deny");
  });

  it("takes ALLOW where no action is written, and no action that there is not", () => {
    expect(answers([policy({ action: "ALLOW", rules: [POST] })])).toBe("deny");
    expect(answers([policy({ action: "BLOCK", rules: [{}] })])).toBe("allow");
  });

  it("does not let AUDIT decide", () => {
    expect(answers([policy({ action: "AUDIT", rules: [{}] })])).toBe("allow");
    expect(answers([policy({ action: "AUDIT", rules: [{}] }), allow(POST)])).toBe("deny");
  });

  it("does not let a dry run decide, where Go takes the annotation for true", () => {
    const dry = (value: string, action: string): ReturnType<typeof policy> =>
      policy({ action, rules: action === "DENY" ? [{}] : [POST] }, { annotations: { "istio.io/dry-run": value } });
    for (const value of ["true", "True", "1", "t"]) {
      expect(answers([dry(value, "DENY")])).toBe("allow");
      expect(answers([dry(value, "ALLOW")])).toBe("allow");
    }
    for (const value of ["false", "yes", "TrUe", ""]) {
      expect(answers([dry(value, "DENY")])).toBe("deny");
      expect(answers([dry(value, "ALLOW")])).toBe("deny");
    }
  });

  it("allows nothing by an ALLOW policy without rules, and denies nothing by a DENY policy without", () => {
    expect(answers([policy({})])).toBe("deny");
    expect(answers([policy({ action: "ALLOW", rules: [] })])).toBe("deny");
    expect(answers([policy({ action: "DENY" })])).toBe("allow");
    expect(answers([policy({ action: "DENY", rules: [] })])).toBe("allow");
  });

  it("takes everything by a rule without fields", () => {
    for (const request of [REQUEST, PLAINTEXT, TCP]) {
      expect(answers([allow({})], request)).toBe("allow");
      expect(answers([allow(null)], request)).toBe("allow");
      expect(answers([deny({})], request)).toBe("deny");
      expect(answers([deny(null)], request)).toBe("deny");
    }
  });
});

describe("CUSTOM", () => {
  it("leaves to the authorizer what it matches, and nothing else", () => {
    const answer = authorize([custom("opa", GET)], REQUEST, MESH);
    expect(answer).toMatchObject({ answer: "unknown", why: 'the external authorizer "opa" decides' });
    expect(answers([custom("opa", POST)])).toBe("allow");
    expect(answers([custom("opa", POST), allow(POST)])).toBe("deny");
    expect(answers([policy({ action: "CUSTOM", provider: { name: "opa" } })])).toBe("allow");
  });

  it("cannot bring back what DENY or ALLOW refuses, and is named there, for it may refuse before", () => {
    expect(authorize([custom("opa", GET), deny(GET)], REQUEST, MESH)).toMatchObject({
      answer: "deny",
      because: [{ says: "DENY: rule 1 matches" }, { says: expect.stringContaining('authorizer "opa"') as string }],
    });
    expect(answers([custom("opa", GET), allow(POST)])).toBe("deny");
  });

  it("may set headers, which policies after it read", () => {
    const header = when({ key: "request.headers[x-user]", values: ["ann"] });
    const token = from({ requestPrincipals: ["*"] });
    expect(answers([allow(header)])).toBe("deny");
    expect(answers([custom("opa", GET), allow(header)])).toBe("unknown");
    expect(answers([custom("opa", GET), allow(token)])).toBe("unknown");
    expect(answers([custom("opa", POST), allow(header)])).toBe("deny");
  });

  it("denies by its rules where the mesh has no such provider", () => {
    for (const provider of ["other", "", "OPA"]) {
      expect(answers([custom(provider, GET)])).toBe("deny");
      expect(answers([custom(provider, POST)])).toBe("allow");
      expect(answers([custom(provider, UNSURE)])).toBe("unknown");
    }
    expect(answers([policy({ action: "CUSTOM", rules: [GET] })])).toBe("deny");
  });

  it("denies where istiod does not take the provider's name, or the mesh has two of it", () => {
    const mesh = (...extensionProviders: string[]): typeof MESH => ({ ...MESH, extensionProviders });
    expect(answers([custom("Opa.Ext", GET)], REQUEST, mesh("Opa.Ext"))).toBe("deny");
    expect(answers([custom("opa", GET)], REQUEST, mesh("opa", "opa"))).toBe("deny");
  });

  it("denies by the rules of all where the policies of a workload name two providers", () => {
    const mesh = { ...MESH, extensionProviders: ["opa", "oauth"] };
    expect(answers([custom("opa", GET), custom("oauth", POST)], REQUEST, mesh)).toBe("deny");
    expect(answers([custom("opa", POST), custom("oauth", GET)], REQUEST, mesh)).toBe("deny");
    expect(answers([custom("opa", POST), custom("oauth", POST)], REQUEST, mesh)).toBe("allow");
    expect(answers([custom("opa", GET), custom("opa", POST)], REQUEST, mesh)).toBe("unknown");
  });

  it("is unknown in dry run, but not where its provider is none", () => {
    const annotations = { "istio.io/dry-run": "true" };
    const dry = (name: string): ReturnType<typeof policy> =>
      policy({ action: "CUSTOM", provider: { name }, rules: [GET] }, { annotations });
    expect(answers([dry("opa")])).toBe("unknown");
    expect(answers([dry("other")])).toBe("allow");
  });

  it("denies a TCP connection by what is left of its rules", () => {
    expect(answers([custom("other", to({ paths: ["/admin"], ports: ["8080"] }))], TCP)).toBe("deny");
    expect(answers([custom("other", to({ paths: ["/admin"], ports: ["9090"] }))], TCP)).toBe("allow");
    expect(answers([custom("opa", to({ paths: ["/admin"] }))], TCP)).toBe("unknown");
  });
});

describe("a rule", () => {
  it("is one of from, one of to and all of when", () => {
    const rule = (namespace: string, method: string, token: string): AuthorizationRule => ({
      ...from({ namespaces: ["elsewhere"] }, { namespaces: [namespace] }),
      ...to({ methods: ["PUT"] }, { methods: [method] }),
      ...when({ key: "request.headers[x-token]", values: [token] }, { key: "destination.port", values: ["8080"] }),
    });
    expect(takes(rule("bar", "GET", "abc"))).toBe("yes");
    expect(takes(rule("foo", "GET", "abc"))).toBe("no");
    expect(takes(rule("bar", "POST", "abc"))).toBe("no");
    expect(takes(rule("bar", "GET", "def"))).toBe("no");
  });

  it("asks for all fields of a source or operation, and for one of a field's values", () => {
    expect(takes(to({ methods: ["PUT", "GET"], ports: ["1", "8080"] }))).toBe("yes");
    expect(takes(to({ methods: ["GET"], ports: ["1"] }))).toBe("no");
    expect(takes(from({ namespaces: ["bar"], ipBlocks: ["10.0.0.0/8"] }))).toBe("yes");
    expect(takes(from({ namespaces: ["bar"], ipBlocks: ["11.0.0.0/8"] }))).toBe("no");
  });

  it("asks by a not-field that none of its values is there", () => {
    expect(takes(to({ notMethods: ["PUT", "POST"] }))).toBe("yes");
    expect(takes(to({ notMethods: ["PUT", "GET"] }))).toBe("no");
    expect(takes(to({ methods: ["G*"], notMethods: ["GET"] }))).toBe("no");
  });

  it("takes any source or operation that asks for nothing", () => {
    expect(takes({ from: [{}], to: [{}] })).toBe("yes");
    expect(takes({ from: [{ source: {} }, { source: { namespaces: ["x"] } }] })).toBe("yes");
    expect(takes({ from: [], to: [], when: [] })).toBe("yes");
    expect(takes(when({ key: "source.namespace" }))).toBe("yes");
  });

  it("is left out, under every action, where a key is none", () => {
    const rule = when({ key: "destination.labels[app]", values: ["x"] });
    expect(answers([allow(rule)])).toBe("deny");
    expect(answers([deny(rule)])).toBe("allow");
    expect(answers([deny(when({ key: "source.names" }))])).toBe("allow");
  });

  it("is left out under ALLOW where a value cannot be read, and goes without the value under DENY", () => {
    for (const bad of [
      to({ ports: ["8080", "http"] }),
      to({ ports: ["8080", "65536"] }),
      from({ ipBlocks: ["10.0.0.0/8", "10.0.0.0/33"] }),
      from({ notIpBlocks: ["localhost"] }),
      when({ key: "request.headers.x-token", values: ["abc"] }),
      when({ key: "request.auth.claims", values: ["abc"] }),
    ]) {
      expect(answers([allow(bad)])).toBe("deny");
      expect(answers([deny(bad)])).toBe("deny");
    }
    expect(answers([deny(to({ ports: ["9090", "http"] }))])).toBe("allow");
  });
});

describe("what is asked of the caller's identity", () => {
  const POSITIVE: AuthorizationRule[] = [
    from({ principals: ["*"] }),
    from({ namespaces: ["*"] }),
    from({ serviceAccounts: ["bar/sleep"] }),
    from({ trustDomains: ["*"] }),
    when({ key: "source.principal", values: ["*"] }),
    when({ key: "source.namespace", values: ["*"] }),
    when({ key: "source.serviceAccount", values: ["bar/sleep"] }),
    when({ key: "source.trustDomain", values: ["cluster.local"] }),
  ];
  const NEGATIVE: AuthorizationRule[] = [
    from({ notPrincipals: ["*"] }),
    from({ notNamespaces: ["*"] }),
    from({ notServiceAccounts: ["bar/sleep"] }),
    from({ notTrustDomains: ["*"] }),
    when({ key: "source.principal", notValues: ["*"] }),
    when({ key: "source.namespace", notValues: ["*"] }),
    when({ key: "source.serviceAccount", notValues: ["bar/sleep"] }),
    when({ key: "source.trustDomain", notValues: ["cluster.local"] }),
  ];

  it("is never so of plaintext, and always not so", () => {
    for (const rule of POSITIVE) {
      expect(takes(rule)).toBe("yes");
      expect(takes(rule, PLAINTEXT)).toBe("no");
    }
    for (const rule of NEGATIVE) {
      expect(takes(rule)).toBe("no");
      expect(takes(rule, PLAINTEXT)).toBe("yes");
    }
  });

  it("refuses plaintext by notPrincipals", () => {
    const rule = deny(from({ notPrincipals: ["*"] }));
    expect(answers([rule], PLAINTEXT)).toBe("deny");
    expect(answers([rule])).toBe("allow");
  });

  it("takes a service account without namespace for one of the policy's", () => {
    expect(takes(from({ serviceAccounts: ["sleep"] }))).toBe("no");
    const own = { ...REQUEST, identity: { trustDomain: "cluster.local", namespace: "foo", serviceAccount: "sleep" } };
    expect(takes(from({ serviceAccounts: ["sleep"] }), own)).toBe("yes");
    expect(takes(when({ key: "source.serviceAccount", values: ["sleep"] }), own)).toBe("yes");
  });

  it("goes by the aliases of the trust domain", () => {
    const mesh = { ...MESH, trustDomain: "new", trustDomainAliases: ["old"] };
    const of = (trustDomain: string): typeof REQUEST => ({
      ...REQUEST,
      identity: { trustDomain, namespace: "bar", serviceAccount: "sleep" },
    });
    const rule = from({ principals: ["old/ns/bar/sa/sleep"] });
    expect(takes(rule, of("new"), mesh)).toBe("yes");
    expect(takes(rule, of("old"), mesh)).toBe("yes");
    expect(takes(rule, of("third"), mesh)).toBe("no");
    expect(takes(rule, of("new"))).toBe("no");
  });
});

describe("what is asked of the connection", () => {
  it("takes ports for the workload's", () => {
    expect(takes(to({ ports: ["8080"] }))).toBe("yes");
    expect(takes(to({ ports: ["8000"] }))).toBe("no");
    expect(takes(to({ ports: ["08080"] }))).toBe("yes");
    expect(takes(when({ key: "destination.port", notValues: ["8080"] }))).toBe("no");
  });

  it("takes ipBlocks for the direct peer and remoteIpBlocks for the original client", () => {
    expect(takes(from({ ipBlocks: ["10.1.0.0/16"] }))).toBe("yes");
    expect(takes(from({ ipBlocks: ["192.0.2.0/24"] }))).toBe("no");
    expect(takes(from({ remoteIpBlocks: ["192.0.2.7"] }))).toBe("yes");
    expect(takes(from({ remoteIpBlocks: ["10.1.0.0/16"] }))).toBe("no");
    expect(takes(when({ key: "source.ip", values: ["10.1.2.3"] }))).toBe("yes");
    expect(takes(when({ key: "remote.ip", values: ["192.0.2.0/24"] }))).toBe("yes");
    expect(takes(when({ key: "destination.ip", values: ["10.9.9.9"] }))).toBe("yes");
    expect(takes(when({ key: "destination.ip", notValues: ["10.9.9.9"] }))).toBe("no");
  });

  it("takes the peer for the original client of a TCP connection", () => {
    expect(takes(from({ remoteIpBlocks: ["10.1.2.3"] }), { ...TCP, remoteAddress: null })).toBe("yes");
    expect(takes(from({ remoteIpBlocks: ["192.0.2.7"] }), TCP)).toBe("no");
  });

  it("cannot tell of an address that is not known, but for blocks that take all there are", () => {
    const request = { ...REQUEST, sourceAddress: null, remoteAddress: null, destinationAddress: null };
    for (const rule of [
      from({ ipBlocks: ["10.0.0.0/8"] }),
      from({ notIpBlocks: ["10.0.0.0/8"] }),
      from({ remoteIpBlocks: ["10.0.0.0/8"] }),
      when({ key: "destination.ip", values: ["10.0.0.0/8"] }),
      from({ ipBlocks: ["0.0.0.0/0"] }),
    ]) {
      expect(takes(rule, request)).toBe("unknown");
    }
    expect(takes(from({ ipBlocks: ["0.0.0.0/0", "::/0"] }), request)).toBe("yes");
    expect(takes({ ...from({ ipBlocks: ["10.0.0.0/8"] }), ...POST }, request)).toBe("no");
    expect(takes(from({ ipBlocks: ["10.0.0.0/8"] }, { namespaces: ["bar"] }), request)).toBe("yes");
  });

  it("takes the server name of TLS, of which plaintext has none", () => {
    const sni = (value: string): AuthorizationRule => when({ key: "connection.sni", values: [value] });
    expect(takes(sni("*.httpbin.foo.svc.cluster.local"))).toBe("yes");
    expect(takes(sni("*"))).toBe("yes");
    expect(takes(sni("*"), PLAINTEXT)).toBe("no");
    expect(takes(when({ key: "connection.sni", notValues: ["*"] }), PLAINTEXT)).toBe("yes");
    expect(takes(sni("*"), { ...REQUEST, sni: null })).toBe("unknown");
    expect(takes(sni("*.httpbin.foo.svc.cluster.local"), TCP)).toBe("yes");
  });
});

describe("what is asked of a request of HTTP", () => {
  it("takes hosts in any case, with their port", () => {
    expect(takes(to({ hosts: ["HTTPBIN.foo:8000"] }))).toBe("yes");
    expect(takes(to({ hosts: ["httpbin.foo"] }))).toBe("no");
    expect(takes(to({ hosts: ["httpbin.FOO*"] }))).toBe("yes");
    expect(takes(to({ hosts: ["*.foo"] }))).toBe("no");
    expect(takes(to({ notHosts: ["httpbin.foo"] }))).toBe("yes");
    expect(takes(to({ hosts: ["httpbin.foo"] }), { ...REQUEST, host: "Httpbin.Foo" })).toBe("yes");
  });

  it("takes methods and paths in their case", () => {
    expect(takes(to({ methods: ["get"] }))).toBe("no");
    expect(takes(to({ paths: ["/Headers"] }))).toBe("no");
    expect(takes(to({ methods: ["*"] }))).toBe("yes");
  });

  it("takes paths without query, after normalisation by the mesh's setting", () => {
    const at = (path: string): typeof REQUEST => ({ ...REQUEST, path });
    const rule = to({ paths: ["/admin"] });
    expect(takes(to({ paths: ["/headers"] }))).toBe("yes");
    expect(takes(rule, at("/public/../admin"))).toBe("yes");
    expect(takes(rule, at("/public/%2e%2E/admin?x=/y"))).toBe("yes");
    expect(takes(rule, at("/public/../admin"), { ...MESH, pathNormalization: "NONE" })).toBe("no");
    expect(takes(rule, at("//admin"))).toBe("no");
    expect(takes(rule, at("//admin"), { ...MESH, pathNormalization: "MERGE_SLASHES" })).toBe("yes");
    expect(takes(rule, at("/%2fadmin"), { ...MESH, pathNormalization: "MERGE_SLASHES" })).toBe("no");
    expect(takes(rule, at("/%2fadmin"), { ...MESH, pathNormalization: "DECODE_AND_MERGE_SLASHES" })).toBe("yes");
  });

  it("cannot tell the path of a dot segment with parameters", () => {
    expect(takes(to({ paths: ["/admin"] }), { ...REQUEST, path: "/..;/admin" })).toBe("unknown");
    expect(takes(to({ methods: ["GET"] }), { ...REQUEST, path: "/..;/admin" })).toBe("yes");
  });

  it("takes templates of paths", () => {
    const rule = to({ paths: ["/allow/admin/{**}", "/foo/{*}/bar"] });
    const at = (path: string): string => takes(rule, { ...REQUEST, path });
    expect(at("/allow/admin/")).toBe("yes");
    expect(at("/allow/admin")).toBe("no");
    expect(at("/allow/admin/a/b.txt?c")).toBe("yes");
    expect(at("/foo/x/bar")).toBe("yes");
    expect(at("/foo/x/y/bar")).toBe("no");
  });

  it("takes headers by name in any case, and a star for an empty one too", () => {
    const header = (name: string, value: string): AuthorizationRule =>
      when({ key: `request.headers[${name}]`, values: [value] });
    expect(takes(header("X-Token", "abc"))).toBe("yes");
    expect(takes(header("x-token", "ABC"))).toBe("no");
    expect(takes(header("x-token", "a*"))).toBe("yes");
    expect(takes(header("x-token", "*"))).toBe("yes");
    expect(takes(header("x-empty", "*"))).toBe("yes");
    expect(takes(header("x-other", "*"))).toBe("no");
    expect(takes(header("constructor", "*"))).toBe("no");
    expect(takes(when({ key: "request.headers[x-other]", notValues: ["abc"] }))).toBe("yes");
    expect(takes(when({ key: "request.headers[x-token]", notValues: ["abc"] }))).toBe("no");
  });

  it("takes the host, the method and the path for headers too", () => {
    expect(takes(when({ key: "request.headers[:authority]", values: ["httpbin.foo:8000"] }))).toBe("yes");
    expect(takes(when({ key: "request.headers[Host]", values: ["httpbin.foo:8000"] }))).toBe("yes");
    expect(takes(when({ key: "request.headers[:method]", values: ["GET"] }))).toBe("yes");
    expect(takes(when({ key: "request.headers[:path]", values: ["/headers?show=all"] }))).toBe("yes");
    expect(takes(when({ key: "request.headers[:scheme]", values: ["http"] }))).toBe("unknown");
  });

  it("cannot tell headers that the proxies or the client's program set", () => {
    for (const name of ["x-request-id", "x-forwarded-proto", "x-envoy-attempt-count", "x-b3-traceid", "user-agent"]) {
      expect(takes(when({ key: `request.headers[${name}]`, values: ["*"] }))).toBe("unknown");
    }
    const request = { ...REQUEST, headers: { "user-agent": "curl/8" } };
    expect(takes(when({ key: "request.headers[user-agent]", values: ["curl*"] }), request)).toBe("yes");
  });

  it("cannot tell what other filters say", () => {
    expect(takes(UNSURE)).toBe("unknown");
    expect(takes(UNSURE, TCP)).toBe("unknown");
    expect(takes(when({ key: "experimental.envoy.filters.x", values: ["y"] }))).toBe("no");
  });
});

describe("what is asked of a token", () => {
  const positive: AuthorizationRule[] = [
    from({ requestPrincipals: ["*"] }),
    when({ key: "request.auth.principal", values: ["issuer/subject"] }),
    when({ key: "request.auth.audiences", values: ["x"] }),
    when({ key: "request.auth.presenter", values: ["x"] }),
    when({ key: "request.auth.claims[groups]", values: ["x"] }),
    when({ key: "request.auth.claims[a][b]", values: ["x"] }),
  ];
  const negative: AuthorizationRule[] = [
    from({ notRequestPrincipals: ["*"] }),
    when({ key: "request.auth.claims[groups]", notValues: ["x"] }),
  ];

  it("is never so where none was sent, and always not so", () => {
    for (const rule of positive) expect(takes(rule)).toBe("no");
    for (const rule of negative) expect(takes(rule)).toBe("yes");
    expect(answers([deny(from({ notRequestPrincipals: ["*"] }))])).toBe("deny");
  });

  it("cannot be told where one may have been sent", () => {
    const withHeader = { ...REQUEST, headers: { authorization: "Bearer x" } };
    const withParameter = { ...REQUEST, path: "/headers?a=b&access_token=x" };
    for (const request of [withHeader, withParameter]) {
      for (const rule of [...positive, ...negative]) expect(takes(rule, request)).toBe("unknown");
    }
    expect(takes(positive[0]!, { ...REQUEST, path: "/access_token" })).toBe("no");
  });

  it("is never so of a CORS preflight request, which no token is read of", () => {
    const headers = { origin: "http://a", "access-control-request-method": "GET", authorization: "Bearer x" };
    expect(takes(positive[0]!, { ...REQUEST, method: "OPTIONS", headers })).toBe("no");
  });
});

describe("unknown", () => {
  it("is the answer only where it turns on what is not known", () => {
    expect(answers([deny(UNSURE)])).toBe("unknown");
    expect(answers([deny(UNSURE), allow(GET)])).toBe("unknown");
    expect(answers([deny(UNSURE), allow(POST)])).toBe("deny");
    expect(answers([deny(UNSURE, GET)])).toBe("deny");
    expect(answers([allow(UNSURE)])).toBe("unknown");
    expect(answers([allow(UNSURE, GET)])).toBe("allow");
    expect(answers([allow(UNSURE), allow(GET)])).toBe("allow");
    expect(answers([allow(UNSURE), allow(POST)])).toBe("unknown");
    expect(answers([allow({ ...UNSURE, ...POST })])).toBe("deny");
  });

  it("says why, and by what rule", () => {
    const policies = [deny(POST, UNSURE)];
    expect(authorize(policies, REQUEST, MESH)).toEqual({
      answer: "unknown",
      why: "what other filters of the proxy say of the request is not known",
      because: [
        {
          rule: "authorization",
          says: "DENY: whether rule 2 matches is not known: what other filters of the proxy say of the request is not known",
          object: policies[0],
          path: ["spec", "rules", 1],
        },
      ],
    });
  });
});

describe("the decisions", () => {
  it("name the rule that matched", () => {
    const policies = [deny(POST), allow(POST, GET)];
    expect(authorize(policies, REQUEST, MESH)).toEqual({
      answer: "allow",
      because: [
        { rule: "authorization", says: "ALLOW: rule 2 matches", object: policies[1], path: ["spec", "rules", 1] },
      ],
    });
    const denying = [deny(GET)];
    expect(authorize(denying, REQUEST, MESH).because).toEqual([
      { rule: "authorization", says: "DENY: rule 1 matches", object: denying[0], path: ["spec", "rules", 0] },
    ]);
  });

  it("name each ALLOW policy where none matches, up to five, with what makes it allow nothing", () => {
    const policies = [policy({}), allow(POST)];
    expect(authorize(policies, REQUEST, MESH).because).toEqual([
      {
        rule: "authorization",
        says: "no ALLOW policy matches, so it is denied: this one has no rules, so it allows nothing",
        object: policies[0],
        path: ["spec"],
      },
      { rule: "authorization", says: "no ALLOW policy matches, so it is denied", object: policies[1], path: ["spec"] },
    ]);
    const many = Array.from({ length: 8 }, () => allow(POST));
    const { because } = authorize(many, REQUEST, MESH);
    expect(because).toHaveLength(6);
    expect(because.at(-1)?.says).toBe("3 more ALLOW policies do not match either");
  });

  it("say what let it through where nothing denied", () => {
    expect(authorize([deny(POST)], REQUEST, MESH).because).toEqual([
      {
        rule: "authorization",
        says: "no DENY policy matches, and there is no ALLOW policy, so it is allowed",
      },
    ]);
  });

  it("say that CUSTOM denies for want of a provider", () => {
    expect(authorize([custom("other", GET)], REQUEST, MESH).because[0]?.says).toBe(
      'CUSTOM: rule 1 matches, and the mesh has no usable provider "other", so it denies',
    );
  });
});

describe("of any policies", () => {
  const rule = fc.constantFrom<AuthorizationRule>(
    {},
    GET,
    POST,
    UNSURE,
    from({ namespaces: ["bar"] }),
    from({ notPrincipals: ["*"] }),
    from({ ipBlocks: ["10.0.0.0/8"] }),
    to({ ports: ["9090"] }),
    to({ paths: ["/headers"], ports: ["8080"] }),
    from({ requestPrincipals: ["*"] }),
  );
  const anyPolicy = fc
    .tuple(fc.constantFrom("ALLOW", "DENY", "AUDIT", "CUSTOM"), fc.array(rule, { maxLength: 3 }), fc.boolean())
    .map(([action, rules, known]) =>
      policy({ action, rules, ...(action === "CUSTOM" ? { provider: { name: known ? "opa" : "none" } } : {}) }),
    );
  const anyPolicies = fc.array(anyPolicy, { maxLength: 5 });
  const request = fc.constantFrom(REQUEST, PLAINTEXT, TCP, { ...REQUEST, sourceAddress: null, method: "POST" });

  it("the order never matters", () => {
    fc.assert(
      fc.property(anyPolicies, request, fc.nat(), (policies, asked, seed) => {
        const turned = [...policies.slice(seed % 5), ...policies.slice(0, seed % 5)].reverse();
        expect(answers(turned, asked)).toBe(answers(policies, asked));
      }),
    );
  });

  it("one more DENY policy never lets more through", () => {
    const rank = { deny: 0, unknown: 1, allow: 2 };
    fc.assert(
      fc.property(anyPolicies, fc.array(rule), request, (policies, rules, asked) => {
        const more = rank[answers([...policies, policy({ action: "DENY", rules })], asked)];
        expect(more).toBeLessThanOrEqual(rank[answers(policies, asked)]);
      }),
    );
  });

  it("one more rule of an ALLOW policy never lets less through", () => {
    const rank = { deny: 0, unknown: 1, allow: 2 };
    fc.assert(
      fc.property(anyPolicies, fc.array(rule), rule, request, (policies, rules, added, asked) => {
        const before = answers([...policies, policy({ rules })], asked);
        const after = answers([...policies, policy({ rules: [...rules, added] })], asked);
        expect(rank[after]).toBeGreaterThanOrEqual(rank[before]);
      }),
    );
  });

  it("knowing an address never contradicts what was said without", () => {
    fc.assert(
      fc.property(anyPolicies, fc.constantFrom("10.1.2.3", "192.0.2.1", "fd00::1"), (policies, sourceAddress) => {
        const without = answers(policies, { ...REQUEST, sourceAddress: null });
        const known = answers(policies, { ...REQUEST, sourceAddress });
        expect(without === "unknown" || known === without).toBe(true);
      }),
    );
  });
});
