import { describe, expect, it } from "vitest";
import type { AuthorizationRule } from "../../src/rules/authorization-policy.js";
import { authorize } from "../../src/rules/authorization.js";
import { allow, answers, deny, from, MESH, takes, TCP, to, when } from "./authorization-builders.js";

/** istio-semantics.md, 7 and 10: what rules are on a chain of TCP. */

const HTTP_ONLY: AuthorizationRule[] = [
  to({ hosts: ["*"] }),
  to({ notHosts: ["x"] }),
  to({ methods: ["*"] }),
  to({ notMethods: ["x"] }),
  to({ paths: ["*"] }),
  to({ notPaths: ["x"] }),
  from({ requestPrincipals: ["*"] }),
  from({ notRequestPrincipals: ["x"] }),
  when({ key: "request.headers[x-token]", values: ["*"] }),
  when({ key: "request.headers[x-token]", notValues: ["x"] }),
  when({ key: "request.auth.principal", notValues: ["x"] }),
  when({ key: "request.auth.audiences", notValues: ["x"] }),
  when({ key: "request.auth.presenter", notValues: ["x"] }),
  when({ key: "request.auth.claims[iss]", notValues: ["x"] }),
];

const OF_TCP: AuthorizationRule[] = [
  from({ principals: ["*"] }),
  from({ namespaces: ["bar"] }),
  from({ serviceAccounts: ["bar/sleep"] }),
  from({ trustDomains: ["cluster.local"] }),
  from({ ipBlocks: ["10.0.0.0/8"] }),
  from({ remoteIpBlocks: ["10.0.0.0/8"] }),
  to({ ports: ["8080"] }),
  when({ key: "connection.sni", values: ["*"] }),
  when({ key: "destination.ip", values: ["10.9.9.9"] }),
  when({ key: "destination.port", values: ["8080"] }),
  when({ key: "source.ip", values: ["10.1.2.3"] }),
  when({ key: "remote.ip", values: ["10.1.2.3"] }),
  when({ key: "source.namespace", values: ["bar"] }),
  when({ key: "source.principal", values: ["*"] }),
  when({ key: "source.serviceAccount", values: ["bar/sleep"] }),
  when({ key: "source.trustDomain", values: ["cluster.local"] }),
];

describe("on a chain of TCP", () => {
  it("an ALLOW rule with any field of HTTP is dropped", () => {
    for (const rule of HTTP_ONLY) {
      expect(takes(rule, TCP), JSON.stringify(rule)).toBe("no");
      const port = { key: "destination.port", values: ["8080"] };
      expect(takes({ ...rule, when: [...(rule.when ?? []), port] }, TCP)).toBe("no");
    }
  });

  it("a DENY rule of HTTP fields alone denies everything", () => {
    for (const rule of HTTP_ONLY) expect(answers([deny(rule)], TCP), JSON.stringify(rule)).toBe("deny");
  });

  it("the fields of TCP count", () => {
    for (const rule of OF_TCP) {
      expect(takes(rule, TCP), JSON.stringify(rule)).toBe("yes");
      expect(answers([deny(rule)], TCP), JSON.stringify(rule)).toBe("deny");
    }
  });

  it("an ALLOW rule is dropped whole for one alternative that asks for HTTP", () => {
    expect(takes(from({ namespaces: ["bar"] }, { requestPrincipals: ["*"] }), TCP)).toBe("no");
    expect(takes(to({ ports: ["8080"] }, { paths: ["/"] }), TCP)).toBe("no");
  });

  it("an ALLOW policy may come to allow nothing, and keeps its other rules", () => {
    expect(answers([allow(to({ methods: ["GET"] }))], TCP)).toBe("deny");
    expect(answers([allow(to({ methods: ["GET"] }), to({ ports: ["8080"] }))], TCP)).toBe("allow");
  });

  it("a DENY rule keeps its fields of TCP only", () => {
    const rule = (port: string): AuthorizationRule => to({ paths: ["/admin"], ports: [port] });
    expect(answers([deny(rule("8080"))], TCP)).toBe("deny");
    expect(answers([deny(rule("9090"))], TCP)).toBe("allow");
    expect(answers([deny({ ...from({ namespaces: ["foo"] }), ...to({ methods: ["GET"] }) })], TCP)).toBe("allow");
    expect(answers([deny({ ...from({ namespaces: ["bar"] }), ...to({ methods: ["GET"] }) })], TCP)).toBe("deny");
    expect(answers([deny(to({ ports: ["9090"] }, { paths: ["/admin"] }))], TCP)).toBe("deny");
  });

  it("a token decides nothing, though its rule may deny", () => {
    expect(answers([deny({ ...from({ requestPrincipals: ["*"] }), ...to({ ports: ["9090"] }) })], TCP)).toBe("allow");
  });

  it("the decision says what does not count", () => {
    expect(authorize([deny(to({ paths: ["/admin"] }))], TCP, MESH).because[0]?.says).toBe(
      "DENY: rule 1 matches: on a TCP connection its HTTP fields do not count",
    );
    expect(authorize([allow(to({ paths: ["/admin"] }))], TCP, MESH).because[0]?.says).toBe(
      "no ALLOW policy matches, so it is denied: every rule of this one asks for something of HTTP, on a TCP connection, so it allows nothing",
    );
  });
});
