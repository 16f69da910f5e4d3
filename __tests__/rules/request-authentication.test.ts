import { describe, expect, it } from "vitest";
import type { RequestFacts } from "../../src/rules/authorization-policy.js";
import {
  requestAuthentication,
  type JwtRule,
  type RequestAuthentication,
  type RequestAuthenticationSpec,
} from "../../src/rules/request-authentication.js";
import { NOWHERE } from "../../src/rules/objects.js";
import { REQUEST, ROOT, WORKLOAD } from "./authorization-builders.js";

/** istio-semantics.md, 8, as far as no token is checked. */

function policy(spec: RequestAuthenticationSpec, namespace = "foo"): RequestAuthentication {
  return {
    kind: "RequestAuthentication",
    namespace,
    name: "jwt",
    labels: {},
    annotations: {},
    created: 1,
    spec,
    at: NOWHERE,
  };
}

const answer = (policies: RequestAuthentication[], request: RequestFacts): unknown =>
  requestAuthentication(policies, WORKLOAD, request, ROOT);
const asked = (rule: JwtRule, request: Partial<RequestFacts>): boolean =>
  answer([policy({ jwtRules: [rule] })], { ...REQUEST, ...request }) !== null;

const BEARER = { ...REQUEST, headers: { authorization: "Bearer abc" } };
const ISSUER: JwtRule = { issuer: "me" };

describe("a request without a token", () => {
  it("passes", () => {
    expect(answer([], REQUEST)).toBeNull();
    expect(answer([policy({ jwtRules: [ISSUER] })], REQUEST)).toBeNull();
  });

  it("passes with a header that is read by no rule", () => {
    expect(asked(ISSUER, { headers: { authorization: "Basic abc" } })).toBe(false);
    expect(asked(ISSUER, { headers: { "x-jwt": "abc" } })).toBe(false);
    expect(asked(ISSUER, { path: "/ip?token=abc" })).toBe(false);
    expect(asked(ISSUER, { path: "/access_token" })).toBe(false);
  });
});

describe("a request with something that is read as a token", () => {
  it("has no answer, by the rule that reads it", () => {
    const policies = [policy({ jwtRules: [{ fromHeaders: [{ name: "x" }] }, ISSUER] })];
    expect(answer(policies, BEARER)).toEqual({
      answer: "unknown",
      why: "the request's header authorization is read as a token, and whether it is taken is not known",
      because: [
        {
          rule: "request-authentication",
          says: "the request's header authorization is read as a token, and whether it is taken is not known",
          object: policies[0],
          path: ["spec", "jwtRules", 1],
        },
      ],
    });
  });

  it("has it in the query by default too", () => {
    expect(asked(ISSUER, { path: "/ip?a=b&access_token=abc" })).toBe(true);
  });

  it("has it where the rule says, and then not in the default places", () => {
    const rule: JwtRule = { fromHeaders: [{ name: "X-Jwt", prefix: "JWT " }] };
    expect(asked(rule, { headers: { "x-jwt": "JWT abc" } })).toBe(true);
    expect(asked(rule, { headers: { "x-jwt": "abc" } })).toBe(false);
    expect(asked(rule, { headers: { authorization: "Bearer abc" } })).toBe(false);
    expect(asked({ fromHeaders: [{ name: "x-jwt" }] }, { headers: { "x-jwt": "abc" } })).toBe(true);
    expect(asked({ fromParams: ["tok en"] }, { path: "/ip?tok%20en=abc" })).toBe(true);
    expect(asked({ fromParams: ["token"] }, { path: "/ip?access_token=abc" })).toBe(false);
    expect(asked({ fromCookies: ["jwt"] }, { headers: { cookie: "a=b; jwt=abc" } })).toBe(true);
    expect(asked({ fromCookies: ["jwt"] }, { headers: { cookie: "a=jwt; xjwt=abc; jwt" } })).toBe(false);
  });

  it("passes as a CORS preflight request", () => {
    const headers = { ...BEARER.headers, origin: "http://a", "access-control-request-method": "GET" };
    expect(asked(ISSUER, { method: "OPTIONS", headers })).toBe(false);
    expect(asked(ISSUER, { method: "GET", headers })).toBe(true);
    expect(asked(ISSUER, { method: "OPTIONS", headers: BEARER.headers })).toBe(true);
  });
});

describe("a policy", () => {
  const jwtRules = [ISSUER];

  it("counts in the workload's namespace and in the root namespace, where its selector takes the workload", () => {
    const selector = (app: string): RequestAuthenticationSpec => ({ jwtRules, selector: { matchLabels: { app } } });
    expect(answer([policy({ jwtRules }, ROOT)], BEARER)).not.toBeNull();
    expect(answer([policy({ jwtRules }, "bar")], BEARER)).toBeNull();
    expect(answer([policy(selector("httpbin"))], BEARER)).not.toBeNull();
    expect(answer([policy(selector("httpbin"), ROOT)], BEARER)).not.toBeNull();
    expect(answer([policy(selector("other"))], BEARER)).toBeNull();
  });

  it("counts for no sidecar where it has a target", () => {
    expect(answer([policy({ jwtRules, targetRefs: [{ kind: "Gateway", name: "x" }] })], BEARER)).toBeNull();
  });

  it("asks for nothing without rules", () => {
    expect(answer([policy({})], BEARER)).toBeNull();
  });

  it("counts on HTTP alone", () => {
    expect(answer([policy({ jwtRules })], { ...BEARER, chain: "tcp" })).toBeNull();
  });
});
