import { describe, expect, it } from "vitest";
import { pathMatcher } from "../../src/rules/authorization-path.js";

describe("a path's pattern", () => {
  it("may be a string", () => {
    const test = pathMatcher(["/public*", "/exact", "*.txt"]);
    expect(["/public", "/public/a", "/exact", "/a.txt"].every(test)).toBe(true);
    expect(["/pub", "/exact/", "/Exact", "/a.txtx"].some(test)).toBe(false);
  });

  // What istio's tests/integration/security/authz_test.go:TestAuthz_PathTemplating asserts.
  it.each([
    ["/allow/admin/", true],
    ["/allow/admin", false],
    ["/allow/user/", false],
    ["/allow", false],
    ["/allow/admin/temp", true],
    ["/allow/admin/temp.txt", true],
    ["/allow/admin/foo/temp.txt", true],
    ["/foo/buzz/bar/bat.txt", true],
    ["/foo/buzz/bar/bat.temp.txt", true],
    ["/foo/buzz/bar/bat/fuzz.txt", true],
    ["/foo/bar/bat.txt", false],
    ["/foo//bar/bat.txt", false],
    ["/foo/buzz/bar/bat", true],
    ["/store//cart", true],
    ["/store/cart", false],
    ["/store/foo/cart", true],
    ["/store/foo/bar/cart", true],
  ])("may be a template: %s %s", (path, expected) => {
    expect(pathMatcher(["/allow/admin/{**}", "/foo/{*}/bar/{**}", "/store/{**}/cart"])(path)).toBe(expected);
  });

  it("takes the rest of a template as it stands", () => {
    expect(pathMatcher(["/a.b/{*}"])("/a.b/c")).toBe(true);
    expect(pathMatcher(["/a.b/{*}"])("/axb/c")).toBe(false);
    expect(pathMatcher(["/a/{*}/"])("/a/b/")).toBe(true);
    expect(pathMatcher(["/a/{*}/"])("/a/b")).toBe(false);
    expect(pathMatcher(["/a/{*}"])("/a/b[c]")).toBe(false);
  });
});
