import { describe, expect, it } from "vitest";
import {
  callerOf,
  namespaceMatcher,
  principalMatcher,
  serviceAccountMatcher,
  trustDomainMatcher,
  type Caller,
} from "../../src/rules/authorization-identity.js";

const SLEEP = "cluster.local/ns/bar/sa/sleep";
const caller = (principal: string): Caller => {
  const [trustDomain = "", , namespace = "", , serviceAccount = ""] = principal.split("/");
  return callerOf({ trustDomain, namespace, serviceAccount });
};
const HERE = ["cluster.local"];

describe("principals", () => {
  const test = (pattern: string, principal = SLEEP, domains = HERE): boolean =>
    principalMatcher([pattern], domains)(caller(principal));

  it("are strings with a star", () => {
    expect(test("*")).toBe(true);
    expect(test(SLEEP)).toBe(true);
    expect(test("*/ns/bar/sa/sleep")).toBe(true);
    expect(test("*/sleep")).toBe(true);
    expect(test("cluster.local/ns/bar/*")).toBe(true);
    expect(test("cluster.local/ns/bar/sa/*")).toBe(true);
    expect(test("cluster.local/ns/foo/*")).toBe(false);
    expect(test("cluster.local/ns/*/sa/sleep")).toBe(false);
    expect(test("cluster.local/ns/bar/sa/sle")).toBe(false);
  });

  it("have no scheme", () => {
    expect(test(`spiffe://${SLEEP}`)).toBe(false);
  });

  it("of the mesh's trust domain, an alias or cluster.local stand for all of them", () => {
    const domains = ["td1", "td2"];
    for (const written of ["td1", "td2", "cluster.local"]) {
      const pattern = `${written}/ns/bar/sa/sleep`;
      expect(test(pattern, "td1/ns/bar/sa/sleep", domains)).toBe(true);
      expect(test(pattern, "td2/ns/bar/sa/sleep", domains)).toBe(true);
      expect(test(pattern, "td3/ns/bar/sa/sleep", domains)).toBe(false);
      expect(test(pattern, SLEEP, domains)).toBe(false);
    }
  });

  it("of another trust domain stay", () => {
    expect(test("td3/ns/bar/sa/sleep", "td3/ns/bar/sa/sleep", ["td1", "td2"])).toBe(true);
    expect(test("td3/ns/bar/sa/sleep", "td1/ns/bar/sa/sleep", ["td1", "td2"])).toBe(false);
  });

  it("stay where they are not of five parts, or of any trust domain", () => {
    expect(test("cluster.local/ns/bar/*", "td1/ns/bar/sa/sleep", ["td1"])).toBe(false);
    expect(test("cluster.local/ns/bar/sa/*", "td1/ns/bar/sa/sleep", ["td1"])).toBe(true);
    expect(test("*/ns/bar/sa/sleep", "td9/ns/bar/sa/sleep", ["td1"])).toBe(true);
  });

  it("with a star in the trust domain take the mesh's by either end", () => {
    const domains = ["new-td", "other"];
    expect(test("*-td/ns/bar/sa/sleep", "new-td/ns/bar/sa/sleep", domains)).toBe(true);
    expect(test("*-td/ns/bar/sa/sleep", "old-td/ns/bar/sa/sleep", domains)).toBe(true);
    expect(test("*-td/ns/bar/sa/sleep", "other/ns/bar/sa/sleep", domains)).toBe(true);
    expect(test("new*/ns/bar/sa/sleep", "new-td/ns/bar/sa/sleep", domains)).toBe(true);
    expect(test("new*/ns/bar/sa/sleep", "newer/ns/bar/sa/sleep", domains)).toBe(false);
  });
});

describe("namespaces", () => {
  const test = (pattern: string): boolean => namespaceMatcher([pattern])(caller(SLEEP));

  it("may have stars anywhere", () => {
    expect(["bar", "b*", "*r", "b*r", "*"].map(test)).toEqual([true, true, true, true, true]);
    expect(["ba", "foo", "a*", "*b", "b.r"].map(test)).toEqual([false, false, false, false, false]);
  });

  it("take slashes by a star, as Istio's expression does", () => {
    expect(test("*sa")).toBe(true);
    expect(test("bar/sa")).toBe(true);
  });
});

describe("service accounts", () => {
  const test = (value: string, namespace = "foo"): boolean => serviceAccountMatcher([value], namespace)(caller(SLEEP));

  it("are of the namespace they say, or of the policy's", () => {
    expect(test("bar/sleep")).toBe(true);
    expect(test("foo/sleep")).toBe(false);
    expect(test("sleep")).toBe(false);
    expect(test("sleep", "bar")).toBe(true);
    expect(test("slee", "bar")).toBe(false);
  });

  it("have no star", () => {
    expect(test("bar/*")).toBe(false);
    expect(test("*", "bar")).toBe(false);
  });
});

describe("trust domains", () => {
  const test = (pattern: string, domains = HERE): boolean => trustDomainMatcher([pattern], domains)(caller(SLEEP));

  it("have one star, which takes no slash", () => {
    expect(["*", "cluster.local", "cluster*", "*.local", "c*l"].map((one) => test(one))).toEqual(Array(5).fill(true));
    expect(["cluster", "other", "*cluster", "c*bar", "*.loca"].map((one) => test(one))).toEqual(Array(5).fill(false));
  });

  it("stand for all of the mesh's where they are one of them", () => {
    expect(test("td1", ["td1", "cluster.local"])).toBe(true);
    expect(test("td9", ["td1", "cluster.local"])).toBe(false);
    expect(test("td*", ["td1", "cluster.local"])).toBe(false);
  });
});
