import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fullHost, isSubsetOf, mostSpecific } from "../../src/rules/hosts.js";

describe("a host in full", () => {
  it.each([
    ["httpbin", "httpbin.foo.svc.cluster.local"],
    ["HTTPBin", "httpbin.foo.svc.cluster.local"],
    ["httpbin.foo", "httpbin.foo"],
    ["httpbin.bar.svc.cluster.local", "httpbin.bar.svc.cluster.local"],
    ["Example.COM", "example.com"],
    ["*", "*"],
    ["*local", "*local"],
    ["*.foo", "*.foo"],
    ["", ""],
  ])("%j is %s in namespace foo", (host, full) => expect(fullHost(host, "foo", "cluster.local")).toBe(full));
});

describe("a host that another covers", () => {
  it.each<[string, string, boolean]>([
    ["a.org", "a.org", true],
    ["a.org", "b.org", false],
    ["b.a.org", "a.org", false],
    ["b.a.org", "*.a.org", true],
    ["c.b.a.org", "*.a.org", true],
    ["a.org", "*.a.org", false],
    ["ba.org", "*.a.org", false],
    ["ba.org", "*a.org", true],
    ["a.org", "*a.org", true],
    ["a.org", "*", true],
    ["*.a.org", "*.a.org", true],
    ["*.b.a.org", "*.a.org", true],
    ["*.a.org", "*.b.a.org", false],
    ["*.a.org", "*", true],
    ["*", "*.a.org", false],
    ["*.a.org", "b.a.org", false],
  ])("%s in %s: %s", (host, pattern, covered) => expect(isSubsetOf(host, pattern)).toBe(covered));
});

describe("the most specific host", () => {
  it.each<[string, string[], string | undefined]>([
    ["b.app.org", ["*", "*.org", "*.app.org"], "*.app.org"],
    ["b.app.org", ["*.app.org", "*.org", "*"], "*.app.org"],
    ["b.app.org", ["*.app.org", "b.app.org"], "b.app.org"],
    ["b.app.org", ["b.app.org", "*.app.org"], "b.app.org"],
    ["b.org", ["*.app.org", "*.org"], "*.org"],
    ["b.org", ["c.org", "org"], undefined],
    ["b.org", [], undefined],
    ["*.app.org", ["*.org", "*.app.org"], "*.app.org"],
    ["*.org", ["a.org", "*.a.org"], undefined],
  ])("of %s among %j is %s", (host, keys, found) => expect(mostSpecific(host, keys)).toBe(found));
});

describe("of any hosts", () => {
  const label = fc.constantFrom("a", "b", "ab");
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  const host = fc.oneof(
    name,
    name.map((one) => `*.${one}`),
    fc.constant("*"),
  );

  it("covering is an order", () => {
    fc.assert(
      fc.property(host, host, host, (a, b, c) => {
        expect(isSubsetOf(a, a)).toBe(true);
        if (isSubsetOf(a, b) && isSubsetOf(b, a)) expect(a).toBe(b);
        if (isSubsetOf(a, b) && isSubsetOf(b, c)) expect(isSubsetOf(a, c)).toBe(true);
      }),
    );
  });

  it("the most specific one covers the host, and every other that does covers it", () => {
    fc.assert(
      fc.property(name, fc.array(host), (one, keys) => {
        const found = mostSpecific(one, keys);
        const covering = keys.filter((key) => isSubsetOf(one, key));
        if (found === undefined) expect(covering).toEqual([]);
        else expect(covering.every((key) => isSubsetOf(found, key))).toBe(true);
      }),
    );
  });
});
